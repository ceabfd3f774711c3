"""The queries that stages share: labelled units with their features, and the units of scored days."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from credit_platform.contracts.split import TimeSplit
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.sample import Floats, Units
from credit_platform.resources.tables import qualified, quoted
from credit_platform.resources.warehouse import Warehouse


def decision_column(use_case: UseCase) -> str | None:
    """Canonical column of the decision date, None for a portfolio without time."""
    return use_case.split.column if isinstance(use_case.split, TimeSplit) else None


def labelled_frame(use_case: UseCase, warehouse: Warehouse) -> pd.DataFrame:
    """One row per labelled unit: features, ``label__*`` key and bad; decided, final, entity, decision where declared.

    Units decided after the declared history are left out: they are history events, never trained on or evaluated.
    """
    labels = {"key": use_case.unit.key, "bad": use_case.target.column}
    labels |= _optional_columns(use_case)
    listed = ", ".join(f"labels.{quoted(column)} as label__{alias}" for alias, column in labels.items())
    where = f"labels.{quoted(use_case.target.column)} is not null"
    if isinstance(use_case.split, TimeSplit):
        where += f" and labels.{quoted(use_case.split.column)} <= date '{use_case.split.history_until}'"
    sql = f"""
        select features.*, {listed}
        from {_star(use_case, use_case.unit.features_model)} as features
        inner join {_star(use_case, use_case.unit.labels_model)} as labels
            on features.{quoted(use_case.unit.key)} = labels.{quoted(use_case.unit.key)}
        where {where} and features.scoring_day is null
        order by label__key
    """
    return warehouse.read(use_case.name, sql)


def units_of(use_case: UseCase, frame: pd.DataFrame) -> Units:
    """The units of a labelled frame; each decision weighs one, shared by its units where it has several."""
    optional: dict[str, np.ndarray] = {}
    if "label__entity" in frame:
        optional["entity"] = frame["label__entity"].astype(str).to_numpy()
    for name in ("decided", "final"):
        if f"label__{name}" in frame:
            optional[name] = pd.to_datetime(frame[f"label__{name}"]).to_numpy(dtype="datetime64[D]")
    return Units(
        key=frame["label__key"].astype(str).to_numpy(),
        label=frame["label__bad"].to_numpy(dtype=np.int8),
        weight=decision_weights(frame),
        **optional,
    )


def decision_weights(frame: pd.DataFrame) -> Floats:
    """Weight (n,) of each unit: its share of its decision, as far as the frame holds the decision's units."""
    if "label__decision" not in frame:
        return np.ones(len(frame))
    parts = frame.groupby("label__decision")["label__decision"].transform("size")
    return 1 / parts.to_numpy(dtype=np.float64)


def scored_inputs(use_case: UseCase, warehouse: Warehouse, day: dt.date) -> dict[str, list[Any]]:
    """Inputs of the units to score on a day, as plain values by column, in the order of their file."""
    requests = qualified(use_case.raw_schema, use_case.requests.name)
    key = quoted(use_case.unit.key)
    sql = f"""
        select inputs.*
        from {_star(use_case, use_case.unit.inputs_model)} as inputs
        inner join {requests} as requests on inputs.{key} = requests.{key} and requests.source_day = ?
        where inputs.scoring_day = ?
        order by requests.source_line
    """
    return warehouse.columns(use_case.name, sql, [day, day])


def scored_features(use_case: UseCase, warehouse: Warehouse, day: dt.date, columns: Sequence[str]) -> pd.DataFrame:
    """Features of the units scored on a day, with ``unit__key``, ``entity__key`` where the portfolio has one and
    ``segment__*`` as declared."""
    listed = ", ".join(f"features.{quoted(column)}" for column in columns)
    entity = f", inputs.{quoted(use_case.entity)} as entity__key" if use_case.entity else ""
    entity += "".join(f", inputs.{quoted(name)} as segment__{name}" for name in use_case.monitoring.segments)
    entity += f", features.{quoted(use_case.unit.key)} as unit__key"
    sql = f"""
        select {listed}{entity}
        from {_star(use_case, use_case.unit.features_model)} as features
        inner join {_star(use_case, use_case.unit.inputs_model)} as inputs
            on features.{quoted(use_case.unit.key)} = inputs.{quoted(use_case.unit.key)}
        where features.scoring_day = ?
        order by features.{quoted(use_case.unit.key)}
    """
    return warehouse.read(use_case.name, sql, [day])


def history_inputs(
    use_case: UseCase, warehouse: Warehouse, columns: Sequence[str], *, keys: Sequence[str] | None = None
) -> dict[str, list[Any]]:
    """These inputs of the history, or of its units with these keys, as plain values by column, in the keys' order."""
    listed, key = ", ".join(quoted(column) for column in columns), quoted(use_case.unit.key)
    some = "" if keys is None else f" and cast({key} as varchar) in (select unnest(cast(? as varchar[])))"
    return warehouse.columns(
        use_case.name,
        f"select {listed} from {_star(use_case, use_case.unit.inputs_model)} where scoring_day is null{some} "
        f"order by {key}",
        [] if keys is None else [list(keys)],
    )


def input_column(use_case: UseCase, warehouse: Warehouse, column: str) -> pd.Series:
    """A column of the inputs of the history, by unit key."""
    frame = warehouse.read(
        use_case.name,
        f"select {quoted(use_case.unit.key)} as unit_key, {quoted(column)} as value "
        f"from {_star(use_case, use_case.unit.inputs_model)} where scoring_day is null",
    )
    return frame.set_index(frame["unit_key"].astype(str))["value"]


def _optional_columns(use_case: UseCase) -> dict[str, str]:
    found: dict[str, str | None] = {
        "decided": decision_column(use_case),
        "final": use_case.target.final_date,
        "entity": use_case.entity,
        "decision": use_case.unit.decision_key,
    }
    return {alias: column for alias, column in found.items() if column is not None}


def _star(use_case: UseCase, model: str) -> str:
    return qualified(use_case.star_schema, model)
