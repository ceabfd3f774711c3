"""Errors of the engine: each says what was found, what was expected, where, and what to do."""


class EngineError(Exception):
    """Base of every error that the engine raises on purpose."""


class ReleaseError(EngineError):
    """A release or a champion pointer is missing, altered or inconsistent; nothing of it was used."""


class ProgramError(EngineError):
    """A feature program holds an expression outside the row-wise subset that the engine evaluates."""


class InputError(EngineError):
    """Scoring inputs do not fit the release: a column is missing or a value has another type."""


class StateError(EngineError):
    """Entity states that were to be stored, or the store itself, are not usable."""
