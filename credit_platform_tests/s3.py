"""An S3 store in this process, and the environment through which its clients find it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import fsspec
import pytest
from moto.server import ThreadedMotoServer


@contextmanager
def s3_store() -> Iterator[None]:
    """Empty, and gone with all that was put into it at the end."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # What an earlier server of this process held is still there.
    urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "ENDPOINT_URL": f"http://{host}:{port}", "DEFAULT_REGION": "us-east-1", "EC2_METADATA_DISABLED": "true",
            "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test",
        }.items():  # fmt: skip
            environment.setenv(f"AWS_{name}", value)
        # One that was made before has the account of then, or none.
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        yield
        server.stop()
        fsspec.get_filesystem_class("s3").clear_instance_cache()


def uploaded(scheme: str, files: Mapping[str, Path]) -> None:
    """Put files into a new bucket or container ``landing`` under these names."""
    system = fsspec.filesystem(scheme)
    system.mkdir("landing")
    for name, file in files.items():
        system.pipe_file(f"landing/{name}", file.read_bytes())
