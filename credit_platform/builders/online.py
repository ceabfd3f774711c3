"""Online: entity history as of the latest accepted day, pushed to where the scorer looks it up."""

import datetime as dt

import dagster as dg

from credit_platform.builders.builds import require_built
from credit_platform.builders.naming import key, pool, stage
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import State, UseCase
from credit_platform.engine.entity_state import open_state_store
from credit_platform.resources.tables import qualified, quoted
from credit_platform.resources.warehouse import Warehouse

FRESH_FOR = dt.timedelta(hours=36)


def online_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_online_features(use_case)]


def _online_features(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "online", "online_features"),
        # The features model is the warehouse's last: states are pushed once all of it was built from the new files.
        deps=[
            key(use_case, "raw", use_case.requests.name),
            model_key(use_case, use_case.unit.features_model),
            *(model_key(use_case, state.model) for state in use_case.states),
        ],
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH_FOR),
        pool=pool(use_case),
        **stage(use_case, "online", "sqlite"),
    )
    def online_features(
        settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult:
        """State of every entity for decisions from the day after the latest accepted one; keys are pseudonyms."""
        as_of = state_date(use_case, require_built(use_case, warehouse, of_present_files=True))
        store = open_state_store(settings, use_case.name)
        counts = {}
        for state in use_case.states:
            rows = state_rows(use_case, warehouse, state, as_of)
            store.replace(state.name, as_of=as_of, key=state.key, rows=rows)
            counts[f"entities/{state.name}"] = len(rows)
        return dg.MaterializeResult(metadata={"as_of": str(as_of), **counts})

    return online_features


def state_date(use_case: UseCase, latest_day: dt.date | None) -> dt.date:
    """First day that a state decides for: the day after the last one that the warehouse holds."""
    if latest_day is None:
        return use_case.scoring.first_day
    return latest_day + dt.timedelta(days=1)


def state_rows(use_case: UseCase, warehouse: Warehouse, state: State, as_of: dt.date) -> list[dict[str, object]]:
    """The versions of a state that are valid on ``as_of``, one per entity."""
    listed = ", ".join(quoted(name) for name in (state.key, *state.columns))
    found = warehouse.columns(
        use_case.name,
        f"select {listed} from {qualified(use_case.star_schema, state.model)} "
        "where valid_from <= ? and (valid_to is null or valid_to > ?)",
        [as_of, as_of],
    )
    return [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
