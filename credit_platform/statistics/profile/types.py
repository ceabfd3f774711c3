"""What a profile is made of: counts, rates and quantiles, nothing that points at one unit."""

from dataclasses import dataclass

from credit_platform.statistics.profile.associations import Associations
from credit_platform.statistics.profile.missing import Missingness
from credit_platform.statistics.profile.outliers import Outliers
from credit_platform.statistics.profile.rates import RateBin
from credit_platform.statistics.profile.repeats import Repeats
from credit_platform.statistics.profile.shape import Shape

__all__ = ["ColumnProfile", "MonthPoint", "RateBin", "Shape", "TableProfile"]


@dataclass(frozen=True)
class MonthPoint:
    """One month of one column: median (of a number) or share of the commonest level, and the missing rate."""

    month: str
    rows: int
    value: float | None
    missing_rate: float


@dataclass(frozen=True)
class ColumnProfile:
    """One column. kind: numeric, category, date, or identifier (text or whole numbers, mostly distinct).

    ``information_value`` is the sum over ``bins``; ``shift`` is the PSI of the later half of the rows against the
    earlier half, by date. ``first`` and ``last`` are months.
    """

    name: str
    kind: str
    rows: int
    missing: int
    distinct: int
    mean: float | None
    standard_deviation: float | None
    quantiles: dict[float, float]
    first: str | None
    last: str | None
    shape: Shape | None
    outliers: Outliers | None
    bins: tuple[RateBin, ...]
    information_value: float | None
    trend: tuple[MonthPoint, ...]
    shift: float | None

    @property
    def missing_rate(self) -> float:
        return self.missing / self.rows

    @property
    def is_constant(self) -> bool:
        return self.distinct <= 1


@dataclass(frozen=True)
class TableProfile:
    """A table: its columns, its months, how columns go together, and what is missing or repeated in it."""

    rows: int
    bads: int | None
    columns: tuple[ColumnProfile, ...]
    months: tuple[RateBin, ...]
    associations: Associations
    missingness: Missingness
    repeats: Repeats

    @property
    def bad_rate(self) -> float | None:
        return None if self.bads is None else self.bads / self.rows
