"""Requests that fail in every way that there is, each full of one person's data, and all that was told about them."""

import io
import json
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from credit_platform.scorer.logs import JsonLines
from credit_platform_tests.engine import tiny

PERSON = ("Ada-Lovelace-4711", "1815-12-10T04:11", "ada.4711@example.org", "98765432104711")
"""What must be told nowhere: in the values of records, in paths, in queries and in credentials."""
URL = "/v1/tiny/predict"
Sent = dict[str, Any]


def _record(dice: random.Random) -> dict[str, Any]:
    """The tiny record with one to three of its fields holding what they cannot."""
    record = dict(tiny.RECORD)
    for field in dice.sample(sorted(record), dice.randint(1, 3)):
        told = dice.choice(PERSON)
        record[field] = dice.choice([told, [told], {"name": told}, {told: 1}, f"{told}\ud800", told * 100])
    return {**record, "Amount": dice.choice(PERSON)}


def _text(dice: random.Random) -> str:
    return json.dumps({"records": [_record(dice) for _ in range(dice.randint(1, 3))]})


KINDS: tuple[Callable[[random.Random], Sent], ...] = (
    lambda dice: {"url": URL, "content": _text(dice)},
    lambda dice: {"url": "/predict", "content": _text(dice)},
    lambda dice: {"url": URL, "content": _text(dice)[: -dice.randint(1, 40)]},
    lambda dice: {"url": URL, "content": _text(dice).replace(": 30", ": NaN")},
    lambda dice: {"url": URL, "content": _text(dice).replace(": 30", ": 1e309")},
    lambda dice: {"url": URL, "content": _text(dice).replace('"days": 30', '"days": 30, "days": 30')},
    lambda dice: {"url": URL, "content": json.dumps([dice.choice(PERSON)])},
    lambda dice: {"url": URL, "content": dice.choice(PERSON).encode() + b"\xff"},
    lambda dice: {"url": URL, "content": "[" * 5000 + dice.choice(PERSON)},
    lambda dice: {"url": f"/v1/{dice.choice(PERSON)}/predict", "content": _text(dice)},
    lambda dice: {"url": f"/v1/{dice.choice(PERSON)}/model", "method": "GET"},
    lambda dice: {"url": f"/{dice.choice(PERSON)}", "method": "GET"},
    lambda dice: {"url": URL, "params": {"name": dice.choice(PERSON)}, "content": _text(dice)},
    lambda dice: {"url": URL, "headers": {"Authorization": f"Bearer {dice.choice(PERSON)}"}, "content": _text(dice)},
    lambda dice: {"url": URL, "headers": {"X-API-Key": dice.choice(PERSON)}, "content": _text(dice)},
    lambda dice: {"url": URL, "method": "DELETE", "params": {"name": dice.choice(PERSON)}},
)


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Every line of every logger, as the server writes it; but the client of the tests, which is no part of it."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    handler.setFormatter(JsonLines())
    handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def fail(client: httpx.Client, *, calls: int, seed: int) -> tuple[list[int], list[str]]:
    """Statuses of so many failing calls, and the answers that repeat a part of the person's data."""
    dice = random.Random(seed)
    statuses, told = [], []
    for number in range(calls):
        sent = {"method": "POST", **KINDS[number % len(KINDS)](dice)}
        answer = client.request(sent.pop("method"), sent.pop("url"), **sent)
        statuses.append(answer.status_code)
        told += [answer.text for _ in [0] if is_told(answer.text)]
    return statuses, told


def is_told(text: str) -> bool:
    """Whether a text holds any of the person's data."""
    return any(each in text for each in ("Lovelace", "1815-12-10", "example.org", PERSON[3][:9]))
