"""What an experienced eye would stop at in a profile, in sentences, the most pressing first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from credit_platform.statistics.profile import ColumnProfile, TableProfile

SUSPICIOUS_IV = 0.5
"""Above it a predictor is either very strong or knows the outcome (Siddiqi 2006)."""
_UNPREDICTIVE_IV = 0.02
_MANY_MISSING = 0.2
_MANY_OUTLIERS = 0.2
_SHIFTED = 0.25
_TWINS = 0.95
_NAMED = 8


@dataclass(frozen=True)
class Finding:
    """A sentence, the columns that it is about (the first eight), and whether it should be settled before training."""

    text: str
    columns: tuple[str, ...] = ()
    is_urgent: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns[:_NAMED]

    @property
    def more(self) -> int:
        return len(self.columns) - len(self.named)


def findings(profile: TableProfile) -> list[Finding]:
    """Every finding that the profile gives cause for."""
    return [finding for rule in _RULES for finding in rule(profile)]


def _rule(
    text: str, holds: Callable[[ColumnProfile], bool], size: Callable[[ColumnProfile], float], *, is_urgent: bool
) -> Callable[[TableProfile], list[Finding]]:
    """A finding over the columns for which something holds, the largest first; ``text`` takes their number."""

    def found(profile: TableProfile) -> list[Finding]:
        columns = sorted((c for c in profile.columns if holds(c)), key=lambda c: (-size(c), c.name))
        names = tuple(c.name for c in columns)
        return [Finding(text.format(_counted(len(names))), names, is_urgent)] if names else []

    return found


def _counted(number: int) -> str:
    return "1 column" if number == 1 else f"{number} columns"


def _repeated_rows(profile: TableProfile) -> list[Finding]:
    if not profile.repeats.rows:
        return []
    share = profile.repeats.rows / profile.rows
    return [Finding(f"{profile.repeats.rows:,} rows ({share:.1%}) equal an earlier row in every column")]


def _repeated_columns(profile: TableProfile) -> list[Finding]:
    return [Finding("The same values in every row", names, True) for names in profile.repeats.columns]


def _twins(profile: TableProfile) -> list[Finding]:
    pairs = profile.associations.strongest(_TWINS)
    names = tuple(dict.fromkeys(name for first, second, _ in pairs for name in (first, second)))
    text = f"{len(pairs)} pairs of columns say nearly the same (strength {_TWINS} or more)"
    return [Finding(text.replace("1 pairs of", "1 pair of") if len(pairs) == 1 else text, names)] if pairs else []


def _iv(column: ColumnProfile) -> float:
    return column.information_value or 0.0


def _outlying(column: ColumnProfile) -> float:
    return column.outliers.share if column.outliers else 0.0


_RULES: Sequence[Callable[[TableProfile], list[Finding]]] = (
    _rule(
        "{} with an information value above .5: very strong, or knows the outcome",
        lambda c: _iv(c) > SUSPICIOUS_IV,
        _iv,
        is_urgent=True,
    ),
    _rule("{} with one value only", lambda c: c.is_constant, lambda c: 0.0, is_urgent=True),
    _repeated_columns,
    _repeated_rows,
    _rule(
        "{} with values in fewer than 80% of rows",
        lambda c: c.missing_rate > _MANY_MISSING,
        lambda c: c.missing_rate,
        is_urgent=False,
    ),
    _rule(
        "{} whose later half of the period is distributed otherwise (PSI above .25)",
        lambda c: (c.shift or 0.0) > _SHIFTED,
        lambda c: c.shift or 0.0,
        is_urgent=False,
    ),
    _twins,
    _rule(
        "{} with over a fifth of the values beyond Tukey's fences",
        lambda c: _outlying(c) > _MANY_OUTLIERS,
        _outlying,
        is_urgent=False,
    ),
    _rule(
        "{} taken for identifiers and not described further",
        lambda c: c.kind == "identifier",
        lambda c: 0.0,
        is_urgent=False,
    ),
    _rule(
        "{} with an information value below .02: alone they predict nothing",
        lambda c: c.information_value is not None and c.information_value < _UNPREDICTIVE_IV and not c.is_constant,
        lambda c: -_iv(c),
        is_urgent=False,
    ),
)
