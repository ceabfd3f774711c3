"""The client for asyncio."""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from credit_platform.client.exchange import Sent, headers, pause_after, results_of, to_send
from credit_platform.client.results import Scored
from credit_platform.client.retrying import Retries
from credit_platform.contracts.decision import ReasonsWanted


class AsyncClient:
    """Scores records by one use case, or the scorer's default one; safe to share between tasks.

    ``key`` is an API key or a token. ``transport`` is where requests go instead of the network, for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        use_case: str | None = None,
        key: str | None = None,
        retries: Retries | None = None,
        timeout_seconds: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.use_case, self.retries = use_case, retries or Retries()
        self._http = httpx.AsyncClient(base_url=url, headers=headers(key), timeout=timeout_seconds, transport=transport)

    async def score(
        self,
        records: Sequence[Mapping[str, Any]],
        *,
        reasons: ReasonsWanted = "adverse",
        echo: bool = False,
        idempotency_key: str | None = None,
    ) -> list[Scored]:
        """One decision a record, in order. A retry of the same call, or of the same key, is the same decision.

        Raises Refused for a request that does not fit, Unavailable where every attempt failed.
        """
        sent = to_send(self.use_case, records, reasons=reasons, echo=echo, idempotency_key=idempotency_key)
        return results_of(await self._answer(sent))

    async def _answer(self, sent: Sent) -> httpx.Response:
        attempt = 0
        while True:
            attempt += 1
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = await self._http.post(sent.path, json=sent.body, headers=sent.headers)
            except httpx.TransportError as error:
                outcome = error
            pause = pause_after(outcome, attempt, self.retries)
            if pause is None and isinstance(outcome, httpx.Response):
                return outcome
            await asyncio.sleep(pause or 0.0)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
