"""Small drawings as inline SVG: they take the colours of their page, light or dark, and cost a few kilobytes each."""

from credit_platform.explanation.charts.curves import reliability_curve, strategy_line
from credit_platform.explanation.charts.heat import Square, heat_map
from credit_platform.explanation.charts.levels import rate_by_level
from credit_platform.explanation.charts.matrix import association_matrix
from credit_platform.explanation.charts.moves import moves
from credit_platform.explanation.charts.outline import outline
from credit_platform.explanation.charts.patterns import missing_patterns
from credit_platform.explanation.charts.rates import rate_by_bin
from credit_platform.explanation.charts.shares import two_shares
from credit_platform.explanation.charts.trends import sparkline, volume_and_rate
from credit_platform.explanation.charts.whiskers import Whisker, whiskers

__all__ = [
    "Square",
    "Whisker",
    "association_matrix",
    "heat_map",
    "missing_patterns",
    "moves",
    "outline",
    "rate_by_bin",
    "rate_by_level",
    "reliability_curve",
    "sparkline",
    "strategy_line",
    "two_shares",
    "volume_and_rate",
    "whiskers",
]
