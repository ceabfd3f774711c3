"""Structured logs: one JSON object a line with the request's id; never a field of a record, a key or an address."""

import datetime as dt
import json
import logging
import logging.config
import traceback
from contextvars import ContextVar
from types import TracebackType

ACCESS = "credit_platform.scorer.access"
"""Logger of the line that every request leaves."""

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
FIELDS = "fields"
"""Key of ``extra`` under which a record brings its own members."""


class JsonLines(logging.Formatter):
    """Time, level, logger, message and request id, then what the record brings."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line: dict[str, object] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        # One that is written by another thread brings its request's id along.
        if (request_id := getattr(record, "request_id", None) or REQUEST_ID.get()) is not None:
            line["request_id"] = request_id
        line |= getattr(record, FIELDS, {})
        if record.exc_info is not None and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["frames"] = frames(record.exc_info[2])
        return json.dumps(line, default=str)


def frames(trace: TracebackType | None) -> list[str]:
    """Where an error came from. Its message is left out: libraries quote the value that they could not take."""
    return [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(trace)]


def configure(log_format: str) -> None:
    """Everything to standard error, once. uvicorn's own access log stays off: it holds query strings and addresses."""
    formatters = {
        "json": {"()": f"{__name__}.{JsonLines.__name__}"},
        "text": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": formatters,
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": log_format}},
            "root": {"level": "INFO", "handlers": ["stderr"]},
            "loggers": {
                "uvicorn": {"level": "INFO", "handlers": [], "propagate": True},
                "uvicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
                "uvicorn.access": {"level": "WARNING", "handlers": [], "propagate": False},
            },
        }
    )
