"""A tiny release made with xgboost alone: six features of every kind, one entity state, two date inputs."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import xgboost
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credit_platform.contracts.release import (
    ChampionPointer,
    Feature,
    Member,
    Override,
    Release,
    RequestField,
    StateColumn,
    StateTable,
)
from credit_platform.contracts.score import Band, Reason, ScoreScale
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import Column, ColumnType
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.entity_state import open_state_store
from credit_platform.engine.manifest import build_manifest, digest, manifest_bytes
from credit_platform.engine.signing import Signer
from credit_platform.engine.trust import Trust

DAY = dt.date(2022, 12, 1)
SQL = """
with inputs as (select * from "warehouse"."star"."int_inputs")
select
    loan_key,
    opened,
    amount,
    cast(amount as double precision) / nullif(days, 0) as amount_per_day,
    due - opened as term_days,
    lender,
    coalesce(earlier_bads, 0) as earlier_bads,
    case when is_new then 1 else 0 end as is_new,
    amount * 2e0 as not_a_feature_of_this_release
from inputs
"""
FEATURES = (
    Feature(name="amount", kind="numeric", minimum=1.0, maximum=1000.0),
    Feature(name="amount_per_day", kind="numeric", minimum=0.0, maximum=500.0),
    Feature(name="term_days", kind="numeric", minimum=0.0, maximum=90.0),
    Feature(name="lender", kind="category", categories=("North", "South", "East")),
    Feature(name="earlier_bads", kind="numeric", minimum=0.0, maximum=5.0),
    Feature(name="is_new", kind="numeric", minimum=0.0, maximum=1.0),
)
REASONS = (
    Reason(code="R1", wording="The amount", features=("amount", "amount_per_day")),
    Reason(code="R2", wording="The term", features=("term_days",)),
    Reason(code="R3", wording="The lender", features=("lender",)),
    Reason(code="R4", wording="Earlier loans", features=("earlier_bads",)),
    Reason(code="R5", wording="A first loan", features=("is_new",)),
)
SCALE = ScoreScale(bands=(Band(name="A", minimum=620), Band(name="B", minimum=560), Band(name="C")))


def request_field(name: str, kind: ColumnType, *, used: bool = True, **rules: object) -> RequestField:
    """A request field by header, type and rules."""
    column = Column.model_validate({"name": name, "type": kind, **rules})
    return RequestField(column=column, is_used=used)


FIELDS = (
    request_field("Loan Key", "text", used=False),
    request_field("customer", "text", used=False),
    request_field("Amount", "decimal", above=0, maximum=1e6),
    request_field("days", "integer", minimum=0),
    request_field("lender", "text"),
    request_field("sort", "text", **{"as": "opened_kind"}, used=False),
    request_field("opened", "date"),
    request_field("due", "date", date_format="%d/%m/%Y", required=False),
    request_field("is_new", "boolean"),
    request_field("channel", "text", used=False, allowed=["web", "shop"]),
)
STATES = (StateTable(name="customers", key="customer", columns=(StateColumn(name="earlier_bads", type="integer"),)),)
RECORD: dict[str, object] = {
    "Loan Key": "L-1", "customer": "C-7", "Amount": 250.5, "days": 30, "lender": "South",
    "opened": "2022-12-01", "due": "31/12/2022", "is_new": True,
}  # fmt: skip
INPUTS: dict[str, list[object]] = {
    "loan_key": ["L-1"], "amount": [250.5], "days": [30], "lender": ["South"], "opened": [dt.date(2022, 12, 1)],
    "due": [dt.date(2022, 12, 31)], "is_new": [True], "earlier_bads": [2],
}  # fmt: skip
SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32), "dev")
TRUST = Trust({SIGNER.key_id: SIGNER.key.public_key()}, "the tests")


def trusted_in(home: Path) -> None:
    """Puts the public key of these releases where a home has its trusted ones."""
    folder = home / "keys" / "trusted"
    folder.mkdir(parents=True)
    (folder / "tiny.pem").write_bytes(SIGNER.public_pem)


@cache
def forest_bytes(seed: int = 7, *, objective: str = "reg:squarederror", base_score: float = 0.0) -> bytes:
    """UBJSON of 30 trees that learnt a log-odds surface over the six features, blanks included."""
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(0, 1, (600, 6)).astype(np.float32) * np.array([1000, 500, 90, 2.99, 5, 1.99], dtype=np.float32)
    matrix[:, 3:] = np.floor(matrix[:, 3:])
    target = -2 + matrix[:, 0] / 500 + 0.8 * matrix[:, 4] - 0.6 * matrix[:, 3] + 0.3 * matrix[:, 5]
    if objective != "reg:squarederror":
        target = (target > 0).astype(np.float32)
    matrix[rng.uniform(size=matrix.shape) < 0.1] = np.nan
    params = {"objective": objective, "base_score": base_score, "max_depth": 4, "seed": seed, "nthread": 1}
    booster = xgboost.train(params, xgboost.DMatrix(matrix, target), num_boost_round=30)
    return bytes(booster.save_raw("ubj"))


def release(use_case: str = "tiny", release_id: str = "r1", **changes: object) -> Release:
    """The tiny release's record, with some of its fields changed."""
    made = Release(
        use_case=use_case, release_id=release_id, as_of=dt.date(2022, 11, 30), algorithm="stacked",
        members=(Member(algorithm="xgboost", weight=1.0),), feature_set="served", population="oot", key="loan_key",
        entity="customer", decision_date="opened", request_fields=FIELDS, states=STATES, feature_program=SQL,
        features=FEATURES, scale=SCALE, cut_off=0.5, reasons=REASONS, baseline=-0.5, notes=(),
        training_fingerprint="0" * 64,
        package_versions={},
    )  # fmt: skip
    return made.model_copy(update=changes)


