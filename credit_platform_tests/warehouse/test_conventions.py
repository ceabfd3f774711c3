"""The conventions of the dbt project hold in every model of every use case."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from credit_platform.builders.check_texts import check_text
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.dbt import DbtProjects
from credit_platform_tests.warehouse.dbt_runs import use_case

USE_CASES = ("credit_default", "risk_classifier")
NAMES = {
    "staging": r"stg_[a-z_]+__[a-z_]+",
    "marts": r"(dim|fct)_[a-z_]+",
    "features": r"(int|ftr)_[a-z_]+",
    "touched": r"int_touched_[a-z_]+",
    "common": r"dim_[a-z_]+",
}
"""Folder -> how its models are named; models/common is a root of its own."""
IMPORT = re.compile(r"\{\{\s*(ref|source|touched_rows|written)\(")
WHOLE_IMPORT = re.compile(r"^ {4}select \* from \{\{ (ref|source|touched_rows|written)\([^)]*\) \}\}$")
CTE = re.compile(r"(with )?\w+ as (not materialized |\{\{ kept_in_window\(\) \}\} )?\($")
IN_TIME = re.compile(r"\bover \(|\bwindow \w+ as\b|\bvalid_(from|to)\b")


@dataclass(frozen=True)
class Project:
    """A use case and its parsed models and tests."""

    case: UseCase
    manifest: Mapping[str, Any]

    def nodes(self, kind: str) -> Iterator[dict[str, Any]]:
        return (node for node in self.manifest["nodes"].values() if node["resource_type"] == kind)

    def models(self, *folders: str) -> list[dict[str, Any]]:
        return [model for model in self.nodes("model") if not folders or folder_of(model) in folders]

    def tests_of(self, model: Mapping[str, Any]) -> dict[str, set[str]]:
        """Column -> names of its generic tests."""
        found: dict[str, set[str]] = {}
        for test in self.nodes("test"):
            if test.get("attached_node") == model["unique_id"] and test["test_metadata"]:
                found.setdefault(test["column_name"], set()).add(test["test_metadata"]["name"])
        return found


def folder_of(model: Mapping[str, Any]) -> str:
    return str(model["original_file_path"]).split("/")[-2]


@pytest.fixture(scope="module", params=USE_CASES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    return Project(use_case(request.param), DbtProjects(settings).manifest(request.param))


def test_models_are_named_after_their_folder(project: Project) -> None:
    assert {folder_of(model) for model in project.models()} <= {*NAMES}
    assert [m["name"] for m in project.models() if not re.fullmatch(NAMES[folder_of(m)], m["name"])] == []


def test_every_model_has_one_yml_beside_it_that_states_the_grain(project: Project) -> None:
    for model in project.models():
        beside = model["original_file_path"].replace(".sql", ".yml")
        assert (model["patch_path"] or "").endswith(f"://{beside}"), f"{model['name']}: describe it in {beside}"
        assert "Grain:" in model["description"], f"{model['name']}: its description does not state the grain"


def test_marts_enforce_their_columns_and_test_every_key(project: Project) -> None:
    for model in project.models("marts", "common"):
        own, *columns = model["columns"]
        tests = project.tests_of(model)
        assert model["config"]["contract"]["enforced"], f"{model['name']}: enforce its contract"
        assert own.endswith("_key"), f"{model['name']}: its first column is {own}, expected its surrogate key"
        assert tests[own] >= {"not_null", "unique"}, f"{model['name']}.{own}: test not_null and unique"
        for column in columns:
            if column.endswith("_key"):
                assert "relationships" in tests.get(column, set()), f"{model['name']}.{column}: test relationships"


def test_models_that_are_no_marts_test_a_key_too(project: Project) -> None:
    for model in project.models("staging", "features", "touched"):
        tested = set().union(*project.tests_of(model).values())
        assert "not_null" in tested, f"{model['name']}: no column is tested not_null"


def test_layers_read_only_what_is_below_them(project: Project) -> None:
    kinds = {model["name"]: {each.split(".")[0] for each in model["depends_on"]["nodes"]} for model in project.models()}
    assert {name: kinds[name] for name in kinds if name.startswith("stg_") and kinds[name] != {"source"}} == {}
    assert [name for name in kinds if not name.startswith("stg_") and "source" in kinds[name]] == []


def test_every_model_imports_first_and_ends_in_final(project: Project) -> None:
    for model in project.models():
        lines = model["raw_code"].splitlines()
        imports = [number for number, line in enumerate(lines) if IMPORT.search(line)]
        assert all(WHOLE_IMPORT.match(lines[number]) for number in imports), f"{model['name']}: import with select *"
        ctes = [number for number, line in enumerate(lines) if CTE.match(line)]
        before_others = sum(number < max(imports, default=0) for number in ctes)
        assert before_others == len(imports), f"{model['name']}: its import CTEs are not its first"
        if not model["name"].startswith("ftr_"):
            assert model["raw_code"].rstrip().endswith("\n)\n\nselect * from final"), f"{model['name']}: end in final"


def test_whatever_has_a_window_or_joins_in_time_has_a_unit_test(project: Project) -> None:
    proved = {unit["model"] for unit in project.manifest["unit_tests"].values()}
    in_time = {model["name"] for model in project.models() if IN_TIME.search(model["raw_code"])}
    assert in_time - proved == set()


def test_exposures_name_what_the_scorer_and_the_scores_are_made_of(project: Project) -> None:
    exposed = {
        each["name"]: {node.split(".")[-1] for node in each["depends_on"]["nodes"]}
        for each in project.manifest["exposures"].values()
    }
    case = project.case
    states = {state.model for state in case.states}
    assert exposed[f"{case.name}_scorer"] == {case.unit.features_model, *states}
    assert exposed[f"{case.name}_scores"] == {case.unit.inputs_model, case.unit.labels_model}


def test_every_test_says_in_a_sentence_what_it_checks(project: Project) -> None:
    texts = {test["name"]: check_text(test) for test in project.nodes("test")}
    assert {name: text for name, text in texts.items() if not text.endswith(".") or len(text) < 15} == {}
