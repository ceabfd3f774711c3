"""Coding of features: learned on training, applied anywhere."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from credit_platform.modelling.encoding import encode, fit_features

FRAME = pd.DataFrame(
    {
        "amount": [1.5, 2.5, None, 4.0] * 30,
        "is_new": [True, False, None, True] * 30,
        "region": ["south"] * 40 + ["north"] * 40 + ["east"] * 35 + ["rare"] * 5,
    }
)
LABEL = np.array([1] * 10 + [0] * 30 + [1] * 20 + [0] * 20 + [0] * 40)


def test_categories_are_ordered_by_bad_rate_and_rare_ones_left_out() -> None:
    region = fit_features(FRAME, ("region",), LABEL)[0]
    assert region.kind == "category"
    assert region.categories == ("east", "south", "north")


def test_unseen_rare_and_null_categories_are_missing() -> None:
    features = fit_features(FRAME, ("region",), LABEL)
    coded = encode(pd.DataFrame({"region": ["north", "east", "rare", "never", None]}), features)
    assert coded.dtype == np.float32
    assert coded[:2, 0].tolist() == [2.0, 0.0]
    assert np.isnan(coded[2:, 0]).all()


def test_numbers_and_booleans_keep_their_value_range_and_nulls() -> None:
    features = fit_features(FRAME, ("amount", "is_new"), LABEL)
    assert [(f.kind, f.minimum, f.maximum) for f in features] == [("numeric", 1.5, 4.0), ("numeric", 0.0, 1.0)]
    coded = encode(FRAME.head(3), features)
    assert coded[:2].tolist() == [[1.5, 1.0], [2.5, 0.0]]
    assert np.isnan(coded[2]).all()


def test_ties_are_ordered_by_name() -> None:
    frame = pd.DataFrame({"c": ["b"] * 20 + ["a"] * 20})
    assert fit_features(frame, ("c",), np.array(([0] * 10 + [1] * 10) * 2))[0].categories == ("a", "b")


def test_a_date_is_refused_with_a_way_out() -> None:
    frame = pd.DataFrame({"opened": [dt.date(2022, 1, 1)] * 3})
    with pytest.raises(ValueError, match=r"'opened' holds date values.*days before the decision"):
        fit_features(frame, ("opened",), np.array([0, 1, 0]))


def test_an_absent_column_is_named() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        fit_features(FRAME, ("nowhere",), LABEL)
    with pytest.raises(ValueError, match="'amount' is not in the frame"):
        encode(FRAME[["region"]], fit_features(FRAME, ("amount",), LABEL))
