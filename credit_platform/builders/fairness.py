"""Fairness: how the candidate treats the groups of protected attributes, and how far its features give them away."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit_platform.builders.candidate import Candidate, leaderboard_key, load_candidate
from credit_platform.builders.frames import input_column
from credit_platform.builders.gates import unmet_gates
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.pieces import FAIRNESS
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.explanation.card_parts import NO_PROTECTED
from credit_platform.modelling.cut_off import as_decided
from credit_platform.modelling.proxies import ProxyScan, proxy_scan
from credit_platform.modelling.sample import Floats, Units
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.arrays import expit
from credit_platform.statistics.fairness import FOUR_FIFTHS, FairnessTable, as_groups
from credit_platform.statistics.fairness import fairness as measure_fairness
from credit_platform.statistics.fairness_bounds import fairness_metrics

GATE_CHECK = "declared_fairness_gates"
FOUR_FIFTHS_CHECK = "four_fifths_rule"


def fairness_asset(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "assurance", "fairness")
    gates = "Every declared bound on fairness is met; an unmet one keeps the champion in force."
    rule = f"No group's acceptance rate is, with its whole interval, below {FOUR_FIFTHS} of the most accepted group's."

    @dg.asset(
        key=asset_key,
        deps=[leaderboard_key(use_case)],
        check_specs=[check_of(asset_key, GATE_CHECK, gates), check_of(asset_key, FOUR_FIFTHS_CHECK, rule)],
        pool=pool(use_case),
        **stage(use_case, "assurance", "html"),
    )
    def fairness(
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
        workbench: dg.ResourceParam[Workbench],
    ) -> dg.MaterializeResult:
        """Selection-rate ratio, equal-opportunity and calibration gaps of every declared protected attribute, and how
        well the features predict it."""
        from credit_platform.explanation.reports import fairness_report

        candidate = load_candidate(workbench, use_case)
        groups = protected_groups(use_case, warehouse, candidate)
        tables = _tables(use_case, candidate, groups, threads=settings.threads)
        scans = _scans(use_case, candidate, groups, threads=settings.threads)
        metrics = fairness_metrics(tables)
        document: dict[str, Any] = {"tables": [asdict(table) for table in tables], "metrics": metrics}
        document |= {"proxies": [asdict(scan) for scan in scans]} | candidate.told
        workbench.save(use_case.name, FAIRNESS, arrays={}, document=document)
        html = fairness_report(
            tables,
            [asdict(scan) for scan in scans],
            alone=_alone(use_case, tables),
            title=f"{use_case.title}: are groups treated alike",
            subtitle=f"Candidate {candidate.served.name.replace('_', ' ')}, {use_case.measured_on}.",
        )
        page = workbench.save_report(use_case.name, "fairness.html", html)
        metadata: dict[str, Any] = {"attributes": len(tables), "population": use_case.measured_on}
        metadata |= {name: value for name, value in metrics.items() if value is not None}
        metadata |= {f"proxy_auc/{scan.attribute}/{scan.level}": scan.auc.estimate for scan in scans}
        shown = pd.DataFrame(_rows(tables)).round(4).to_markdown(index=False) if tables else _nothing(use_case)
        return dg.MaterializeResult(
            metadata=metadata | {"report": dg.MetadataValue.path(page), "table": dg.MetadataValue.md(shown)},
            check_results=[_gates(use_case, metrics), _four_fifths(tables)],
        )

    return fairness


def protected_groups(use_case: UseCase, warehouse: Warehouse, candidate: Candidate) -> dict[str, pd.Series]:
    """The group of every labelled unit by its key, for each protected attribute; ages are banded over all of them."""
    key = candidate.sample.key
    return {name: as_groups(input_column(use_case, warehouse, name).reindex(key)) for name in use_case.protected}


def compared_groups(
    use_case: UseCase, groups: Mapping[str, NDArray[np.str_]], test: Units, margin: Floats, *, cut_off: float
) -> tuple[FairnessTable, ...]:
    """Tables of test rows (t,) with their log-odds, by attribute; rows of one group are compared with nothing."""
    return tuple(
        measure_fairness(
            attribute,
            pd.Series(group),
            test.label,
            as_decided(expit(margin)),
            cut_off=cut_off,
            seed=use_case.seed,
            entity=test.entity,
            weight=test.weight,
        )
        for attribute, group in groups.items()
        if np.unique(group).size > 1
    )


def _tables(
    use_case: UseCase, candidate: Candidate, groups: Mapping[str, pd.Series], *, threads: int
) -> tuple[FairnessTable, ...]:
    test = candidate.test
    of_test = {name: found.reindex(test.key).to_numpy(dtype=str) for name, found in groups.items()}
    return compared_groups(use_case, of_test, test, candidate.test_margin(threads=threads), cut_off=candidate.cut_off)


def _alone(use_case: UseCase, tables: Sequence[FairnessTable]) -> tuple[str, ...]:
    """Attributes that are the same for every test row."""
    return tuple(name for name in use_case.protected if name not in {table.attribute for table in tables})


def _nothing(use_case: UseCase) -> str:
    return "Every test row is of one group." if use_case.protected else NO_PROTECTED


def _scans(
    use_case: UseCase, candidate: Candidate, groups: Mapping[str, pd.Series], *, threads: int
) -> list[ProxyScan]:
    sample = candidate.sample
    return [
        scan
        for attribute, values in groups.items()
        for scan in proxy_scan(attribute, values.reindex(sample.key), sample, seed=use_case.seed, threads=threads)
    ]


def _gates(use_case: UseCase, metrics: Mapping[str, float | None]) -> dg.AssetCheckResult:
    gates = tuple(gate for gate in use_case.gates if gate.is_of_fairness)
    unmet = unmet_gates(gates, metrics)
    metadata = {"unmet": unmet, "declared": [gate.rule for gate in gates]}
    return dg.AssetCheckResult(check_name=GATE_CHECK, passed=not unmet, metadata=metadata)


def _four_fifths(tables: Sequence[FairnessTable]) -> dg.AssetCheckResult:
    """A warning: whether it keeps a release back is the use case's to declare, as a gate."""
    broken = [
        f"{table.attribute} {group.group}: {group.selection_ratio.estimate:.3f}"
        for table in tables
        for group in table.groups
        if group.is_adverse
    ]
    return dg.AssetCheckResult(
        check_name=FOUR_FIFTHS_CHECK,
        passed=not broken,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"below_four_fifths": broken},
    )


def _rows(tables: Sequence[FairnessTable]) -> list[dict[str, object]]:
    return [
        {
            "attribute": table.attribute,
            "group": group.group,
            "rows": group.rows,
            "bad_rate": group.bad_rate,
            "selection_rate": group.selection_rate,
            "selection_ratio": group.selection_ratio.estimate,
            "equal_opportunity_gap": group.equal_opportunity_gap.estimate,
            "calibration_gap": group.calibration_gap.estimate,
        }
        for table in tables
        for group in table.groups
    ]
