"""Entity states in Redis, with the embedded store as the copy that fills it.

A publication has a name of its own, its generation, and is immutable: a table is replaced by one write of its pointer,
and a generation that is no longer pointed at expires. Entities lie in buckets by the first digits of their pseudonym,
each a hash with one field more (``""``) that says it is whole: a bucket that was evicted, expired or lost is told from
an entity without history, which is a missing field of a whole bucket. A missing bucket is read through from the
embedded copy of the same generation and written back; without one the states are not available, and never nulls.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from credit_platform.contracts.settings import Settings
from credit_platform.engine.circuit import Circuit
from credit_platform.engine.entity_state import EmbeddedStateStore
from credit_platform.engine.errors import StateError
from credit_platform.engine.states import Found, Header, State, Stored, loaded

_WHOLE = ""
_IN_A_BUCKET = 128
"""Entities of a bucket: what is read through at once after an eviction, about 30 kB."""
_OLD_SECONDS = 60
"""How long a replaced generation stays: longer than any request that has read its pointer."""
_DOWN = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)
_HINT = "materialise online_features again"


class RedisStateStore:
    """States by (table, entity key), from Redis as long as it answers."""

    is_at_hand = False

    def __init__(self, settings: Settings, *, use_case: str, copy: EmbeddedStateStore) -> None:
        if settings.redis_url is None:
            raise StateError("no Redis is named; set CREDIT_PLATFORM_REDIS_URL")
        seconds = settings.redis_timeout_seconds
        self._client = redis.Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
        )
        self.use_case, self.copy, self.circuit = use_case, copy, Circuit()
        self._ttl = int(settings.redis_ttl_hours * 3600)
        self._may_use_copy = settings.redis_down == "answer"
        self._seen: dict[str, Header] = {}
        self._counts: Counter[str] = Counter(found=0, no_history=0, read_through=0, degraded=0)

    def replace(self, table: str, *, as_of: dt.date, key: str, rows: Iterable[Mapping[str, object]]) -> int:
        """Publishes in the embedded copy, then in Redis; returns how many.

        Raises StateError as the embedded store does, and where Redis cannot be written: readers then keep the old
        generation until it is published again.
        """
        count = self.copy.replace(table, as_of=as_of, key=key, rows=rows)
        published = self.copy.stored(table, prefix="")
        if published is None:
            raise StateError(f"entity states {self.copy.path}: table {table!r} vanished; {_HINT}")
        try:
            self._publish(table, *published)
        except redis.exceptions.RedisError as error:
            raise StateError(
                f"states of {table!r} are in {self.copy.path.name} but not in Redis ({type(error).__name__}); {_HINT}"
            ) from error
        return count

    def _publish(self, table: str, header: Header, stored: Sequence[Stored]) -> None:
        digits = _digits(header.entities)
        held = {bucket: list(rows) for bucket, rows in groupby(stored, key=lambda each: each[0][:digits])}
        old = self._client.get(self._pointer(table))
        for bucket in _buckets(digits):
            self._fill(table, header, bucket, held.get(bucket, []))
        self._client.set(self._pointer(table), header.model_dump_json(), ex=self._ttl)
        if old is not None and (before := Header.model_validate_json(old)).generation != header.generation:
            for bucket in _buckets(_digits(before.entities)):
                self._client.expire(self._bucket(table, before, bucket), _OLD_SECONDS)

    def _fill(self, table: str, header: Header, bucket: str, stored: Sequence[Stored]) -> None:
        """Writes one bucket whole, or not at all."""
        name = self._bucket(table, header, bucket)
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.delete(name)
            pipeline.hset(name, mapping={**dict(stored), _WHOLE: str(len(stored))})
            pipeline.expire(name, self._ttl)
            pipeline.execute()

    def get_many(self, table: str, values: Sequence[object]) -> Found:
        """States of many entities of one table from one publication; keys are compared as text.

        Raises StateError where neither Redis nor, if that is allowed, the embedded copy has them.
        """
        if not self.circuit.may_try():
            return self._degraded(table, values)
        by_pseudonym = {self.copy.pseudonyms.of(table, text): text for text in {str(value) for value in values}}
        try:
            found = self._from_redis(table, by_pseudonym)
        except _DOWN:
            self.circuit.failed()
            return self._degraded(table, values)
        except redis.exceptions.RedisError as error:
            raise StateError(f"states of {table!r}: Redis refused the look-up: {type(error).__name__}") from error
        self.circuit.succeeded()
        return found

    def _from_redis(self, table: str, by_pseudonym: Mapping[str, str]) -> Found:
        """Mostly one round trip: the pointer is read with the states of the generation that was last seen."""
        header = self._seen.get(table)
        pointer, answers = self._asked(table, header, list(by_pseudonym))
        if pointer is None:
            header = self._restored(table)
        elif header is None or pointer.generation != header.generation:
            header = pointer
        if header is None:
            return Found(as_of=None, states={})
        if answers is None or header is not self._seen.get(table):
            _, answers = self._asked(table, header, list(by_pseudonym))
            self._seen[table] = header
        states = self._states(table, header, by_pseudonym, answers or {})
        self._counts.update(found=len(states), no_history=len(by_pseudonym) - len(states))
        return Found(as_of=header.as_of, states=states, columns=header.known_columns)

    def _asked(
        self, table: str, header: Header | None, pseudonyms: Sequence[str]
    ) -> tuple[Header | None, dict[str, bytes | None] | None]:
        """The pointer, and by pseudonym what is held; an entity of a bucket that is not whole is left out."""
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.get(self._pointer(table))
            asked = [] if header is None else self._grouped(header, pseudonyms)
            for bucket, own in asked:
                pipeline.hmget(self._bucket(table, header, bucket), [_WHOLE, *own])  # type: ignore[arg-type]
            pointer, *replies = pipeline.execute()
        held: dict[str, bytes | None] = {}
        for (_, own), (whole, *states) in zip(asked, replies, strict=True):
            held.update(zip(own, states, strict=True) if whole is not None else ())
        found = None if pointer is None else Header.model_validate_json(pointer)
        return found, None if header is None else held

    def _states(
        self, table: str, header: Header, by_pseudonym: Mapping[str, str], held: dict[str, bytes | None]
    ) -> dict[str, State]:
        missing = [pseudonym for pseudonym in by_pseudonym if pseudonym not in held]
        for bucket, own in self._grouped(header, missing):
            rows = dict(self._read_through(table, header, bucket))
            held.update({pseudonym: text.encode() if (text := rows.get(pseudonym)) else None for pseudonym in own})
            self._counts["read_through"] += len(own)
        return {text: loaded(state) for name, text in by_pseudonym.items() if (state := held[name]) is not None}

    def _read_through(self, table: str, header: Header, bucket: str) -> list[Stored]:
        published = self.copy.stored(table, prefix=bucket)
        if published is None or published[0].generation != header.generation:
            raise StateError(
                f"states of {table!r}: bucket {bucket!r} of generation {header.generation} is gone from Redis, and the "
                f"embedded copy does not hold that generation; {_HINT}"
            )
        self._fill(table, header, bucket, published[1])
        return published[1]

    def _restored(self, table: str) -> Header | None:
        """The pointer of a Redis that lost it, from the embedded copy; buckets follow as they are asked for."""
        header = self._late_enough(table)
        if header is not None:
            self._client.set(self._pointer(table), header.model_dump_json(), ex=self._ttl, nx=True)
        elif table in self._seen:
            raise StateError(f"states of {table!r}: Redis has lost them, and no embedded copy is as late; {_HINT}")
        return header

    def _late_enough(self, table: str) -> Header | None:
        """The embedded copy's header, unless Redis is known to have held a later day."""
        header, seen = self.copy.header(table), self._seen.get(table)
        return None if header is None or (seen is not None and header.as_of < seen.as_of) else header

    def _degraded(self, table: str, values: Sequence[object]) -> Found:
        """The embedded copy, unless Redis is known to have held a later one. Raises StateError."""
        why = f"states of {table!r}: Redis does not answer"
        if not self._may_use_copy:
            raise StateError(f"{why}, and the settings allow no other source (CREDIT_PLATFORM_REDIS_DOWN=answer does)")
        header = self._late_enough(table)
        if header is None:
            raise StateError(f"{why}, and there is no embedded copy as late as what it last held")
        found = self.copy.get_many(table, values)
        self._counts["degraded"] += len(values)
        note = f"{table}: the feature store does not answer; state is this machine's copy as of {header.as_of}"
        return Found(found.as_of, found.states, found.columns, note)

    def counted(self) -> Mapping[str, int]:
        """Entities looked up since the start: found, without history, read through, or from the copy."""
        return dict(self._counts)

    def close(self) -> None:
        """Closes the connections and the copy."""
        self._client.close()
        self.copy.close()

    def _grouped(self, header: Header, pseudonyms: Sequence[str]) -> list[tuple[str, list[str]]]:
        digits = _digits(header.entities)
        grouped = groupby(sorted(pseudonyms), key=lambda pseudonym: pseudonym[:digits])
        return [(bucket, list(own)) for bucket, own in grouped]

    def _pointer(self, table: str) -> str:
        return f"credit_platform:{self.use_case}:{table}"

    def _bucket(self, table: str, header: Header, bucket: str) -> str:
        return f"{self._pointer(table)}:{header.generation}:{bucket}"


def _digits(entities: int) -> int:
    """Leading digits of a pseudonym that name its bucket."""
    digits = 0
    while entities > _IN_A_BUCKET * 16**digits:
        digits += 1
    return digits


def _buckets(digits: int) -> list[str]:
    return [f"{number:0{digits}x}" if digits else "" for number in range(16**digits)]
