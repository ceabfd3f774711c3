"""Decisions: the same bytes for one row and for many, canonical numbers, points, bands and adverse reasons."""

import datetime as dt
import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

from credit_platform.contracts.release import Feature
from credit_platform.contracts.score import Band, Reason, ScoreScale
from credit_platform.engine.canonical import json_bytes, probabilities, rounded
from credit_platform.engine.columns import build_table
from credit_platform.engine.decisions import decide
from credit_platform.engine.errors import InputError
from credit_platform.engine.reasons import reasons_given
from credit_platform.engine.releases import LoadedRelease, load_release
from credit_platform.engine.score_scale import band_of, points
from credit_platform_tests.engine import tiny


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedRelease:
    root: Path = tmp_path_factory.mktemp("releases")
    tiny.write(root, tiny.files_of(tiny.release()))
    return load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST, threads=2)


def many(rows: int) -> dict[str, list[object]]:
    rng = random.Random(5)
    day = dt.date(2022, 12, 1)

    def some(value: object) -> object:
        return None if rng.random() < 0.15 else value

    return {
        "loan_key": [f"L-{n}" for n in range(rows)],
        "amount": [some(rng.uniform(1, 1200)) for _ in range(rows)],
        "days": [some(rng.randint(0, 60)) for _ in range(rows)],
        "lender": [some(rng.choice(["North", "South", "East", "West"])) for _ in range(rows)],
        "opened": [day for _ in range(rows)],
        "due": [some(day + dt.timedelta(days=rng.randint(1, 80))) for _ in range(rows)],
        "is_new": [some(rng.random() < 0.5) for _ in range(rows)],
        "earlier_bads": [some(rng.randint(0, 6)) for _ in range(rows)],
    }


def test_one_row_and_bulk_give_the_same_bytes(loaded: LoadedRelease) -> None:
    inputs = many(600)
    bulk = [json_bytes(decision) for decision in decide(loaded, inputs)]
    single = [
        json_bytes(decide(loaded, {name: [values[row]] for name, values in inputs.items()})[0])
        for row in range(0, 600, 4)
    ]
    assert bulk[::4] == single
    assert len({json.loads(line)["probability"] for line in bulk}) > 100


def test_margin_and_contributions_of_one_row_are_those_of_bulk_bit_for_bit(loaded: LoadedRelease) -> None:
    # Enough rows for bulk to run on two threads.
    inputs = many(600)
    matrix = loaded.program.encoded(build_table(inputs, types=loaded.program.inputs, size=600)).matrix
    margin, contributions = loaded.forest.margin(matrix), loaded.forest.contributions(matrix)
    loaded.forest.prepare()
    for row in range(0, 600, 3):
        assert loaded.forest.margin(matrix[row : row + 1]).tobytes() == margin[row : row + 1].tobytes()
        alone = loaded.forest.contributions(matrix[row : row + 1])
        assert alone.tobytes() == contributions[row : row + 1].tobytes()
    for start in range(0, 600, 16):
        few = slice(start, start + 1 + start % 16)
        assert loaded.forest.margin(matrix[few]).tobytes() == margin[few].tobytes()
    assert np.abs(contributions.sum(axis=1) - margin).max() < 1e-3
    assert loaded.forest.margin(matrix[:0]).shape == (0,)
    assert loaded.forest.contributions(matrix[:0]).shape == (0, 7)


def test_the_decision_follows_from_the_canonical_probability(loaded: LoadedRelease) -> None:
    decisions = decide(loaded, many(300))
    assert {decision.prediction for decision in decisions} == {0, 1}
    for decision in decisions:
        assert decision.prediction == int(decision.probability >= 0.5)
        assert decision.probability == float(f"{decision.probability:.6f}")
        assert decision.band == band_of(decision.score, tiny.SCALE)
        given = [reason.contribution for reason in decision.reasons]
        assert given == sorted(given, reverse=True)
        assert len(given) <= 4
        assert all(contribution > 0 for contribution in given)


def test_an_unseen_category_and_a_far_number_warn_and_do_not_crash(loaded: LoadedRelease) -> None:
    decision = decide(loaded, {**tiny.INPUTS, "lender": ["Atlantis"], "amount": [1e7]})[0]
    assert decision.warnings == (
        "amount: 1e+07 is out of training range [1, 1000]",
        "amount_per_day: 333333 is out of training range [0, 500]",
        "lender: 'Atlantis' was not seen in training",
    )


def test_reasons_can_be_left_out_and_no_units_give_no_decisions(loaded: LoadedRelease) -> None:
    assert decide(loaded, tiny.INPUTS, reasons="none")[0].reasons == ()
    assert decide(loaded, {name: [] for name in tiny.INPUTS}) == []


def test_a_unit_without_key_or_a_missing_input_is_pointed_at(loaded: LoadedRelease) -> None:
    with pytest.raises(InputError, match=r"null in rows \[0\]"):
        decide(loaded, {**tiny.INPUTS, "loan_key": [None]})
    with pytest.raises(InputError, match="'loan_key', which identifies a unit, is missing"):
        decide(loaded, {name: values for name, values in tiny.INPUTS.items() if name != "loan_key"})
    with pytest.raises(InputError, match="have lengths {'amount': 2}, expected 1"):
        decide(loaded, {**tiny.INPUTS, "amount": [1.0, 2.0]})


def test_points_are_base_points_at_base_odds_and_twenty_more_for_twice_the_odds() -> None:
    scale = ScoreScale(bands=(Band(name="high", minimum=620), Band(name="middle", minimum=600), Band(name="low")))
    margin = np.array([-math.log(30), -math.log(60), -math.log(15), 0.0])
    assert points(margin, scale).tolist() == [600, 620, 580, 502]
    assert [band_of(score, scale) for score in (620, 619, 600, 599)] == ["high", "middle", "middle", "low"]


def test_probabilities_are_rounded_once_to_six_decimals() -> None:
    found = probabilities(np.array([0.0, 800.0, -800.0, -2.1234567]))
    assert found.tolist() == [0.5, 1.0, 0.0, 0.106838]
    assert math.copysign(1.0, rounded(-1e-9)) == 1.0


def test_json_bytes_are_the_same_for_equal_content_and_never_hold_nan() -> None:
    assert json_bytes({"b": 0.1, "a": ("ü", dt.date(2022, 1, 2))}) == b'{"a":["\\u00fc","2022-01-02"],"b":0.1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"a": float("nan")})
    with pytest.raises(TypeError, match="cannot write bytearray|cannot write object"):
        json_bytes(object())


def test_reasons_sum_their_features_and_keep_the_four_largest_adverse_ones() -> None:
    features = [Feature(name=name, kind="numeric") for name in "abcdefg"]
    reasons = [Reason(code=f"R{n}", wording=name, features=(name,)) for n, name in enumerate("bcdefg")]
    reasons[0] = Reason(code="R0", wording="ab", features=("a", "b"))
    rows = np.array([[0.5, -0.2, 0.1, 0.4, -1.0, 0.2, 0.1, 9.0], [0.1, -0.1, 1e-9, 0, 0, 0, 0, 9.0]])
    first, second = reasons_given(rows, reasons=reasons, features=features)
    expected = [("R2", 0.4), ("R0", 0.3), ("R4", 0.2), ("R1", 0.1)]
    assert [(reason.code, reason.contribution) for reason in first] == expected
    assert second == ()
