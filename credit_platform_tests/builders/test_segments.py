"""Families of rows and the references that they are judged against."""

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from credit_platform.builders.segments import ALL, reference_key, references_in, training_segments
from credit_platform.statistics.references import reference_of


def test_a_reference_of_an_earlier_version_is_refused_by_name() -> None:
    held = {"amount": reference_of(np.arange(500.0)).to_dict()}
    del held["amount"]["clusters"], held["amount"]["weekdays"]
    with pytest.raises(dg.Failure, match="'amount' lacks clusters, weekdays.*credit-platform run"):
        references_in(held, ALL)


def test_each_segment_gets_its_own_references_and_no_others() -> None:
    whole, part = reference_of(np.arange(500.0)), reference_of(np.arange(100.0))
    held = {"amount": whole.to_dict(), reference_key("country=A", "amount"): part.to_dict()}
    assert references_in(held, ALL) == {"amount": whole}
    assert references_in(held, "country=A") == {"amount": part}
    assert references_in(held, "country=B") == {}


def test_a_segment_below_a_thousand_training_rows_has_no_reference() -> None:
    values = pd.Series(["A"] * 1_000 + ["B"] * 999, name="country")
    found = dict(training_segments(values))
    assert list(found) == ["country=A"]
    assert found["country=A"].sum() == 1_000
