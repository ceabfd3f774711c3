"""The one base of every record that crosses a layer, and what a name is."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
"""A name that is safe in keys, tables and paths."""


class Frozen(BaseModel):
    """Immutable, strict about names: an unknown field is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
