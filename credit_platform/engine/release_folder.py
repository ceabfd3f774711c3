"""Files of a release on any fsspec file system: plain names, no links, nothing larger than is ever written."""

import re

import fsspec
from fsspec import AbstractFileSystem

from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.manifest import MANIFEST_FILE

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}(\.[A-Za-z0-9_-]{1,64}){0,4}")
MOST_DOCUMENT = 2**20
"""Bytes of a pointer or manifest; some 2 KB are written."""
MOST_FILE = 2**30
"""Bytes of any other file of a release; the forest of 900 trees has 3 MB."""


def opened(releases_url: str) -> tuple[AbstractFileSystem, str]:
    """The file system of a URL and its root on it, as they are now."""
    fs, root = fsspec.url_to_fs(releases_url)
    fs.invalidate_cache()
    return fs, str(root).rstrip("/")


def read_file(fs: AbstractFileSystem, path: str, *, most: int) -> bytes:
    """A whole file, unless it is larger than any that is written here: it would be read before it could be refused."""
    size = fs.size(path)
    if size is None or size > most:
        raise ReleaseError(f"{path}: has {size} bytes, expected at most {most}; restore it, or promote another release")
    return bytes(fs.cat_file(path))


def plain_name(name: str, *, what: str) -> str:
    """The name, if it cannot lead out of a folder. Raises ReleaseError."""
    if not PLAIN_NAME.fullmatch(name):
        raise ReleaseError(f"{what} {name[:80]!r} is not a plain name of letters, digits, '-', '_' and single dots")
    return name


def files_in(fs: AbstractFileSystem, folder: str) -> set[str]:
    """Names of the files of a release but its manifest."""
    names = {str(name).rstrip("/").rpartition("/")[2] for name in fs.ls(folder, detail=False)}
    return names - {MANIFEST_FILE}


def refuse_links(fs: AbstractFileSystem, folder: str) -> None:
    """A release is its folder: what a link leads to could change without it."""
    entries = [fs.info(folder), *fs.ls(folder, detail=True)]
    if links := sorted(str(entry["name"]) for entry in entries if entry.get("islink")):
        raise ReleaseError(f"{folder}: holds links {links}, expected plain files; write the release again")
