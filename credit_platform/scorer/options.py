"""What a caller may ask of an answer, in ``options`` beside ``records``."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, ValidationError

from credit_platform.contracts.base import Frozen
from credit_platform.contracts.decision import ReasonsWanted
from credit_platform.scorer.errors import Problem, RequestError

_EXPECTED = {"reasons": "one of ['adverse', 'all', 'none']", "input": "true or false"}


class Options(Frozen):
    """``reasons``: of declined records (adverse), of all, or none. ``input``: whether each record is sent back."""

    model_config = ConfigDict(strict=True)

    reasons: ReasonsWanted = "adverse"
    input: bool = True

    def recorded(self) -> dict[str, str]:
        """As the journal keeps them."""
        return {"reasons": self.reasons, "input": str(self.input).lower()}

    @classmethod
    def of_record(cls, recorded: Mapping[str, str]) -> "Options":
        """Those of a request in the journal."""
        return cls.model_validate({**recorded, "input": recorded["input"] == "true"})


DEFAULT = Options()


def parsed_options(found: Any) -> Options:
    """The options of a request. Raises RequestError 422 for an unknown one, or a value that is none of its own."""
    try:
        return Options.model_validate(found)
    except ValidationError as error:
        problems = [_problem(detail["loc"]) for detail in error.errors(include_url=False, include_input=False)]
        raise RequestError(422, "invalid_options", "the options are not those that there are", problems) from error


def _problem(loc: tuple[int | str, ...]) -> Problem:
    name = str(loc[0])[:64] if loc else ""
    if not name:
        return Problem("options", "type", f"an object with some of {sorted(_EXPECTED)}")
    if name not in _EXPECTED:
        return Problem(f"options.{name}", "unknown_option", f"one of {sorted(_EXPECTED)}")
    return Problem(f"options.{name}", "allowed", _EXPECTED[name])
