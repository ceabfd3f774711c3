"""Callers that are turned away: why, for the caller in words and for the operator as a label."""

from credit_platform.scorer.errors import RequestError

_CHALLENGE = 'Bearer realm="scorer"'


class Refusal(RequestError):
    """401: not recognised. ``reason`` is one of a handful of words, a label of a metric."""

    def __init__(self, reason: str, message: str) -> None:
        challenge = _CHALLENGE if reason == "no_credentials" else f'{_CHALLENGE}, error="invalid_token"'
        super().__init__(401, "not_recognised", message, headers={"WWW-Authenticate": challenge})
        self.reason = reason


class Forbidden(RequestError):
    """403: recognised, and not allowed."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(403, "forbidden", message)
        self.reason = reason
