"""Bodies, read within a size, a time and what all requests together may hold."""

import asyncio
import io

from starlette.requests import ClientDisconnect, Request

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.errors import RequestError
from credit_platform.scorer.security.head import Head
from credit_platform.scorer.security.limits import Held

_CLOSE = {"Connection": "close"}
"""What is still to come of a body that is refused is not read."""


async def read_body(request: Request, settings: Settings) -> bytes:
    """The whole body. Raises RequestError 413 for a large one, 408 for a slow one, 503 where there is no room."""
    head: Head = request.state.head
    held: Held = request.state.held
    declared = head.one(b"content-length") or ""
    if declared.isdecimal() and int(declared[:20]) > settings.largest_body:
        raise _too_large(settings)
    try:
        async with asyncio.timeout(settings.body_timeout_seconds):
            return await _read(request, held, settings)
    except TimeoutError:
        seconds = settings.body_timeout_seconds
        message = f"the body was not complete within {seconds:g} s; send it faster, or fewer records"
        raise RequestError(408, "too_slow", message, headers=_CLOSE) from None
    except ClientDisconnect:
        raise RequestError(400, "cut_off", "the body ended before it was complete", headers=_CLOSE) from None


async def _read(request: Request, held: Held, settings: Settings) -> bytes:
    # Grows in place and is handed over as it is: chunks that are joined in the end are held twice.
    found = io.BytesIO()
    async for chunk in request.stream():
        if found.tell() + len(chunk) > settings.largest_body:
            raise _too_large(settings)
        held.more(len(chunk))
        found.write(chunk)
    return found.getvalue()


def _too_large(settings: Settings) -> RequestError:
    message = f"the body is larger than {settings.largest_body} bytes; send fewer records"
    return RequestError(413, "too_large", message, headers=_CLOSE)
