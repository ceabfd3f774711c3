"""The reports in one place."""

from credit_platform.explanation.card_parts import (
    CutOffUsed,
    GateVerdict,
    ModelCard,
    ReasonsUsed,
    ReasonUsed,
    SampleUsed,
)
from credit_platform.explanation.drift_report import drift_report
from credit_platform.explanation.explanation_report import Explained, explanation_report
from credit_platform.explanation.model_card import model_card
from credit_platform.explanation.profile_report import profile_report
from credit_platform.explanation.sign_section import SignKept, sign_section

__all__ = [
    "CutOffUsed",
    "Explained",
    "GateVerdict",
    "ModelCard",
    "ReasonUsed",
    "ReasonsUsed",
    "SampleUsed",
    "SignKept",
    "drift_report",
    "explanation_report",
    "model_card",
    "profile_report",
    "sign_section",
]
