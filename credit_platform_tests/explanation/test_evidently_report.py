"""Evidently's page of a sample that moved and of one that did not."""

import re

import numpy as np
import pandas as pd
import pytest

from credit_platform.explanation.evidently_report import evidently_report


@pytest.mark.slow
def test_its_page_is_one_file_and_counts_the_column_that_moved() -> None:
    generator = np.random.default_rng(1)

    def sample(rows: int, shift: float) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "moved": pd.array(generator.normal(shift, 1, rows), dtype="Float64"),
                "calm": generator.normal(size=rows),
                "kind": generator.choice(["a", "b"], rows),
                "day": pd.Timestamp("2022-12-01"),
            }
        )

    found = evidently_report(sample(2_000, 0.0), sample(400, 1.5))
    assert (found.drifted, found.columns) == (1, 3)
    assert "moved" in found.html
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', found.html)
