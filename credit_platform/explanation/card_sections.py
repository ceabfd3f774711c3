"""The sections of a model card. Every number in them is told with its name, so that it can be asked for again."""

import math
from collections.abc import Sequence

from credit_platform.explanation.card_parts import CutOffUsed, ModelCard, ReasonsUsed, SampleUsed
from credit_platform.explanation.marks import told
from credit_platform.explanation.page import Cell, Section, Table, number, percent, table
from credit_platform.explanation.reason_sums import ADDITIVE_LIMIT
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.fairness import FOUR_FIFTHS, FairnessTable

_TENTHS = 10
"""Points of the strategy curve that the card tells; the release holds all of them."""


def data_section(card: ModelCard) -> Section:
    """The files that the release learned from, and the four samples."""
    return Section("Data", items=declared("data", card.data), tables=(_samples(card.samples),))


def declared(name: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Sentences that the use case or the release declares."""
    return tuple(told(f"declared.{name}[{i}]", text) for i, text in enumerate(texts))


def _samples(samples: Sequence[SampleUsed]) -> Table:
    rows = []
    for s in samples:
        name = f"samples.{s.name}"
        period = "–" if s.first_day is None else f"{s.first_day} to {s.last_day}"
        cells = {
            "rows": number(s.rows),
            "bads": number(s.bads),
            "bad_rate": percent(s.bads / s.rows, digits=2),
            "period": period,
            "mature_share": percent(s.mature_share),
        }
        rows.append((s.name, s.purpose, *(told(f"{name}.{each}", text) for each, text in cells.items())))
    header = ("sample", "used for", "rows", "bads", "bad rate", "period", "labels final in time")
    return table(header, rows, text_columns=2)


def model_section(card: ModelCard) -> Section:
    """Members and their weights."""
    most = max(card.members.values(), default=1.0) or 1.0
    rows = [
        (name, Cell(told(f"release.members.{name}", f"{weight:.4f}"), bar=max(0.0, weight / most)))
        for name, weight in card.members.items()
    ]
    return Section("Model", ("Weights on the log-odds scale.",), tables=(table(("member", "weight"), rows),))


def performance_section(card: ModelCard) -> Section:
    """Metrics of the test rows with their intervals and their population."""
    rows = []
    for name, i in card.metrics.items():
        value = told(f"metrics.{name}.estimate", _measured(i.estimate, "not measured"))
        low, high = (told(f"metrics.{name}.{end}", _measured(getattr(i, end), "open")) for end in ("low", "high"))
        named = told(f"metrics.{name}.name", name.replace("_", " "))
        rows.append((named, value, f"{low} to {high}", told("declared.population", card.population)))
    levels = " / ".join(percent(level, digits=0) for level in sorted({i.level for i in card.metrics.values()}))
    header = ("metric", "value", f"{told('metrics.level', levels)} interval", "population")
    return Section("Performance", tables=(table(header, rows),))


def _measured(value: float, otherwise: str) -> str:
    return f"{value:.4f}" if math.isfinite(value) else otherwise


def gates_section(card: ModelCard) -> Section:
    """Declared bounds and what was measured, and what else keeps the release back."""
    rows = []
    for i, gate in enumerate(card.gates):
        measured = f"{gate.value:.4f}" if gate.value is not None else gate.exempt or "not measured"
        verdict = Cell("holds", "good") if gate.holds else Cell("fails", "bad")
        rule = told(f"declared.gates[{i}]", gate.rule.replace("_", " "))
        rows.append((rule, told(f"gates[{i}].measured", measured), verdict))
    header = ("gate", "measured", "verdict")
    unmet = tuple(f"Also unmet: {told(f'gates.further[{i}]', each)}" for i, each in enumerate(card.further_unmet))
    paragraphs = () if card.chance_of_ten is None else (_repeated(card.chance_of_ten),)
    return Section("Gates", paragraphs, items=unmet, tables=(table(header, rows),))


def _repeated(chance: float) -> str:
    return (
        "The gain over the champion is tested anew for each candidate, on the same later rows until the windows move: "
        f"of ten candidates that are no better, one is promoted by chance in "
        f"{told('gates.chance_of_ten', percent(chance, digits=0))} of cases."
    )


def cut_off_section(cut_off: CutOffUsed) -> Section:
    """From which probability units are declined, how sure that is, and what other shares would have given."""
    at, low, high = (
        told(f"cut_off.{name}", percent(value, digits=2))
        for name, value in (("threshold", cut_off.threshold), ("low", cut_off.low), ("high", cut_off.high))
    )
    text = (
        f"Declined from a probability of bad of {at}, chosen by {told('cut_off.objective', cut_off.objective)} on the "
        f"selection rows. With other customers there it would lie between {low} and {high} "
        f"({told('cut_off.level', '95%')})."
    )
    nearest = [
        min(cut_off.strategy, key=lambda point: abs(point.approval_rate - tenth / _TENTHS))
        for tenth in range(1, _TENTHS + 1)
    ]
    shown = ("approval_rate", "highest_probability", "bad_rate", "expected_bad_rate")
    rows = [
        tuple(told(f"strategy[{i}].{name}", percent(getattr(point, name), digits=2)) for name in shown)
        for i, point in enumerate(dict.fromkeys(nearest))
    ]
    header = ("approved", "up to probability", "bad rate", "expected bad rate")
    return Section("Cut-off", (text,), tables=(table(header, rows),), pictures=cut_off.pictures)


def calibration_section(card: ModelCard) -> Section:
    """Predicted against observed, by equal-frequency bin."""
    c = card.calibration
    rows = []
    for i, (p, r, n) in enumerate(
        zip(c.mean_probability.tolist(), c.bad_rate.tolist(), c.weight.tolist(), strict=True)
    ):
        cells = {
            "bin": str(i + 1),
            "decisions": number(round(n)),
            "mean_probability": percent(p, digits=2),
            "bad_rate": percent(r, digits=2),
        }
        rows.append(tuple(told(f"calibration[{i}].{name}", text) for name, text in cells.items()))
    header = ("bin", "decisions", "mean probability", "bad rate")
    bins = table(header, rows, caption="Equal-frequency bins of the test rows, safest first.")
    return Section("Calibration", tables=(bins,), pictures=card.pictures)


def fairness_section(card: ModelCard) -> Section:
    """Every declared protected attribute, group by group."""
    alone = (told("declared.not_compared", card.not_compared),) if card.not_compared else ()
    if not card.fairness:
        return Section("Fairness", alone)
    rows = []
    for found in card.fairness:
        for i, group in enumerate(found.groups):
            name = f"fairness.{found.attribute}[{i}]"
            ratio = Cell(
                _interval(f"{name}.selection_ratio", group.selection_ratio),
                "bad" if group.is_adverse else "plain",
            )
            rows.append(
                (
                    found.attribute,
                    told(f"{name}.group", group.group) + _role(found, group.group),
                    told(f"{name}.rows", number(group.rows)),
                    told(f"{name}.selection_rate", percent(group.selection_rate)),
                    ratio,
                    _interval(f"{name}.equal_opportunity_gap", group.equal_opportunity_gap),
                    _interval(f"{name}.calibration_gap", group.calibration_gap),
                )
            )
    header = ("attribute", "group", "rows", "accepted", "selection ratio", "equal opportunity gap", "calibration gap")
    limit = told("fairness.four_fifths", f"{FOUR_FIFTHS:g}")
    text = (
        "Selection ratio: acceptance against the most accepted group; gaps: against the largest. With bootstrap "
        f"intervals; an interval below {limit} breaks the four-fifths rule."
    )
    return Section("Fairness", (text, *alone), tables=(table(header, rows, text_columns=2),))


def _role(found: FairnessTable, group: str) -> str:
    roles = [role for role, name in (("largest", found.reference), ("most accepted", found.favoured)) if name == group]
    return f" ({', '.join(roles)})" if roles else ""


def _interval(name: str, found: Interval) -> str:
    ends = {end: number(round(getattr(found, end), 4)) for end in ("estimate", "low", "high")}
    estimate, low, high = (told(f"{name}.{end}", text) for end, text in ends.items())
    return f"{estimate} ({low} to {high})"


def explanations_section(reasons: ReasonsUsed) -> Section:
    """What drives the score, by reason code."""
    rows_told, base = (
        told("explanations.rows", number(reasons.rows)),
        told("explanations.baseline", f"{reasons.baseline:.3f}"),
    )
    text = (
        f"Contributions of {rows_told} test rows, exact and additive: with the baseline of {base} they are the served "
        f"log-odds within {told('explanations.gap', _rounded_up(max(reasons.gap, ADDITIVE_LIMIT)))}. They say what the "
        "model uses, not what causes the outcome."
    )
    most = max((each.contribution for each in reasons.reasons), default=1.0) or 1.0
    rows = []
    for i, each in enumerate(reasons.reasons):
        name = f"explanations.reasons[{i}]"
        mean = Cell(told(f"{name}.contribution", f"{each.contribution:.4f}"), bar=each.contribution / most)
        share = told(f"{name}.main_share", percent(each.main_share))
        rows.append((told(f"{name}.code", each.code), told(f"{name}.wording", each.wording), mean, share))
    header = ("code", "reason", "mean |contribution|", "is the main adverse reason")
    return Section("Explanations", (text, _silent(reasons)), tables=(table(header, rows, text_columns=2),))


def _silent(reasons: ReasonsUsed) -> str:
    if not reasons.silent:
        return "No feature had to be left out of the reasons: each that has a declared sign keeps it."
    return (
        f"Left out of every reason, for they move against their declared sign: "
        f"{told('explanations.silent', ', '.join(reasons.silent))}. They still count in the score, by "
        f"{told('explanations.silent_contribution', f'{reasons.silent_contribution:.4f}')} log-odds on average."
    )


def _rounded_up(value: float) -> str:
    """One digit, never below the value."""
    unit = 10.0 ** math.floor(math.log10(value))
    return f"{math.ceil(value / unit - 1e-9) * unit:.0e}"


def check_section(card: ModelCard) -> Section:
    """How a validator asks for every number again."""
    lift = ", and so is the gain over the champion, whose predictions are not kept here" if card.is_lift_read else ""
    text = (
        "Every number of this card is named in its source. Before the card was accepted they were computed again from "
        "the predictions, contributions and outcomes stored with the release, digest "
        f"{told('predictions.sha256', card.predictions_sha256)}. The weights of the members, the baseline and the "
        f"number of features are read from the signed release{lift}."
    )
    return Section("How to check this card", (text,))
