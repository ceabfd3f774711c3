"""The Dagster component that turns one YAML into one use case's graph."""

from credit_platform.components.use_case_graph import UseCaseGraph

__all__ = ["UseCaseGraph"]
