"""Releases in MLflow's model registry: a version each, and aliases that say which is in force and which waits.

A version is a folder of data, the release's files as a run logged them: no flavour, no pickle, nothing to load. MLflow
follows the platform: the champion is what the pointer names, whoever moves an alias by hand.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec

from credit_platform.contracts.settings import Settings
from credit_platform.engine.ledger import withdrawn
from credit_platform.resources.challengers import Challengers
from credit_platform.resources.releases import ReleaseStore

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

CHAMPION, CHALLENGER = "champion", "challenger"
RELEASE_TAG, GATES_TAG, MODEL_TAG = "release_id", "gates_passed", "model_sha256"
RELEASE_ARTIFACTS = "release"


class RegistryError(RuntimeError):
    """MLflow's registry did not take a change."""


@dataclass(frozen=True)
class Aliases:
    """Release id behind each alias; None: the alias is not given."""

    champion: str | None
    challenger: str | None


def release_files(settings: Settings, use_case: str, release_id: str, into: Path) -> Path:
    """A release's files, as they are, in a folder named like it below ``into``."""
    fs, root = fsspec.url_to_fs(f"{settings.releases}/{use_case}/{release_id}")
    folder = into / release_id
    folder.mkdir()
    for path in sorted(fs.ls(root, detail=False)):
        (folder / Path(path).name).write_bytes(fs.cat_file(path))
    return folder


def register_release(settings: Settings, use_case: str, release_id: str, *, run_id: str, tags: dict[str, str]) -> str:
    """Log the release's files to a run and make a version of them; returns its number.

    A release has one version: registered again it keeps the first, with the tags as they are now.
    """
    client = _client(settings)
    found = _versions(client, use_case).get(release_id)
    if found is None:
        with tempfile.TemporaryDirectory() as folder:
            files = release_files(settings, use_case, release_id, Path(folder))
            client.log_artifacts(run_id, str(files), RELEASE_ARTIFACTS)
        source = f"{client.get_run(run_id).info.artifact_uri}/{RELEASE_ARTIFACTS}"
        _ensure_model(client, use_case)
        found = client.create_model_version(use_case, source=source, run_id=run_id, tags={RELEASE_TAG: release_id})
    for name, value in tags.items():
        client.set_model_version_tag(use_case, found.version, name, value)
    return str(found.version)


def align_aliases(settings: Settings, use_case: str) -> Aliases:
    """Give ``champion`` to the version of the release in force and ``challenger`` to the one that is tried beside it.

    Where none is tried, the newest one waits that met its gates and that nobody has rolled back, if it is another.
    Idempotent, and right after a promotion, a rollback or a hand-made change alike. An alias whose release has no
    version is taken away: better none than a wrong one. RegistryError where MLflow cannot be asked.
    """
    if settings.mlflow_tracking_uri is None and not Path(settings.mlflow_uri.removeprefix("sqlite:///")).exists():
        return Aliases(None, None)
    with _told(use_case):
        return _aligned(settings, use_case)


@contextmanager
def _told(use_case: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise RegistryError(
            f"MLflow's aliases of {use_case} could not be moved ({error}); the platform's own pointer holds, and the "
            "next run moves them"
        ) from error


def _aligned(settings: Settings, use_case: str) -> Aliases:
    client, pointer = _client(settings), ReleaseStore(settings).pointer(use_case)
    versions = _versions(client, use_case)
    in_force = pointer.release_id if pointer is not None and pointer.release_id in versions else None
    wanted = Aliases(in_force, _waiting(settings, use_case, versions, in_force))
    if versions:
        for alias, release_id in ((CHAMPION, wanted.champion), (CHALLENGER, wanted.challenger)):
            if release_id is None:
                client.delete_registered_model_alias(use_case, alias)
            else:
                client.set_registered_model_alias(use_case, alias, versions[release_id].version)
    return wanted


def _waiting(
    settings: Settings, use_case: str, versions: Mapping[str, "ModelVersion"], in_force: str | None
) -> str | None:
    """The release on trial; else the newest candidate, if it is later than what is in force and still one."""
    challenger = Challengers(settings).pointer(use_case)
    if challenger is not None and challenger.trial is not None:
        return challenger.release_id if challenger.release_id in versions else None
    newest = max(versions, key=lambda release_id: int(versions[release_id].version), default=None)
    if newest is None or newest == in_force:
        return None
    entries = ReleaseStore(settings).ledger.entries(use_case)
    gone = withdrawn(entries)
    # By its model too: trained again, what was rolled back has a release of another name.
    named = {each.entry.release_id for each in entries if each.entry.model_sha256 in gone}
    if newest in named or versions[newest].tags.get(MODEL_TAG) in gone:
        return None
    return newest if versions[newest].tags.get(GATES_TAG) == str(True) else None


def _client(settings: Settings) -> "MlflowClient":
    """Of the platform's tracking store; imported here because ``import mlflow`` takes 4 s."""
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=settings.mlflow_uri, registry_uri=settings.mlflow_uri)


def _versions(client: "MlflowClient", use_case: str) -> dict[str, "ModelVersion"]:
    found = client.search_model_versions(f"name='{use_case}'", max_results=10_000)
    return {version.tags[RELEASE_TAG]: version for version in found if RELEASE_TAG in version.tags}


def _ensure_model(client: "MlflowClient", use_case: str) -> None:
    if not client.search_registered_models(f"name='{use_case}'"):
        client.create_registered_model(use_case, description="Releases of this use case, as data.")
