"""Everything that a decision before a cut could not know, changed, deleted and appended in the raw tables."""

import datetime as dt

import numpy as np
import pandas as pd

from credit_platform_tests.warehouse.desk import Desk, Frames

REQUESTS = ("loans", "applications", "applications_history")
PUBLICATION_LAG = pd.Timedelta(days=181)


def raw_rows(desk: Desk) -> dict[str, pd.DataFrame]:
    """The raw tables of a desk as frames."""
    schema = desk.case.raw_schema
    names = (*REQUESTS, "outcomes", "economic_indicators")
    frames = {name: desk.warehouse.read(desk.case.name, f"select * from {schema}.{name}") for name in names}
    for frame in frames.values():
        for column in frame.columns[frame.columns.str.endswith("_date") | (frame.columns == "source_day")]:
            frame[column] = pd.to_datetime(frame[column])
    return frames


def cuts(frames: Frames, *, count: int, seed: int) -> list[pd.Timestamp]:
    """Distinct days, the middle half of the decisions on each side of most of them."""
    days = pd.concat([frames[name]["disbursement_date"] for name in REQUESTS]).quantile([0.2, 0.95])
    span = pd.date_range(days.iloc[0].normalize(), days.iloc[1].normalize(), freq="D").to_numpy()
    chosen = np.random.default_rng(seed).choice(span, size=min(count, len(span)), replace=False)
    return [pd.Timestamp(day) for day in np.sort(chosen)]


def poisoned(frames: Frames, cut: pd.Timestamp, *, seed: int) -> dict[str, pd.DataFrame]:
    """Every row of the cut or later altered (a third), gone (a third) or doubled under new ids (a third); the labels
    that were not final by then are the other one; the figures not yet published are others. Rows are shuffled."""
    rng = np.random.default_rng(seed)
    out = {name: _requests(frames[name], cut, rng) for name in REQUESTS}
    out["outcomes"] = _outcomes(frames["outcomes"], cut, rng)
    out["economic_indicators"] = _indicators(frames["economic_indicators"], cut)
    return {name: frame.sample(frac=1, random_state=seed) for name, frame in out.items()}


def features_before(desk: Desk, cut: pd.Timestamp) -> bytes:
    """The features of every decision before the cut, as bytes, in the order of their keys."""
    rows = desk.read(desk.case.unit.features_model, order=desk.case.unit.key)
    return rows[pd.to_datetime(rows["disbursement_date"]) < cut].to_csv(index=False).encode()


def _requests(rows: pd.DataFrame, cut: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    lot = np.where(rows["disbursement_date"] >= cut, rng.integers(0, 3, len(rows)), -1)
    rows = rows.copy()
    if "target" in rows:
        unknown = (rows["disbursement_date"] < cut) & (rows["due_date"] + pd.Timedelta(days=1) >= cut)
        rows.loc[unknown, "target"] = 1 - rows.loc[unknown, "target"]
    rows.loc[lot == 0, "total_amount"] *= 17
    doubled = rows[lot == 2].copy()
    for column in ("funding_id", "loan_id"):
        doubled[column] = "appended_" + doubled[column]
    return pd.concat([rows[lot != 1], doubled], ignore_index=True)


def _outcomes(rows: pd.DataFrame, cut: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    lot = np.where(rows["source_day"] >= cut, rng.integers(0, 3, len(rows)), -1)
    rows = rows.copy()
    rows.loc[lot == 0, "target"] = 1 - rows.loc[lot == 0, "target"]
    return rows[lot != 1]


def _indicators(rows: pd.DataFrame, cut: pd.Timestamp) -> pd.DataFrame:
    years = [column for column in rows if column.startswith("yr")]
    unpublished = [name for name in years if pd.Timestamp(dt.date(int(name[2:]), 12, 31)) + PUBLICATION_LAG >= cut]
    return rows.assign(**{name: rows[name].fillna(1.0) * 3 + 1 for name in unpublished})
