"""Warehouse: the dbt models of one use case, each model an asset and each dbt test a check of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from credit_platform.builders.build_plan import STEPS, Plan, plan_build
from credit_platform.builders.builds import past_builds, record_build
from credit_platform.builders.check_texts import check_text
from credit_platform.builders.naming import IN_WAREHOUSE, key, pool, stage
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.dbt import DbtProjects, NodeResult
from credit_platform.resources.warehouse import Warehouse

_EXCLUDED = "resource_type:unit_test"

_PASSED = {"pass", "success"}


class _Translator(DagsterDbtTranslator):
    """Asset keys below the use case: models under warehouse/, sources onto the raw assets."""

    def __init__(self, use_case: UseCase) -> None:
        super().__init__()
        self._use_case = use_case

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        if unique_id.startswith("source."):
            return spec.replace_attributes(key=key(self._use_case, "raw", manifest["sources"][unique_id]["name"]))
        name = manifest["nodes"][unique_id]["name"]
        common = stage(self._use_case, "warehouse")
        return spec.replace_attributes(
            key=model_key(self._use_case, name),
            deps=[self._dep(manifest, upstream) for upstream in manifest["nodes"][unique_id]["depends_on"]["nodes"]],
            group_name=common["group_name"],
            owners=common["owners"],
            kinds={"dbt", IN_WAREHOUSE},
        )

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=check_text(manifest["nodes"][unique_id]))

    def _dep(self, manifest: Mapping[str, Any], unique_id: str) -> dg.AssetDep:
        if unique_id.startswith("source."):
            return dg.AssetDep(
                key(self._use_case, "raw", manifest["sources"][unique_id]["name"]), partition_mapping=_ALL
            )
        return dg.AssetDep(model_key(self._use_case, manifest["nodes"][unique_id]["name"]))


_ALL = dg.AllPartitionMapping()


def model_key(use_case: UseCase, model: str) -> dg.AssetKey:
    return key(use_case, "warehouse", model)


def warehouse_assets(use_case: UseCase, manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """One multi-asset per group of models."""
    return [_group(use_case, manifest, name) for name in STEPS]


def _group(use_case: UseCase, manifest: Mapping[str, Any], name: str) -> dg.AssetsDefinition:
    translator = _Translator(use_case)

    @dbt_assets(
        manifest=manifest,
        select=_selection(name),
        exclude=_EXCLUDED,
        name=f"{use_case.name}__dbt_{name}",
        dagster_dbt_translator=translator,
        pool=pool(use_case),
    )
    def dbt_group(
        context: dg.AssetExecutionContext, dbt: dg.ResourceParam[DbtProjects], warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[Any]:
        plan, results = build_step(use_case, warehouse, dbt, name, command="build")
        for refusal in plan.refused:
            context.log.warning(f"refused, so not among the rows that {name} is built from: {refusal}")
        # The first step reads the sources: its staging models show how fresh they are.
        fresh = dbt.freshness(use_case.name) if name == STEPS[0] else {}
        yield from _events(context, manifest, translator, results, _metadata(manifest, plan, fresh))
        _raise_on_error(use_case, plan, results)

    return dbt_group


def build_step(
    use_case: UseCase, warehouse: Warehouse, dbt: DbtProjects, step: str, *, command: Literal["build", "run"]
) -> tuple[Plan, list[NodeResult]]:
    """Build a step's models, whole or by window, and record whether that passed; ``run`` leaves their tests out."""
    past = past_builds(use_case, warehouse)
    plan = plan_build(use_case, warehouse, step, project=dbt.content_hash(use_case.name), past=past)
    record_build(use_case, warehouse, plan, is_passed=False)
    # buildable: a test runs with the group that builds the last of its parents.
    tests = ["--exclude", _EXCLUDED, "--indirect-selection", "buildable"] if command == "build" else []
    results = dbt.invoke(use_case.name, [command, *plan.arguments, "--select", _selection(step), *tests])
    if not _failed(results):
        record_build(use_case, warehouse, plan, is_passed=True)
    return plan, results


def _selection(step: str) -> str:
    return f"config.meta.step:{step}"


def _failed(results: Sequence[NodeResult]) -> list[NodeResult]:
    return [result for result in results if result.status in {"error", "fail"}]


def _events(
    context: dg.AssetExecutionContext,
    manifest: Mapping[str, Any],
    translator: _Translator,
    results: Sequence[NodeResult],
    metadata: Callable[[NodeResult], dict[str, Any]],
) -> Iterator[Any]:
    checks = _check_keys(manifest, translator)
    selected = context.selected_asset_check_keys
    for result in results:
        if result.unique_id.startswith("model.") and result.status in _PASSED:
            spec = translator.get_asset_spec(manifest, result.unique_id, None)
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata(result))
    for result in results:
        check = checks(result.unique_id)
        if check is None or check not in selected or result.status == "skipped":
            continue
        severity = _severity(manifest["nodes"][result.unique_id])
        yield dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=result.status in _PASSED,
            severity=severity,
            metadata={"failures": result.failures, "message": result.message, "status": result.status},
        )


def _metadata(
    manifest: Mapping[str, Any], plan: Plan, fresh: Mapping[str, str]
) -> Callable[[NodeResult], dict[str, Any]]:
    """What a built model shows: its seconds, how much was built, refused files, and how fresh its sources are."""
    common: dict[str, Any] = {"dbt/build": plan.text} | ({"refused": list(plan.refused)} if plan.refused else {})

    def of_model(result: NodeResult) -> dict[str, Any]:
        parents = manifest["parent_map"][result.unique_id]
        told = {f"freshness/{parent.split('.')[-1]}": fresh[parent] for parent in parents if parent in fresh}
        return {"dbt/seconds": result.seconds, **common, **told}

    return of_model


def _check_keys(manifest: Mapping[str, Any], translator: _Translator) -> Callable[[str], dg.AssetCheckKey | None]:
    from dagster_dbt.asset_utils import get_asset_check_key_for_test

    return lambda unique_id: get_asset_check_key_for_test(manifest, translator, unique_id, None)


def _severity(node: Mapping[str, Any]) -> dg.AssetCheckSeverity:
    is_error = node["config"]["severity"].lower() == "error"
    return dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN


def _raise_on_error(use_case: UseCase, plan: Plan, results: Sequence[NodeResult]) -> None:
    if failed := _failed(results):
        lines = [f"{result.unique_id}: {result.message or result.failures}" for result in failed]
        raise dg.Failure(
            description=f"dbt build of {use_case.name} ({plan.step}): {len(failed)} of {len(results)} nodes failed. "
            f"First: {lines[0]}",
            metadata={"failed": lines},
        )
