"""The model card (Mitchell et al. 2019, Model Cards for Model Reporting): every number comes from the record."""

from credit_platform.explanation import card_sections as sections
from credit_platform.explanation.card_parts import ModelCard
from credit_platform.explanation.marks import told
from credit_platform.explanation.page import Page, Section, number, percent, to_html, to_markdown


def model_card(card: ModelCard) -> tuple[str, str]:
    """The card as (html, markdown), of the same content; each number carries its name (``card_check`` reads them)."""
    page = card_page(card)
    return to_html(page), to_markdown(page)


def card_page(card: ModelCard) -> Page:
    """The card before it is rendered."""
    return Page(
        title=card.title,
        subtitle=told("declared.purpose", card.purpose),
        facts=(
            ("release", told("release.release_id", card.release_id)),
            ("algorithm", card.algorithm.replace("_", " ")),
            ("as of", told("release.as_of", str(card.as_of))),
            ("features", told("release.features", number(card.features))),
            ("feature set", told("release.feature_set", card.feature_set)),
            ("cut-off", told("cut_off.threshold", percent(card.cut_off.threshold, digits=2))),
            ("owners", told("declared.owners", ", ".join(card.owners))),
        ),
        sections=(
            Section("Not meant for", items=sections.declared("out_of_scope", card.out_of_scope)),
            sections.data_section(card),
            sections.model_section(card),
            sections.performance_section(card),
            sections.gates_section(card),
            sections.cut_off_section(card.cut_off),
            sections.calibration_section(card),
            sections.fairness_section(card),
            sections.explanations_section(card.reasons),
            *((card.migration,) if card.migration else ()),
            Section("Limits", items=sections.declared("limits", card.limits)),
            Section("Monitoring", items=sections.declared("monitoring", card.monitoring)),
            sections.check_section(card),
        ),
    )
