"""Every setting, one class. Environment prefix: CREDIT_PLATFORM_."""

import hashlib
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from credit_platform.contracts.scorer_settings import ScorerSettings

DEFAULT_LANDING = "data/raw"


def _checkout() -> Path:
    return Path(__file__).resolve().parents[2]


class Settings(ScorerSettings):
    """Locations are resolved against the project, not the current folder; embedded defaults need no server."""

    model_config = SettingsConfigDict(env_prefix="CREDIT_PLATFORM_", frozen=True, extra="ignore")

    project: Path = _checkout()
    home: Path | None = None
    data_dir: str | Path = DEFAULT_LANDING
    """Landing root: a folder, or a URL of an object store such as ``s3://bucket/raw``."""
    curated_url: str | None = None
    warehouse_url: SecretStr | None = None
    mlflow_tracking_uri: str | None = None
    releases_url: str | None = None
    online_url: str | None = None
    redis_url: SecretStr | None = None
    """Redis that entity states are kept in for every scorer: ``redis://host:6379/0``. Without it they are a file."""
    redis_timeout_seconds: float = Field(default=0.1, gt=0)
    """How long a look-up waits, to connect and to be answered; after a failure Redis is passed by for a while."""
    redis_ttl_hours: float = Field(default=168, gt=0)
    """States that have not been published anew for so long are gone: a week survives a long weekend."""
    redis_down: Literal["answer", "refuse"] = "answer"
    """``answer``: from the embedded copy of this machine, with a warning, if there is one; ``refuse``: 503."""
    pseudonym_key: SecretStr | None = None
    signing_key: SecretStr | None = None
    """Ed25519 private key that signs releases, pointers and ledger entries: PEM (PKCS8, no password), or the one line
    between its dashes. Only the platform holds it."""
    signing_key_file: Path | None = None
    """The same in a mounted file. With neither, the first run makes a development key below the home."""
    trusted_keys: Path | None = None
    """Public keys (PEM) whose signatures count, one file or a folder of ``*.pem``; all that a scorer holds."""
    ledger_url: SecretStr | None = None
    """SQL database of the promotion ledger: ``sqlite:///file`` (default: below the home) or ``postgresql://...``."""
    journal_url: SecretStr | None = None
    """SQL database of the journal of decisions: ``sqlite:///file`` (default: one file below the home for all workers),
    ``postgresql://...``, or ``none`` for answers that nothing records; every readiness answer then says so."""
    journal_key: SecretStr | None = None
    """Master key that wraps the keys of entities in the journal: at least 16 random characters. Without it nothing in
    the journal can be read again."""
    journal_key_file: Path | None = None
    """The same in a mounted file. With neither, the first start makes a development key below the home."""
    journal_wait_seconds: float = Field(default=5.0, gt=0)
    """How long an answer waits for its commit before it is a 503."""
    challengers: bool = True
    """False: no challenger decides anything, whatever the ledger says. The file ``challengers.off`` in the home says
    the same to running scorers, at once."""
    actor: str | None = None
    """Who promotes and rolls back, for the ledger; default: the user that the process runs as."""
    default_use_case: str | None = None
    """Use case that POST /predict answers for; default: the only, else alphabetically first, one with a champion."""
    alert_webhook_url: SecretStr | None = None
    """Address that every alert is posted to as JSON; it may hold a token, so it is never written anywhere."""
    alert_attempts: int = Field(default=4, ge=1)
    alert_timeout_seconds: float = Field(default=5.0, gt=0)
    alert_back_off_seconds: float = Field(default=1.0, ge=0)
    threads: int = 2
    tuning_trials: int | None = Field(default=None, ge=1)
    """At most so many trials of a search, whatever a use case declares; 1 trains what is declared and searches
    nothing."""
    reason_refits: int = Field(default=0, ge=0)
    """Refits of the candidate on as many customers drawn anew, to tell how stable its reasons are; 20 are a good
    number, and each takes as long as training the served members once."""
    duckdb_memory: str = "6GiB"
    """What DuckDB may hold in memory; beyond it a build writes to disk beside the warehouse file. Its own default is
    80% of the machine; a whole build of a million loans took 2.9 GiB in all, Python included."""
    executor: Literal["in_process", "multiprocess"] = "in_process"

    @field_validator("curated_url", "online_url")
    @classmethod
    def _local(cls, url: str | None) -> str | None:
        if url is not None and "://" in url and not url.startswith("file://"):
            raise ValueError(f"found {url!r}; this version writes to file:// folders only, name a local one")
        return url

    @field_validator("duckdb_memory")
    @classmethod
    def _size(cls, text: str) -> str:
        if re.fullmatch(r"\d+(\.\d+)? ?([KMGT]i?B|%)", text) is None:
            raise ValueError(f"found {text!r}, expected a size such as 6GiB, 500MB or 80%")
        return text

    @property
    def landing(self) -> str:
        """Landing root, a path or a URL: ``<landing>/<use_case>/`` holds the raw files."""
        if "://" in str(self.data_dir):
            return str(self.data_dir).rstrip("/")
        return str((self.project / self.data_dir).resolve())

    @field_validator(
        "alert_webhook_url",
        "redis_url",
        "tuning_trials",
        "signing_key",
        "signing_key_file",
        "trusted_keys",
        "ledger_url",
        "journal_url",
        "journal_key",
        "journal_key_file",
        "actor",
        mode="before",
    )
    @classmethod
    def _unset(cls, found: object) -> object:
        """An empty variable, as compose passes one on, is none."""
        return found or None

    @model_validator(mode="after")
    def _one_key(self) -> "Settings":
        if self.signing_key is not None and self.signing_key_file is not None:
            raise ValueError("signing_key and signing_key_file are both set; which of them signs? Unset one")
        if self.journal_key is not None and self.journal_key_file is not None:
            raise ValueError("journal_key and journal_key_file are both set; which of them wraps? Unset one")
        return self

    @property
    def has_default_landing(self) -> bool:
        return self.landing == str((self.project / DEFAULT_LANDING).resolve())

    @property
    def home_dir(self) -> Path:
        """Embedded state. A landing root other than the default has its own, so portfolios never mix."""
        if self.home is not None:
            return (self.project / self.home).resolve()
        base = self.project / ".credit_platform"
        if self.has_default_landing:
            return base
        return base / "landings" / hashlib.sha256(self.landing.encode()).hexdigest()[:12]

    def curated_for(self, use_case: str) -> str:
        """Folder URL of the daily prediction files."""
        if self.curated_url is not None:
            return f"{self.curated_url.rstrip('/')}/{use_case}"
        if self.has_default_landing:
            return f"file://{self.project / 'data' / 'curated' / use_case}"
        return f"file://{self.home_dir / 'curated' / use_case}"

    def warehouse_for(self, use_case: str) -> SecretStr:
        """SQL URL of a use case's warehouse: one DuckDB file each unless a URL is given, which may hold a password."""
        embedded = SecretStr(f"duckdb:///{self.home_dir / 'warehouse' / f'{use_case}.duckdb'}")
        return self.warehouse_url or embedded

    @property
    def mlflow_uri(self) -> str:
        return self.mlflow_tracking_uri or f"sqlite:///{self.home_dir / 'mlflow' / 'mlflow.db'}"

    @property
    def releases(self) -> str:
        """fsspec URL of the folder that holds ``<use_case>/champion.json`` and ``<use_case>/<release_id>/``."""
        return (self.releases_url or f"file://{self.home_dir / 'releases'}").rstrip("/")

    @property
    def ledger(self) -> SecretStr:
        """SQL URL of the promotion ledger, which may hold a password."""
        return self.ledger_url or SecretStr(f"sqlite:///{self.home_dir / 'ledger.sqlite'}")

    @property
    def journal(self) -> SecretStr:
        """SQL URL of the journal of decisions, which may hold a password."""
        return self.journal_url or SecretStr(f"sqlite:///{self.home_dir / 'journal.sqlite'}")

    @property
    def development_key(self) -> Path:
        """Private key of a home to which no other was given; readable by its owner alone."""
        return self.home_dir / "keys" / "development.pem"

    @property
    def api_keys(self) -> Path:
        """File of the scorer's API keys."""
        return (self.project / (self.api_keys_file or self.home_dir / "keys" / "api_keys.json")).resolve()

    @property
    def trusted(self) -> Path:
        """File or folder of the public keys whose signatures count."""
        return (self.project / (self.trusted_keys or self.home_dir / "keys" / "trusted")).resolve()

    def online_for(self, use_case: str) -> Path:
        """Embedded online store (SQLite) of a use case."""
        base = Path(self.online_url.removeprefix("file://")) if self.online_url else self.home_dir / "online"
        return base / f"{use_case}.sqlite"
