"""Aggregates of a table for its first look: never a row, and no level or cell that fewer than five rows share."""

from credit_platform.statistics.profile.associations import Associations
from credit_platform.statistics.profile.columns import rounded
from credit_platform.statistics.profile.missing import Missingness, MissingPattern
from credit_platform.statistics.profile.outliers import Outliers
from credit_platform.statistics.profile.repeats import Repeats
from credit_platform.statistics.profile.table import profile
from credit_platform.statistics.profile.types import ColumnProfile, MonthPoint, RateBin, Shape, TableProfile

__all__ = [
    "Associations",
    "ColumnProfile",
    "MissingPattern",
    "Missingness",
    "MonthPoint",
    "Outliers",
    "RateBin",
    "Repeats",
    "Shape",
    "TableProfile",
    "profile",
    "rounded",
]
