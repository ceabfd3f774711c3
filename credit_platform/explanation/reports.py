"""The reports in one place."""

from credit_platform.explanation.drift_report import drift_report
from credit_platform.explanation.explanation_report import Explained, explanation_report
from credit_platform.explanation.model_card import CutOffUsed, GateVerdict, ModelCard, SampleUsed, model_card
from credit_platform.explanation.profile_report import profile_report

__all__ = [
    "CutOffUsed",
    "Explained",
    "GateVerdict",
    "ModelCard",
    "SampleUsed",
    "drift_report",
    "explanation_report",
    "model_card",
    "profile_report",
]
