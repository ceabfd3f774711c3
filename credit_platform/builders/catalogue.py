"""Which use cases exist, and their files read and validated."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase


class UseCaseError(ValueError):
    """A use case's file is missing, unreadable or contradicts itself."""


def use_cases_dir(settings: Settings) -> Path:
    return settings.project / "credit_platform" / "defs" / "use_cases"


def use_case_names(settings: Settings) -> list[str]:
    return sorted(path.parent.name for path in use_cases_dir(settings).glob("*/defs.yaml"))


def read_use_case(settings: Settings, name: str) -> UseCase:
    """The validated use case of that name."""
    return validated(read_attributes(settings, name), name)


def read_attributes(settings: Settings, name: str) -> dict[str, Any]:
    """The attributes of a use case's file, not yet validated."""
    path = use_cases_dir(settings) / name / "defs.yaml"
    if not path.exists():
        raise UseCaseError(f"there is no use case {name!r}; there are {use_case_names(settings)}")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UseCaseError(f"{name}/defs.yaml is not YAML: {error}") from error
    attributes = document.get("attributes") if isinstance(document, dict) else None
    if not isinstance(attributes, dict):
        raise UseCaseError(f"{name}/defs.yaml has no mapping 'attributes'; see the other use cases for its shape")
    return attributes


def unreadable_use_cases(settings: Settings) -> dict[str, str]:
    """Folder -> error of every defs.yaml that is not YAML at all."""
    out = {}
    for name in use_case_names(settings):
        path = use_cases_dir(settings) / name / "defs.yaml"
        try:
            yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            out[name] = f"{name}/defs.yaml is not YAML: {error}"
    return out


def validated(attributes: dict[str, Any], folder: str) -> UseCase:
    """A UseCase from the attributes of a defs.yaml; every problem is named with its path."""
    try:
        use_case = UseCase.model_validate(attributes)
    except ValidationError as error:
        problems = [f"{'.'.join(str(part) for part in e['loc']) or 'use case'}: {e['msg']}" for e in error.errors()]
        raise UseCaseError(f"{folder}/defs.yaml has {len(problems)} problem(s): " + "; ".join(problems)) from error
    if use_case.name != folder:
        raise UseCaseError(f"{folder}/defs.yaml names use case {use_case.name!r}; name and folder must be the same")
    return use_case
