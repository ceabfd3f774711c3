"""Sections of the page of explanations beside the stack's own importance: algorithms, single rows, effects, LIME."""

from collections.abc import Mapping, Sequence

from credit_platform.explanation import figures
from credit_platform.explanation.figures import Case, Cost, Curve
from credit_platform.explanation.page import Picture, Section, percent, table
from credit_platform.statistics.arrays import Floats


def algorithm_section(
    parts: Mapping[str, Floats], matrix: Floats, names: Sequence[str], categories: Mapping[str, Sequence[str]]
) -> Section:
    """``parts``: contributions (n, k) of the served model first, then of each algorithm on its own scale."""
    text = (
        "Each algorithm is explained as the served model is: exactly, and from the mean of the same reference sample. "
        "A stack's contributions are the weighted sum of its members'. Where algorithms part, the data leaves room."
    )
    drawn = (
        Picture(figures.importance_matrix(parts, names), "Mean absolute contribution, log-odds of bad"),
        Picture(
            figures.beeswarm_panels(parts, matrix, names),
            "One dot a unit: right is riskier, red a high value, blue a low one, grey missing",
        ),
        Picture(
            figures.dependence_panels(parts, matrix, names, categories),
            "Contribution against value of the three features that the served model uses most; grey: missing",
        ),
    )
    return Section("By algorithm", (text,), pictures=drawn)


def case_section(cases: Sequence[Case], by_algorithm: Mapping[str, Sequence[Case]]) -> Section:
    """Three rows of the served model, and what each algorithm says of them."""
    text = (
        "Three units of the test sample, chosen by their probability and shown without anything that names them: a "
        "declined one in the middle of the declined, the nearest to the cut-off, and one amid the approved. "
        "A number is given as its tenth of the test sample's (9/10: eight tenths are lower), and a category that few "
        "share is not named: together, exact values would tell who it was."
    )
    drawn = (
        Picture(figures.waterfall_panels(cases), "Served: from the baseline to the log-odds, largest step first"),
        Picture(figures.waterfall_columns(by_algorithm), "The same units by each algorithm, from its own baseline"),
    )
    return Section("Three decisions", (text,), pictures=drawn)


def effect_section(curves: Sequence[Curve], costs: Sequence[Cost], *, rows: int, permuted: int) -> Section:
    """Partial dependence and permutation importance."""
    text = (
        f"Partial dependence sets {rows} units of the test sample to every value in turn, all else as it is; the band "
        "holds the middle 80% of the units' own curves, so a wide band is an effect that depends on other features. "
        "Combinations that never occur count as well: read it beside the contributions."
    )
    shuffled = (
        f"Permutation importance shuffles one feature at a time, of the {len(costs)} that move the score most, among "
        f"{permuted:,} units of the test sample. Intervals are of whole entities. Of features that say the same, "
        "each looks dispensable, because the other is left."
    )
    drawn = [Picture(figures.partial_dependence_panels(curves), "Log-odds of bad against value")] if curves else []
    drawn.append(Picture(figures.permutation_panels(costs), "What shuffling costs, 95% intervals"))
    return Section("What a feature does to the score", (text, shuffled), pictures=tuple(drawn))


def surrogate_section(
    *, rows: int, rank_correlation: float, same_top: float, same_adverse: float, fit: float
) -> Section:
    """How LIME agrees with the exact contributions."""
    text = (
        "LIME (Ribeiro, Singh and Guestrin 2016) fits a weighted linear model to the answers around one unit. It is "
        "here to compare with and gives no reason of any decision: it is random, does not add up, and blurs what lies "
        "near. The package of that name is not maintained, so its recipe for tables is written out."
    )
    rows_shown = [
        ("rank correlation with the exact contributions, mean of units", f"{rank_correlation:.2f}"),
        ("same largest feature", percent(same_top)),
        ("same most adverse feature", percent(same_adverse)),
        ("fit of the linear model (weighted R-squared), mean", f"{fit:.2f}"),
    ]
    return Section("Compared with LIME", (text,), tables=(table((f"over {rows} units", "found"), rows_shown),))
