"""A portfolio as a Dagster component: ``defs/use_cases/<name>/defs.yaml`` is all there is to write in YAML."""

from typing import Any, Self

import dagster as dg
from pydantic import BaseModel, ConfigDict

from credit_platform.builders.catalogue import read_attributes, unreadable_use_cases, use_case_names
from credit_platform.builders.graph import definitions_or_placeholder, placeholder
from credit_platform.contracts.settings import Settings
from credit_platform.resources.bindings import platform_executor, platform_resources


def assembled_definitions(settings: Settings) -> dg.Definitions:
    """Every use case without Dagster's folder loader; one that is not YAML becomes a placeholder with its error."""
    unreadable = unreadable_use_cases(settings)
    parts = [dg.Definitions(resources=platform_resources(settings), executor=platform_executor(settings))]
    for name in use_case_names(settings):
        if name in unreadable:
            parts.append(placeholder(name, unreadable[name]))
        else:
            parts.append(definitions_or_placeholder(read_attributes(settings, name), name, settings))
    return dg.Definitions.merge(*parts)


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
