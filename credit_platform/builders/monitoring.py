"""Monitoring: does the portfolio still look like what the champion learned, and did it turn out as predicted?"""

import dagster as dg

from credit_platform.builders.challenger_outcomes import challenger_asset
from credit_platform.builders.drift import drift_assets
from credit_platform.builders.evidently import evidently_assets
from credit_platform.builders.frames import decision_column
from credit_platform.builders.incidents import incident_assets
from credit_platform.builders.naming import key, pool, stage
from credit_platform.builders.performance import performance_asset
from credit_platform.builders.score_monitor import score_monitor_asset
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.tables import qualified, quoted
from credit_platform.resources.warehouse import Warehouse


def monitoring_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [
        score_monitor_asset(use_case),
        *drift_assets(use_case),
        performance_asset(use_case),
        challenger_asset(use_case),
        *incident_assets(use_case),
        *evidently_assets(use_case),
        _vintages(use_case),
    ]


def _vintages(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "monitoring", "vintages"),
        deps=[model_key(use_case, use_case.unit.labels_model)],
        pool=pool(use_case),
        **stage(use_case, "monitoring"),
    )
    def vintages(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
        """Bad rate of the labelled history by month of the decision; a portfolio without time has one vintage."""
        decided = decision_column(use_case)
        day = "" if decided is None else quoted(decided)
        month = "0" if decided is None else f"extract(year from {day}) * 100 + extract(month from {day})"
        table = warehouse.read(
            use_case.name,
            f"""
            select cast({month} as integer) as vintage, count(*) as units,
                cast(sum({quoted(use_case.target.column)}) as bigint) as bads,
                avg(cast({quoted(use_case.target.column)} as double precision)) as bad_rate
            from {qualified(use_case.star_schema, use_case.unit.labels_model)}
            where {quoted(use_case.target.column)} is not null
            group by 1 order by 1
            """,
        )
        shown = table.round(4).to_markdown(index=False)
        return dg.MaterializeResult(metadata={"vintages": len(table), "table": dg.MetadataValue.md(shown)})

    return vintages
