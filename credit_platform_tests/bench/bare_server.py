"""The least that an answer costs: the server without an application, which sends the same bytes to every request.

``python -m credit_platform_tests.bench.bare_server PORT ANSWER_FILE``. The same uvicorn, parser and event loop as the
scorer's, so that what its load generator measures here is the floor under what it measures there.
"""

import sys
from pathlib import Path
from typing import Any

import uvicorn


def application(answer: bytes) -> Any:
    """Reads every body to its end and sends the answer."""
    length = (b"content-length", str(len(answer)).encode())
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json"), length]}
    body = {"type": "http.response.body", "body": answer}

    async def answered(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            continue
        await send(start)
        await send(body)

    return answered


if __name__ == "__main__":
    uvicorn.run(
        application(Path(sys.argv[2]).read_bytes()), port=int(sys.argv[1]), http="httptools", loop="uvloop", ws="none",
        lifespan="off", access_log=False, log_config=None,
    )  # fmt: skip
