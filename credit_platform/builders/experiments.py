"""Declared A/B comparisons: two values of a column of the labelled history, with intervals and the split's check.

A challenger in the scorer is compared with the champion by what the journal holds (``challenger_outcomes``).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.evidence import picture
from credit_platform.builders.frames import labelled_frame
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.experiment import Experiment
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.experiments.comparison import ArmComparison, NotCompared, compare_arms, split_p_value
from credit_platform.statistics.experiments.design import SRM_LEVEL

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
            "table": dg.MetadataValue.md(comparison_table(found)),
            **_plots(use_case, found),
        }
        checks = [split_check({name: found[name] for name in planned})] if planned else []
        return dg.MaterializeResult(metadata=metadata, check_results=checks)

    return experiments


def compared(experiment: Experiment, frame: pd.DataFrame) -> ArmComparison | NotCompared:
    """The comparison, or why there is none: an arm without two rows. The planned split is checked either way."""
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
        p_value = split_p_value(is_treatment, entity, control_share=experiment.control_share)
        return NotCompared(f"not run: rows of {arms} are {sizes[0]} and {sizes[1]}", p_value)
    return compare_arms(
        rows[measure].astype(float),
        is_treatment,
        entity,
        control_share=experiment.control_share,
        planned_units=experiment.planned_units,
    )


def comparison_table(found: Mapping[str, ArmComparison | NotCompared]) -> str:
    """One line for each comparison, as Markdown."""
    if not found:
        return "No experiment is declared."
    rows = [
        {"name": name, "verdict": result.verdict} | {k: v for k, v in vars(result).items() if k != "why"}
        for name, result in found.items()
    ]
    return pd.DataFrame(rows).to_markdown(index=False, floatfmt=".4g")


def _plots(use_case: UseCase, found: Mapping[str, ArmComparison | NotCompared]) -> dict[str, Any]:
    """One plot of differences for each measure: the bad rate, and each column whose mean is compared."""
    from credit_platform.explanation.figures import intervals

    measured: dict[str, dict[str, Interval]] = {}
    for experiment in use_case.experiments:
        result = found[experiment.name]
        if isinstance(result, ArmComparison):
            rows = result.control_rows + result.treatment_rows
            interval = Interval(result.difference, result.low, result.high, 0.95, rows)
            measured.setdefault(experiment.measure or "bad rate", {})[experiment.name] = interval
    return {
        f"plot/{measure.replace(' ', '_')}": picture(
            intervals(f"Treatment less control, {measure}", list(lines), list(lines.values()), axis_name=measure)
        )
        for measure, lines in measured.items()
    }


def split_check(found: Mapping[str, ArmComparison | NotCompared]) -> dg.AssetCheckResult:
    """Warns of comparisons whose arms have not the planned sizes, an empty one included; holds where there is none."""
    broken = [name for name, result in found.items() if result.is_split_broken]
    planned = [result.split_p_value for result in found.values() if result.split_p_value is not None]
    lowest: dict[str, Any] = {"statistic_is": "smallest p-value", "threshold": SRM_LEVEL}
    lowest = lowest | {"statistic": min(planned)} if planned else {}
    return dg.AssetCheckResult(
        check_name=SPLIT_CHECK,
        passed=not broken,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"broken": broken, **lowest},
    )
