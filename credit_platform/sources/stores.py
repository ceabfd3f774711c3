"""Where landing folders may be: a local folder, S3 or Azure Blob, each an entry of one small table.

A store's own client reads its account from the environment (``AWS_*``, ``AZURE_STORAGE_*``) or from the machine's role.
"""

import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from credit_platform.sources.errors import SourceError

Failures = tuple[type[Exception], ...]


@dataclass(frozen=True, kw_only=True)
class Store:
    """A kind of place: its fsspec package, what its first path part is called, and how it says no."""

    name: str
    package: str
    root: str
    account: str
    """What to set so that it lets us in."""
    any_of: tuple[str, ...] = ()
    """Environment variables without all of which it cannot even be asked."""
    failures: Callable[[], Failures]
    """Errors of its client, imported only where the store is used."""


def _local() -> Failures:
    return (PermissionError,)


def _s3() -> Failures:
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError, PermissionError


def _azure() -> Failures:
    from azure.core.exceptions import AzureError

    return AzureError, PermissionError


_FOLDER = Store(name="folder", package="fsspec", root="folder", account="the rights of the folder", failures=_local)
_S3 = Store(
    name="S3",
    package="s3fs",
    root="bucket",
    account="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AWS_ENDPOINT_URL for a store that is not Amazon's)",
    failures=_s3,
)
_AZURE = Store(
    name="Azure Blob",
    package="adlfs",
    root="container",
    account="AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with a key, a SAS token or an identity",
    any_of=("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT_NAME"),
    failures=_azure,
)
STORES: Mapping[str, Store] = {
    "file": _FOLDER,
    "memory": _FOLDER,
    "s3": _S3,
    "abfs": _AZURE,
    "abfss": _AZURE,
    "az": _AZURE,
}
"""URL scheme -> store; a path without a scheme is a local folder."""


@contextmanager
def opened(folder: str) -> Iterator[tuple[AbstractFileSystem, str]]:
    """The file system of a folder and the folder's path in it; what goes wrong inside is a pointed SourceError."""
    store = _store_of(folder)
    if importlib.util.find_spec(store.package) is None:
        raise SourceError(
            f"found {folder}, which is in {store.name}, but no package {store.package}; "
            "install it with: pip install 'credit-platform[clouds]'"
        )
    if store.any_of and not any(os.environ.get(name) for name in store.any_of):
        raise SourceError(f"{folder}: found no account for {store.name}, expected {store.account}; set it")
    try:
        system, path = url_to_fs(folder)
        # Object stores remember listings for the life of the process: a long-lived one would miss tonight's file.
        system.invalidate_cache()
        yield system, path.rstrip("/")
    except store.failures() as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise SourceError(
            f"{folder}: {store.name} says no: found {first!r}, expected to be let in; check {store.account}"
        ) from error


def missing_root(folder: str) -> str | None:
    """The bucket or container of a folder in a store, in words, if it does not exist."""
    store = _store_of(folder)
    if store is _FOLDER:
        return None
    with opened(folder) as (system, path):
        root = path.split("/")[0]
        return None if system.exists(root) else f"there is no {store.root} {root!r}"


def _store_of(folder: str) -> Store:
    scheme = folder.split("://")[0] if "://" in folder else "file"
    if scheme not in STORES:
        raise SourceError(
            f"found {folder}, expected a local path or a URL with one of {', '.join(f'{name}://' for name in STORES)}; "
            "correct CREDIT_PLATFORM_DATA_DIR"
        )
    return STORES[scheme]
