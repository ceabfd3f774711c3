"""A portfolio as a Dagster component: ``defs/use_cases/<name>/defs.yaml`` is all there is to write in YAML."""

from typing import Any, Self

import dagster as dg
from pydantic import BaseModel, ConfigDict

from credit_platform.builders.graph import definitions_or_placeholder
from credit_platform.contracts.settings import Settings


class UseCaseAttributes(BaseModel):
    """Loose on purpose: a use case that does not validate must become a placeholder, not break the others."""

    model_config = ConfigDict(extra="allow")

    name: str = ""


class UseCaseGraph(dg.Component):
    """The graph of one portfolio, from its files to its governed decisions (contracts.use_case.UseCase)."""

    def __init__(self, attributes: dict[str, Any]) -> None:
        self.attributes = attributes

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return UseCaseAttributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        return cls(attributes.model_dump() if attributes is not None else {})

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        return definitions_or_placeholder(self.attributes, context.path.name, Settings())
