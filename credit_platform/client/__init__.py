"""A typed client of the scorer, sync and async: retries, idempotency keys, errors as exceptions."""

from credit_platform.client.aio import AsyncClient
from credit_platform.client.errors import ClientError, Refused, Unavailable
from credit_platform.client.results import Scored
from credit_platform.client.retrying import Retries
from credit_platform.client.sync import Client

__all__ = ["AsyncClient", "Client", "ClientError", "Refused", "Retries", "Scored", "Unavailable"]
