"""What learning needs of rows, whatever is learned: a class or an amount."""

from typing import Any, Literal, Protocol

from numpy.typing import NDArray

from credit_platform.contracts.release import Feature
from credit_platform.modelling.sample import Floats, Matrix

Task = Literal["binary", "regression"]


class Rows(Protocol):
    """What any algorithm reads of its rows (n,); ``label`` is the class, 1 for bad, or an amount on the link scale."""

    @property
    def label(self) -> NDArray[Any]: ...
    @property
    def weight(self) -> Floats: ...
    @property
    def matrix(self) -> Matrix: ...
    @property
    def features(self) -> tuple[Feature, ...]: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    def __len__(self) -> int: ...
