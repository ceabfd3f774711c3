"""Landing folders in object stores: the same files give the same batches, and what is missing is named."""

import datetime as dt
import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pandas as pd
import pytest

from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.sources import (
    SourceError,
    available_days,
    corrections_to_edit,
    landing_folder,
    read_days,
    read_once,
    take_corrections,
)
from credit_platform_tests.s3 import s3_store, uploaded
from credit_platform_tests.sources.samples import DAILY, ONCE, row, rows, write

DAY = dt.date(2022, 12, 3)
BOOK = UseCase.model_construct(name="book", folders=())
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's own, printed in its documentation."""


@pytest.fixture
def s3() -> Iterator[str]:
    with s3_store():
        yield "s3"


@pytest.fixture
def abfs(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    command = shutil.which("azurite-blob")
    if command is None:
        pytest.skip("no azurite-blob on the PATH; .ci/run installs it with npm")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    process = subprocess.Popen([command, *options, "--blobPort", str(port)], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while socket.socket().connect_ex(("127.0.0.1", port)):
        assert time.monotonic() < deadline and process.poll() is None, "Azurite did not start"
        time.sleep(0.1)
    endpoint = f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
    account = f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={KEY};{endpoint}"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", account)
    yield "abfs"
    process.terminate()
    process.wait(timeout=30)
    fsspec.filesystem("abfs").clear_instance_cache()


@pytest.fixture(params=["s3", "abfs"])
def scheme(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


def test_files_of_a_store_are_read_and_corrected_as_local_ones_are(scheme: str, tmp_path: Path) -> None:
    write(tmp_path, "book.csv", [*rows(60), row(99, amount="-1")])
    write(tmp_path, "new_20221203.csv", rows(5))
    root = f"{scheme}://landing"
    uploaded(scheme, {f"book/{file.name}": file for file in tmp_path.iterdir()})
    folder = landing_folder(Settings(data_dir=root).landing, BOOK)
    assert folder == f"{root}/book"
    local, stored = read_once(ONCE, str(tmp_path)), read_once(ONCE, folder)
    pd.testing.assert_frame_equal(stored.rows, local.rows)
    assert (stored.sha256, stored.bad_rows, stored.refusal) == (local.sha256, 1, None)
    assert available_days(DAILY, folder, first_day=DAY) == [DAY]
    assert len(read_days(DAILY, folder, [DAY])[0].rows) == 5
    broken = stored.quarantine.iloc[0]
    text = corrections_to_edit((ONCE,), folder, "book.csv", [("book.csv", 62, broken["raw_text"])])
    assert take_corrections((ONCE,), folder, text.replace(b",-1,", b",1,"), told="edited.csv") == ("book.csv", 1, True)
    assert (read_once(ONCE, folder).bad_rows, available_days(DAILY, folder, first_day=DAY)) == (0, [DAY])


def test_a_bucket_or_container_that_does_not_exist_is_named(scheme: str) -> None:
    kind = {"s3": "bucket", "abfs": "container"}[scheme]
    with pytest.raises(SourceError, match=rf"found no landing folder, .*\(there is no {kind} 'nowhere'\)"):
        landing_folder(f"{scheme}://nowhere", BOOK)


def _without_account(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AZURE_STORAGE_CONNECTION_STRING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(folder / "absent"))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("s3://bucket/raw", "S3 says no: found 'Unable to locate credentials'.* check AWS_ACCESS_KEY_ID"),
        ("abfs://container/raw", "found no account for Azure Blob, expected AZURE_STORAGE_CONNECTION_STRING"),
        ("ftp://host/raw", "found ftp://host/raw/book, expected a local path or a URL with one of file://, memory://"),
    ],
)
def test_a_store_without_an_account_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, told: str
) -> None:
    _without_account(monkeypatch, tmp_path)
    with pytest.raises(SourceError, match=told):
        landing_folder(url, BOOK)


@pytest.mark.parametrize(("url", "package"), [("s3://bucket/raw", "s3fs"), ("abfs://container/raw", "adlfs")])
def test_a_store_whose_package_is_not_installed_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, url: str, package: str
) -> None:
    find: Callable[[str], object] = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(SourceError, match=rf"but no package {package}; .*pip install 'credit-platform\[clouds\]'"):
        landing_folder(url, BOOK)


def test_a_landing_root_in_a_store_has_state_of_its_own(tmp_path: Path) -> None:
    homes = {
        Settings(project=tmp_path, data_dir=root).home_dir
        for root in ("data/raw", "s3://a/raw", "s3://a/raw/", "s3://b")
    }
    assert len(homes) == 3
    assert Settings(project=tmp_path, data_dir=tmp_path / "data" / "raw").home_dir == tmp_path / ".credit_platform"
