"""Declared signs on the page of explanations: which contributions keep them, and how that is known."""

from collections.abc import Sequence
from dataclasses import dataclass

from credit_platform.explanation.page import Cell, Section, table

MEANS = {1: "riskier", -1: "safer"}
_TEXT = (
    "All else equal, the contribution of a feature with a declared sign must not move against it. Proved: in every "
    "served tree, no leaf on the lower side of a split on the feature lies against the sign of any leaf on the upper "
    "side, so the contribution keeps its sign for every input there is. Otherwise it is walked over every interval "
    "between its thresholds on rows of the reference sample, and a feature that moves back by more than .001 log-odds "
    "is left out of every reason; it still counts in the score."
)


@dataclass(frozen=True)
class SignKept:
    """One feature with a declared sign: ``rows`` rows walked over ``values`` values, or proved; ``against`` is the
    furthest move against the sign, log-odds."""

    feature: str
    sign: int
    is_proved: bool
    values: int
    rows: int
    against: float
    is_dropped: bool


def sign_section(signs: Sequence[SignKept]) -> Section:
    """A table of the declared signs."""
    rows = [
        (
            each.feature,
            MEANS[each.sign],
            "proved" if each.is_proved else f"{each.rows} rows over {each.values} values",
            "–" if each.is_proved else f"{each.against:.4f}",
            Cell("left out", "bad") if each.is_dropped else Cell("kept", "good"),
        )
        for each in signs
    ]
    header = ("feature", "higher value means", "how it was checked", "furthest against its sign", "in reasons")
    return Section("Declared signs", (_TEXT,), tables=(table(header, rows, text_columns=3),))
