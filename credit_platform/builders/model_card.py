"""The model card of a release: written from what the run recorded, accepted only if the predictions give the same."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.card_figures import CardFigures, recomputed_figures, recorded_figures
from credit_platform.builders.gates import gate_value
from credit_platform.builders.kept_margins import is_kept, lift_again
from credit_platform.builders.pieces import RELEASE
from credit_platform.builders.predictions import load_predictions
from credit_platform.builders.release_files import release_notes
from credit_platform.builders.score_migration import migration_of, section_of
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.releases import LoadedRelease
from credit_platform.explanation.card_check import html_breaches, markdown_breaches, read_html
from credit_platform.explanation.card_parts import GateVerdict, ModelCard
from credit_platform.explanation.model_card import model_card
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.fairness_bounds import fairness_metrics

HTML, MARKDOWN = "model_card.html", "model_card.md"


@dataclass(frozen=True)
class WrittenCard:
    """A card in its two renderings."""

    html: str
    markdown: str

    @property
    def numbers(self) -> int:
        """How many values the card tells by name."""
        return len(read_html(self.html).values)


def recorded_card(use_case: UseCase, candidate: Candidate, workbench: Workbench, *, threads: int) -> ModelCard:
    """The card of the release that this run made, from what its assets recorded."""
    figures = recorded_figures(use_case, candidate, workbench, threads=threads)
    released = workbench.load(use_case.name, RELEASE)
    candidate.require({RELEASE: released})
    document = released.document
    return _card(
        use_case,
        figures,
        document["gates"],
        release_id=document["release_id"],
        as_of=dt.date.fromisoformat(document["as_of"]),
        algorithm=candidate.served.name,
        features=len(candidate.sample.features),
        members={member.algorithm: member.weight for member in candidate.served.members},
        limits=release_notes(use_case),
        migration=section_of(document.get("migration")),
        predictions_sha256=document["predictions_sha256"],
        is_lift_read=_is_lift_read(use_case, document["gates"], figures, workbench),
    )


def recomputed_card(use_case: UseCase, workbench: Workbench, release: LoadedRelease) -> ModelCard:
    """The same card from the verified release and its stored predictions alone."""
    stored, told = load_predictions(workbench, use_case.name, release), release.release
    figures = recomputed_figures(use_case, stored, told)
    moved = migration_of(use_case, workbench.load(use_case.name, RELEASE), figures.margin)
    lift = lift_again(use_case, release.gates["comparison"], figures.test, figures.margin, workbench)
    return _card(
        use_case,
        replace(figures, measured={**figures.measured, **lift}),
        release.gates,
        release_id=told.release_id,
        as_of=told.as_of,
        algorithm=told.algorithm,
        features=len(told.features),
        members={member.algorithm: member.weight for member in told.members},
        limits=told.notes,
        migration=section_of(moved),
        predictions_sha256=stored.digest,
        is_lift_read=_is_lift_read(use_case, release.gates, figures, workbench),
    )


def _is_lift_read(use_case: UseCase, gates: Mapping[str, Any], figures: CardFigures, workbench: Workbench) -> bool:
    """Whether there was a gain over a champion that cannot be computed again here."""
    compared = gates["comparison"]
    is_measured = any(value is not None for value in compared["metrics"].values())
    return is_measured and not is_kept(use_case, compared, figures.test, figures.margin, workbench)


def rendered_card(card: ModelCard) -> WrittenCard:
    return WrittenCard(*model_card(card))


def verify_card(written: WrittenCard, recomputed: WrittenCard) -> tuple[str, ...]:
    """A sentence for everything that a written card says otherwise than the stored predictions; none: it holds."""
    pages = [("HTML", text) for text in html_breaches(written.html, recomputed.html)]
    pages += [("Markdown", text) for text in markdown_breaches(written.markdown, recomputed.markdown)]
    return tuple(f"{rendering}: {text}" for rendering, text in pages)


def written_card(workbench: Workbench, use_case: str) -> WrittenCard:
    """The card as it lies on disk."""
    return WrittenCard(*(workbench.report_path(use_case, name).read_text("utf-8") for name in (HTML, MARKDOWN)))


def _card(use_case: UseCase, figures: CardFigures, gates: Mapping[str, Any], **release: Any) -> ModelCard:
    return ModelCard(
        title=f"{use_case.title}: model card",
        purpose=use_case.description,
        out_of_scope=(f"Decisions on anything but {use_case.unit.name.replace('_', ' ')} of this portfolio.",),
        data=tuple(f"{s.name} ({s.role}): {' or '.join(x.path for x in s.layouts)}" for s in use_case.sources),
        feature_set=use_case.features.gating,
        samples=figures.samples,
        population=use_case.measured_on,
        metrics=figures.metrics,
        cut_off=figures.cut_off,
        gates=_verdicts(use_case, gates, {**figures.measured, **fairness_metrics(figures.fairness)}),
        further_unmet=_further(gates),
        chance_of_ten=_chance_of_ten(use_case),
        calibration=figures.calibration,
        fairness=figures.fairness,
        protected=use_case.protected,
        reasons=figures.reasons,
        monitoring=_monitoring(use_case),
        owners=use_case.owners,
        pictures=figures.pictures,
        **release,
    )


def _verdicts(
    use_case: UseCase, judged: Mapping[str, Any], measured: Mapping[str, float | None]
) -> tuple[GateVerdict, ...]:
    """The gates, by what was ``measured``, and by what the release says of the rest."""
    exempt = {found["metric"]: found["exempt"] for found in judged["results"]}
    metrics = {**{found["metric"]: found["value"] for found in judged["results"]}, **measured}
    return tuple(
        GateVerdict(
            rule=gate.rule,
            value=metrics[gate.metric],
            holds=bool(exempt[gate.metric]) or gate_value(gate, metrics) is None,
            exempt=exempt[gate.metric],
        )
        for gate in use_case.gates
    )


def _further(judged: Mapping[str, Any]) -> tuple[str, ...]:
    """Unmet findings that are no declared gate's, such as a leaking feature."""
    of_gates = {found["unmet"] for found in judged["results"]}
    return tuple(sentence for sentence in judged["unmet"] if sentence not in of_gates)


def _chance_of_ten(use_case: UseCase) -> float | None:
    """Each is tested at the same level, on a window that nothing renews between them."""
    levels = [g.maximum for g in use_case.gates if g.metric == "auc_lift_p_value" and g.maximum is not None]
    return 1 - (1 - min(levels)) ** 10 if levels else None


def _monitoring(use_case: UseCase) -> tuple[str, ...]:
    """The plan, as it is declared."""
    plan = use_case.monitoring
    segments = (
        f", also within each value of {', '.join(plan.segments)} that has {plan.minimum_rows} rows on a day"
        if plan.segments
        else ""
    )
    calm = (
        f"Chance alone opens at most {plan.false_incidents_a_year:g} incidents a year; one ends after "
        f"{plan.calm_days} scored days without an alarm."
    )
    return (
        f"Drift of every feature and of the score against the labelled training sample, daily{segments}.",
        calm,
        "Calibration, Brier score and AUC of outcomes as they mature, against what this card promises.",
        "A candidate to come replaces this release only after the same gates, measured on its own later rows.",
    )
