"""Declared A/B comparisons: two values of a column of the labelled history, with intervals and the split's check.

A champion is compared with a challenger (``compare_outcomes``) on units that both have scored. The table of scores
holds one release a day, so the asset says what is missing for that instead of comparing days with days.
"""

from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from credit_platform.builders.evidence import picture
from credit_platform.builders.frames import labelled_frame
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.experiment import Experiment
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.tables import qualified
from credit_platform.resources.warehouse import Warehouse
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.experiments.comparison import ArmComparison, compare_arms

SPLIT_CHECK = "arms_have_their_planned_sizes"
_FEWEST_ROWS = 2


def experiments_asset(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "statistics", "experiments")
    text = "The arms have the planned sizes (p above .001): a sample-ratio mismatch voids a comparison."
    planned = [experiment.name for experiment in use_case.experiments if experiment.control_share is not None]

    @dg.asset(
        key=asset_key,
        deps=[model_key(use_case, use_case.unit.features_model), model_key(use_case, use_case.unit.labels_model)],
        check_specs=[check_of(asset_key, SPLIT_CHECK, text)] if planned else None,
        pool=pool(use_case),
        **stage(use_case, "statistics"),
    )
    def experiments(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
        """Declared A/B comparisons of the bad rate or a mean; rows of one customer count as one cluster."""
        frame = labelled_frame(use_case, warehouse)
        found = {experiment.name: compared(experiment, frame) for experiment in use_case.experiments}
        metadata: dict[str, Any] = {
            "experiments": len(found),
            "table": dg.MetadataValue.md(_table(found)),
            "champion_against_challenger": challenger_text(use_case, warehouse),
            **_plots(use_case, found),
        }
        checks = [_split_check({name: found[name] for name in planned})] if planned else []
        return dg.MaterializeResult(metadata=metadata, check_results=checks)

    return experiments


def compared(experiment: Experiment, frame: pd.DataFrame) -> ArmComparison | str:
    """The comparison, or why there is none: an arm without two rows."""
    arms = (experiment.control, experiment.treatment)
    measure = experiment.measure or "label__bad"
    absent = [name for name in (experiment.column, measure) if name not in frame]
    if absent:
        raise ValueError(
            f"experiment {experiment.name!r}: columns {absent} are not in the features of the labelled history, which "
            f"has {[name for name in frame if not str(name).startswith('label__')]}; correct `experiments`"
        )
    rows = frame[frame[experiment.column].isin(arms) & frame[measure].notna()]
    is_treatment = (rows[experiment.column] == experiment.treatment).to_numpy(dtype=bool)
    sizes = int((~is_treatment).sum()), int(is_treatment.sum())
    entity = rows["label__entity"].to_numpy() if "label__entity" in rows else None
    if min(sizes) < _FEWEST_ROWS or (entity is not None and pd.unique(entity).size < _FEWEST_ROWS):
        return f"not run: rows of {arms} are {sizes[0]} and {sizes[1]}"
    return compare_arms(
        rows[measure].astype(float),
        is_treatment,
        entity,
        control_share=experiment.control_share,
        planned_units=experiment.planned_units,
    )


def challenger_text(use_case: UseCase, warehouse: Warehouse) -> str:
    """Why no challenger is compared, with what the table of scores holds."""
    table = (use_case.output_schema, "scores")
    if not warehouse.has_table(use_case.name, *table):
        return "not compared: nothing is scored yet"
    sql = f"select count(distinct scoring_day), count(distinct release_id) from {qualified(*table)}"
    days, releases = warehouse.read(use_case.name, sql).iloc[0]
    return (
        f"not compared: {days} scored days hold the scores of one release each ({releases} in all); a comparison needs "
        "a challenger's scores of the same units beside the champion's"
    )


def _table(found: dict[str, ArmComparison | str]) -> str:
    if not found:
        return "No experiment is declared."
    rows = [
        {"name": name, "verdict": result if isinstance(result, str) else result.verdict}
        | ({} if isinstance(result, str) else vars(result))
        for name, result in found.items()
    ]
    return pd.DataFrame(rows).to_markdown(index=False, floatfmt=".4g")


def _plots(use_case: UseCase, found: dict[str, ArmComparison | str]) -> dict[str, Any]:
    """One plot of differences for each measure: the bad rate, and each column whose mean is compared."""
    from credit_platform.explanation.figures import intervals

    measured: dict[str, dict[str, Interval]] = {}
    for experiment in use_case.experiments:
        result = found[experiment.name]
        if not isinstance(result, str):
            rows = result.control_rows + result.treatment_rows
            interval = Interval(result.difference, result.low, result.high, 0.95, rows)
            measured.setdefault(experiment.measure or "bad rate", {})[experiment.name] = interval
    return {
        f"plot/{measure.replace(' ', '_')}": picture(
            intervals(f"Treatment less control, {measure}", list(lines), list(lines.values()), axis_name=measure)
        )
        for measure, lines in measured.items()
    }


def _split_check(found: dict[str, ArmComparison | str]) -> dg.AssetCheckResult:
    p_values = {name: r.split_p_value for name, r in found.items() if not isinstance(r, str)}
    broken = [name for name, r in found.items() if not isinstance(r, str) and r.is_split_broken]
    lowest = min((p for p in p_values.values() if p is not None), default=np.nan)
    return dg.AssetCheckResult(
        check_name=SPLIT_CHECK,
        passed=not broken,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"broken": broken, "statistic": float(lowest), "threshold": 0.001, "statistic_is": "smallest p-value"},
    )
