"""A Postgres URL taken apart, so that errors can name the place without the password."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from credit_platform.resources.engines.base import WarehouseError

_FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_OPTIONS = ("host", "sslmode")
DEFAULT_PORT = 5432


@dataclass(frozen=True)
class PostgresPlace:
    """Server, database and user; ``str()`` and ``repr()`` leave the password out."""

    host: str
    port: int
    database: str
    user: str
    sslmode: str
    password: str = field(repr=False)

    def __str__(self) -> str:
        return f"database {self.database!r} at {self.host}:{self.port} as user {self.user!r}"


def postgres_place(url: str, *, setting: str = "CREDIT_PLATFORM_WAREHOUSE_URL") -> PostgresPlace:
    """Read ``postgresql://user:password@host:port/database[?sslmode=...][&host=/socket/folder]``.

    ``setting``: where the URL was found, for errors. Parts are percent-decoded. A WarehouseError never repeats the
    URL: what stands in it may be a piece of a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORT
        options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    except ValueError:
        # "from None": the message of the cause quotes a piece of the URL.
        raise _wrong(setting, "it cannot be read") from None
    if unknown := sorted(set(options) - set(_OPTIONS)):
        raise _wrong(setting, f"it has {len(unknown)} option(s) that are not known; known are {', '.join(_OPTIONS)}")
    host, database = options.get("host") or parts.hostname, unquote(parts.path.removeprefix("/"))
    named = {"HOST": host, "DATABASE": database, "USER": parts.username}
    if absent := [name for name, value in named.items() if not value]:
        raise _wrong(setting, f"it names no {', '.join(absent)}")
    return PostgresPlace(
        host=str(host),
        port=port,
        database=database,
        user=unquote(str(parts.username)),
        sslmode=options.get("sslmode", "prefer"),
        password=unquote(parts.password or ""),
    )


def _wrong(setting: str, found: str) -> WarehouseError:
    return WarehouseError(
        f"{setting} is no Postgres URL: {found}. Write {_FORM}; characters such as @ : / ? # % in "
        "the user or the password are percent-encoded (@ is %40, / is %2F)."
    )
