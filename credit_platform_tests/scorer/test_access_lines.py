"""The access log is written apart: nobody waits for it, nothing is lost at the end, and what is dropped is told."""

import io
import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest

from credit_platform.scorer import access_lines
from credit_platform.scorer.access_lines import apart
from credit_platform.scorer.logs import ACCESS, FIELDS, REQUEST_ID, JsonLines


@contextmanager
def logging_to(stream: IO[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """The root logger writes to a stream alone, as the server sets it up."""
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    handler.setFormatter(JsonLines())
    with monkeypatch.context() as patch:
        patch.setattr(root, "handlers", [handler])
        access = logging.getLogger(ACCESS)
        access.setLevel(logging.INFO)
        yield access
        access.setLevel(logging.NOTSET)


def test_lines_keep_their_order_and_their_request_and_none_is_lost_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is written before the end.
    monkeypatch.setattr(access_lines, "_PAUSE_SECONDS", 60.0)
    stream = io.StringIO()
    with logging_to(stream, monkeypatch) as access:
        with apart(told=lambda: pytest.fail("a line was dropped")):
            for number in range(300):
                token = REQUEST_ID.set(f"r{number}")
                access.info("answered", extra={FIELDS: {"number": number}})
                REQUEST_ID.reset(token)
            assert stream.getvalue() == ""
            # An error does not wait: it may be the last line.
            logging.getLogger("credit_platform.scorer").error("something is wrong")
        access.info("answered", extra={FIELDS: {"number": 300}})
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lines.pop(0)["message"] == "something is wrong"
    assert [line["number"] for line in lines] == list(range(301))
    assert [line.get("request_id") for line in lines] == [*(f"r{n}" for n in range(300)), None]


def test_a_write_is_short_enough_for_a_pipe_that_others_write_to(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = list[int]()

    class Counting(io.StringIO):
        def write(self, text: str) -> int:
            sizes.append(len(text))
            return super().write(text)

    with logging_to(Counting(), monkeypatch) as access, apart(told=lambda: None):
        for number in range(100):
            access.info("answered", extra={FIELDS: {"number": number}})
    assert 2 <= len(sizes) <= 10 and max(sizes) <= 4096


def test_a_stream_that_takes_nothing_holds_nobody_up_and_what_is_dropped_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access_lines, "MOST_LINES", 50)
    monkeypatch.setattr(access_lines, "_PAUSE_SECONDS", 0.01)
    reader, writer = os.pipe()
    dropped, found, total = list[bool](), list[str](), 2000
    with os.fdopen(reader) as pipe, os.fdopen(writer, "w", buffering=1) as stream:
        with logging_to(stream, monkeypatch) as access, apart(told=lambda: dropped.append(True)):
            for number in range(total):
                access.info("answered", extra={FIELDS: {"number": number, "long": "x" * 100}})
            assert len(dropped) > 100
            taking = threading.Thread(target=lambda: found.extend(pipe))
            taking.start()
        stream.close()
        taking.join(30)
    lines = [json.loads(line) for line in found]
    told = [line["message"] for line in lines if line["message"] != "answered"]
    assert len(lines) - len(told) + len(dropped) == total
    assert sum(int(text.split()[0]) for text in told) == len(dropped)
    assert all(text.endswith("were dropped: their stream did not take them") for text in told)
