"""The one error that a simulation raises for a request that it cannot serve."""


class SimulationError(ValueError):
    """Says what was found, what was expected, where, and what to do."""
