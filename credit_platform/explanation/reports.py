"""The reports in one place."""

from credit_platform.explanation.card_parts import (
    CutOffUsed,
    GateVerdict,
    ModelCard,
    ReasonsUsed,
    ReasonUsed,
    SampleUsed,
)
from credit_platform.explanation.counterfactual_report import WayBack, counterfactual_report
from credit_platform.explanation.drift_report import drift_report
from credit_platform.explanation.effect_sections import (
    algorithm_section,
    case_section,
    effect_section,
    surrogate_section,
)
from credit_platform.explanation.explanation_report import Explained, explanation_report
from credit_platform.explanation.fairness_report import fairness_report
from credit_platform.explanation.model_card import model_card
from credit_platform.explanation.profile_report import profile_report
from credit_platform.explanation.sign_section import SignKept, sign_section
from credit_platform.explanation.stability_section import stability_section

__all__ = [
    "CutOffUsed",
    "Explained",
    "GateVerdict",
    "ModelCard",
    "ReasonUsed",
    "ReasonsUsed",
    "SampleUsed",
    "SignKept",
    "WayBack",
    "algorithm_section",
    "case_section",
    "counterfactual_report",
    "drift_report",
    "effect_section",
    "explanation_report",
    "fairness_report",
    "model_card",
    "profile_report",
    "sign_section",
    "stability_section",
    "surrogate_section",
]
