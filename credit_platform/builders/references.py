"""Reference histograms: what drift is measured against, of all development rows and of every large segment of them."""

from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from credit_platform.builders.frames import input_column, labelled_frame
from credit_platform.builders.naming import key, pool, stage
from credit_platform.builders.pieces import HISTOGRAMS, load_training, segment_piece
from credit_platform.builders.segments import reference_key, training_segments
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.references import Reference, reference_of


def reference_histograms_asset(use_case: UseCase) -> dg.AssetsDefinition:
    unit = use_case.unit

    @dg.asset(
        key=key(use_case, "statistics", "reference_histograms"),
        deps=[
            model_key(use_case, unit.features_model),
            model_key(use_case, unit.labels_model),
            model_key(use_case, unit.inputs_model),
            key(use_case, "dataset", "training_set"),
        ],
        pool=pool(use_case),
        **stage(use_case, "statistics", "json"),
    )
    def reference_histograms(
        warehouse: dg.ResourceParam[Warehouse], workbench: dg.ResourceParam[Workbench]
    ) -> dg.MaterializeResult:
        """Bins, counts and clustering of every gating feature in the development rows: what drift is measured against.

        Those are all rows that any part of the release was made from, training, calibration and selection: a day that
        looks like the window where its cut-off was chosen has not drifted.
        """
        frame = labelled_frame(use_case, warehouse)
        sample, split, fingerprint = load_training(workbench, use_case, use_case.features.gating)
        development = frame.set_index(frame["label__key"].astype(str)).loc[sample.key[split.development]]
        segments = {
            column: input_column(use_case, warehouse, column).reindex(development.index).astype(str).to_numpy(dtype=str)
            for column in use_case.monitoring.segments
        }
        entity, decided = (_known(development, name) for name in ("label__entity", "label__decided"))
        found: dict[str, Any] = {}
        for name in use_case.features.columns_of(use_case.features.gating):
            found |= references(name, development[name], entity, decided, segments, seed=use_case.seed)
        document = {"columns": found, "fingerprint": fingerprint}
        arrays = {segment_piece(column): values for column, values in segments.items()}
        workbench.save(use_case.name, HISTOGRAMS, arrays=arrays, document=document)
        metadata = {"rows": len(development), "references": len(found)}
        return dg.MaterializeResult(metadata=metadata)

    return reference_histograms


def references(
    name: str,
    values: pd.Series,
    entity: np.ndarray | None,
    decided: np.ndarray | None,
    segments: dict[str, np.ndarray],
    *,
    seed: int,
) -> dict[str, Any]:
    """References of a column (n,) as JSON by their names in a release: of all rows, then of every large segment.

    ``segments`` holds the segment of each row, (n,), by segment column. A segment shares its days and customers with
    the whole, and fewer days of it are large enough to tell how days vary, so its design effects are at least those of
    the whole (without that, one of five calm days of the committed portfolio alarmed in its commonest product).
    """
    whole = reference_of(values, entity=entity, day=decided, seed=seed)
    found = {name: whole.to_dict()}
    for column, members in segments.items():
        for segment, rows in training_segments(pd.Series(members, name=column)):
            part = _part(values, rows), _part(entity, rows), _part(decided, rows)
            own = reference_of(part[0], entity=part[1], day=part[2], seed=seed)
            found[reference_key(segment, name)] = _at_least(own, whole).to_dict()
    return found


def _part(values: Any, rows: np.ndarray) -> Any:
    return None if values is None else values[rows]


def _at_least(own: Reference, whole: Reference) -> Reference:
    return Reference(
        own.histogram, own.clusters.joined(whole.clusters), own.periods.joined(whole.periods), own.weekdays
    )


def _known(frame: pd.DataFrame, name: str) -> np.ndarray | None:
    return frame[name].to_numpy() if name in frame else None
