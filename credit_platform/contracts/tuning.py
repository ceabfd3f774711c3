"""How much search for better parameters a use case pays for."""

from pydantic import Field, model_validator

from credit_platform.contracts.base import Frozen


class Tuning(Frozen):
    """The budget of one algorithm. One trial, the default, is what is declared: nothing is searched."""

    trials: int = Field(default=1, ge=1, le=1000)
    """Parameter sets tried, the declared one included. The same seed and trials give the same model."""
    seconds: float | None = Field(default=None, gt=0)
    """No trial begins later than this. What was found then depends on the machine: the metadata says so."""
    outer_folds: int = Field(default=0, ge=0, le=10)
    """Outer folds of the nested estimate, each with a search of its own: the cost of tuning as many times again."""

    @model_validator(mode="after")
    def _outer_folds_make_sense(self) -> "Tuning":
        if self.outer_folds == 1 or (self.outer_folds and not self.is_on):
            raise ValueError(
                f"tuning: found outer_folds {self.outer_folds} with trials {self.trials}, expected 0, or at least 2 "
                "beside at least 2 trials; correct the block tuning:"
            )
        return self

    @property
    def is_on(self) -> bool:
        return self.trials > 1

    def at_most(self, trials: int | None) -> "Tuning":
        """This budget with no more than ``trials`` of them; None leaves it as it is."""
        if trials is None or trials >= self.trials:
            return self
        outer_folds = self.outer_folds if trials > 1 else 0
        return Tuning(trials=trials, seconds=self.seconds, outer_folds=outer_folds)
