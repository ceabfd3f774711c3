"""Settings of the scorer's security and operation; ``Settings`` inherits them, so there is one class still."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode


class ScorerSettings(BaseSettings):
    """Who may ask the scorer, how much, and how it runs. Every limit is one worker's."""

    scorer_open: bool | None = None
    """True: open mode, everybody on this machine's loopback may ask everything and nobody else anything. False: never.
    Unset: closed, but ``credit-platform serve`` opens it where it listens on loopback and no key was issued."""
    api_keys_file: Path | None = None
    """File of issued API keys, which holds hashes; default below the home. In a container mount its folder, because
    the file is replaced whole and a mount of the file alone would show the old one for ever."""
    jwt_keys_file: Path | None = None
    """Public key (PEM) or key set (JWKS) that tokens are verified with; never fetched from a network."""
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose pages may call the scorer, separated by spaces or commas; none by default."""
    rate_per_second: float = Field(default=1000.0, gt=0)
    """Requests that a caller may make in a second over time; a key may be issued with another rate."""
    rate_burst_seconds: float = Field(default=2.0, ge=1)
    """So many seconds' worth may come at once."""
    most_concurrent: int = Field(default=256, ge=1)
    """Requests being answered at once; one more is told 503 and when to come again."""
    largest_body: int = Field(default=32 * 2**20, ge=1024)
    """Bytes of one body. 10,000 records of 30 fields are some 7 MB."""
    largest_bodies: int = Field(default=256 * 2**20, ge=1024)
    """Bytes of all bodies that are held at once: what a flood of large ones may take of the memory."""
    largest_head: int = Field(default=16 * 2**10, ge=1024)
    """Bytes of all header names and values of a request."""
    body_timeout_seconds: float = Field(default=20.0, gt=0)
    """From the head of a request to the last byte of its body."""
    request_timeout_seconds: float = Field(default=60.0, gt=0)
    drain_seconds: float = Field(default=0.0, ge=0)
    """After SIGTERM, requests are taken for so long while /health/ready says 503, so that a balancer has noticed."""
    workers: int = Field(default=1, ge=1)
    log_format: Literal["json", "text"] = "json"
    access_log: bool = True
    traces_url: str | None = None
    """OTLP endpoint over HTTP such as ``http://collector:4318/v1/traces``; needs the extra ``tracing``."""

    @field_validator("api_keys_file", "jwt_keys_file", "jwt_issuer", "jwt_audience", "traces_url", mode="before")
    @classmethod
    def _none_if_empty(cls, found: object) -> object:
        return found or None

    @field_validator("scorer_open", mode="before")
    @classmethod
    def _unset_if_empty(cls, found: object) -> object:
        return None if found == "" else found

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, found: object) -> object:
        return tuple(found.replace(",", " ").split()) if isinstance(found, str) else found

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            scheme, _, host = origin.partition("://")
            if scheme not in {"http", "https"} or not host or set(host) & set("/*?#@ "):
                raise ValueError(f"found {origin!r}, expected an origin such as https://app.example.org: no *, no path")
        return origins

    @model_validator(mode="after")
    def _tokens_whole(self) -> "ScorerSettings":
        given = {name: getattr(self, name) for name in ("jwt_keys_file", "jwt_issuer", "jwt_audience")}
        absent = sorted(name for name, value in given.items() if value is None)
        if 0 < len(absent) < len(given):
            raise ValueError(f"tokens need all of {sorted(given)}; {absent} are not set. Set all three or none")
        return self