def files_of(made: Release, *, forest: bytes | None = None) -> dict[str, bytes]:
    """Every file of a release folder but its manifest."""
    return {
        "release.json": json_bytes(made),
        "forest.ubj": forest_bytes() if forest is None else forest,
        "reference_histograms.json": b'{"amount":{"edges":[1.0]}}',
        "metrics.json": b'{"auc":0.8}',
        "gates.json": b'{"passed":true,"unmet":[]}',
    }


def publish_states(settings: Settings, *, use_case: str = "tiny", as_of: dt.date = DAY) -> None:
    """States of customers C-7 (two bads) and C-8 (not known), where the settings keep them."""
    store = open_state_store(settings, use_case)
    states: list[dict[str, object]] = [
        {"customer": "C-7", "earlier_bads": 2},
        {"customer": "C-8", "earlier_bads": None},
    ]
    store.replace("customers", as_of=as_of, key="customer", rows=states)
    store.close()


def write(
    root: Path,
    files: Mapping[str, bytes],
    *,
    use_case: str = "tiny",
    release_id: str = "r1",
    signer: Signer = SIGNER,
) -> str:
    """Writes a release folder with its signed manifest; returns the manifest's SHA-256."""
    folder = root / use_case / release_id
    folder.mkdir(parents=True, exist_ok=True)
    manifest = manifest_bytes(build_manifest(files, use_case=use_case, release_id=release_id, grade=signer.grade))
    for name, data in {**files, "manifest.json": signer.sealed(manifest, "manifest").data}.items():
        (folder / name).write_bytes(data)
    return digest(manifest)


def promote(
    root: Path,
    sha256: str,
    *,
    use_case: str = "tiny",
    release_id: str = "r1",
    sequence: int = 1,
    override: Override | None = None,
    signer: Signer = SIGNER,
) -> None:
    """Writes the signed champion pointer by an atomic rename."""
    pointer = ChampionPointer(
        use_case=use_case, release_id=release_id, sequence=sequence, effective_from=dt.date(2022, 12, 1),
        manifest_sha256=sha256, entry_sha256="0" * 64, override=override,
    )  # fmt: skip
    draft = root / use_case / "champion.json.new"
    draft.write_bytes(signer.sealed(json_bytes(pointer), "champion").data)
    draft.replace(root / use_case / "champion.json")
