"""The first look at a table, for people: what is in it, what is missing, what goes with the label."""

from collections.abc import Sequence

from credit_platform.explanation import figures
from credit_platform.explanation.page import Cell, Page, Picture, Section, Tone, number, percent, table, to_html
from credit_platform.statistics.distributions import DistributionCheck
from credit_platform.statistics.profile import ColumnProfile, TableProfile

_MOST_FIGURES = 12
_SUSPICIOUS_IV = 0.5


def profile_report(
    profile: TableProfile,
    *,
    title: str,
    subtitle: str,
    event: str = "bad",
    checks: Sequence[DistributionCheck] = (),
) -> str:
    """HTML of a table's profile; ``event`` words the label, ``checks`` add a comparison with another sample.

    Figures are drawn for the 12 columns with the highest information value (or the first 12 without labels).
    """
    facts = [("rows", number(profile.rows)), ("columns", number(len(profile.columns)))]
    if profile.bads is not None:
        facts += [(event, number(profile.bads)), (f"{event} rate", percent(profile.bad_rate, digits=2))]
    if profile.months:
        facts.append(("months", f"{profile.months[0].name} to {profile.months[-1].name}"))
    sections = [_overview(profile), *_time(profile, event), *_missing(profile), *_correlation(profile)]
    if checks:
        sections.append(comparison_section(checks))
    shown = sorted(profile.columns, key=lambda c: -(c.information_value or 0.0))
    drawn = [c for c in shown if c.bins and (len(c.bins) > 1 or c.missing)][:_MOST_FIGURES]
    sections += [_column(c, event) for c in drawn]
    return to_html(Page(title, subtitle, tuple(facts), tuple(sections)))


def comparison_section(checks: Sequence[DistributionCheck]) -> Section:
    """Table of two-sample tests, the clearest differences first."""
    ordered = sorted(checks, key=lambda c: (not c.is_different, c.adjusted_p_value, -abs(c.effect_size)))
    rows = [
        (
            check.column,
            check.test.replace("_", " "),
            check.effect,
            number(check.statistic),
            Cell(f"{check.effect_size:.3f}", "bad" if check.is_different else "plain"),
            f"{check.adjusted_p_value:.3g}",
            Cell("different", "bad") if check.is_different else Cell("alike", "muted"),
        )
        for check in ordered
    ]
    header = ("column", "test", "effect", "statistic", "effect size", "adjusted p", "verdict")
    different = len({check.column for check in checks if check.is_different})
    total = len({check.column for check in checks})
    text = (
        f"{different} of {total} columns differ from the reference. A difference needs an adjusted p-value "
        "(Benjamini-Hochberg) below the level and an effect of material size; with many rows read the effect first."
    )
    return Section("Comparison with the reference", (text,), tables=(table(header, rows, text_columns=3),))


def _overview(profile: TableProfile) -> Section:
    top = max((c.information_value or 0.0 for c in profile.columns), default=0.0) or 1.0
    rows = [
        (
            column.name,
            column.kind,
            Cell(percent(column.missing_rate), "bad" if column.missing_rate > 0.2 else "plain"),
            number(column.distinct),
            *_quantile_cells(column),
            Cell(_information(column), _tone(column), _bar(column, top)),
        )
        for column in profile.columns
    ]
    header = ("column", "kind", "missing", "distinct", "5%", "median", "95%", "mean", "information value")
    text = (
        "Information value: below .02 unpredictive, .1 to .3 medium, above .5 (marked) either very strong or a leak "
        "worth a look."
    )
    return Section("Columns", (text,), tables=(table(header, rows, text_columns=2),))


def _quantile_cells(column: ColumnProfile) -> tuple[str, str, str, str]:
    if column.kind == "date":
        return column.first or "–", "–", column.last or "–", "–"
    q = column.quantiles
    return number(q.get(0.05)), number(q.get(0.5)), number(q.get(0.95)), number(column.mean)


def _bar(column: ColumnProfile, top: float) -> float | None:
    return None if column.information_value is None else min(1.0, max(0.0, column.information_value / top))


def _information(column: ColumnProfile) -> str:
    return "–" if column.information_value is None else f"{column.information_value:.4f}"


def _tone(column: ColumnProfile) -> Tone:
    return "bad" if (column.information_value or 0) > _SUSPICIOUS_IV else "plain"


def _time(profile: TableProfile, event: str) -> list[Section]:
    if not profile.months:
        return []
    picture = figures.time_trend("Rows by month", profile.months, value_name=f"{event} rate")
    caption = f"Rows a month, with the {event} rate and its 95% Wilson interval"
    return [Section("Time", pictures=(Picture(picture, caption),))]


def _missing(profile: TableProfile) -> list[Section]:
    gaps = sorted((c for c in profile.columns if c.missing), key=lambda c: -c.missing)[:30]
    if not gaps:
        return [Section("Missing values", ("No column has a missing value.",))]
    picture = figures.missingness([c.name for c in gaps], [c.missing_rate for c in gaps])
    return [Section("Missing values", pictures=(Picture(picture, "Share of rows without a value, by column"),))]


def _correlation(profile: TableProfile) -> list[Section]:
    if len(profile.correlated) < 2:
        return []
    picture = figures.correlation_heat_map(profile.correlated, profile.correlation)
    return [Section("Correlation", pictures=(Picture(picture, "Spearman rank correlation of the numeric columns"),))]


def _column(column: ColumnProfile, event: str) -> Section:
    pictures = [
        Picture(
            figures.bad_rate_by_bin(column.name, column.bins, rate_name=f"{event} rate"),
            f"{column.name}: rows by bin" + (f" and {event} rate" if column.bins[0].rate is not None else ""),
        )
    ]
    if len(column.trend) > 1:
        name = "median" if column.kind == "numeric" else "share of the commonest level"
        drawn = figures.time_trend(f"{column.name}: {name} by month", column.trend, value_name=name)
        pictures.append(Picture(drawn, f"{column.name}: {name} by month"))
    value = "" if column.information_value is None else f" · information value {_information(column)}"
    return Section(f"{column.name}{value}", pictures=tuple(pictures), is_folded=True)
