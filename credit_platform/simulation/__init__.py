"""Portfolios with a known truth: the raw files of a business whose probability of bad is written down."""

from credit_platform.simulation.drift import DRIFT_KINDS, Drift, DriftKind, parse_drift
from credit_platform.simulation.errors import SimulationError
from credit_platform.simulation.registry import SIMULATORS, simulate
from credit_platform.simulation.request import Policy, SimulationRequest, SimulationSummary

__all__ = [
    "DRIFT_KINDS",
    "SIMULATORS",
    "Drift",
    "DriftKind",
    "Policy",
    "SimulationError",
    "SimulationRequest",
    "SimulationSummary",
    "parse_drift",
    "simulate",
]
