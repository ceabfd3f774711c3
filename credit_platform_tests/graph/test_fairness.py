"""A portfolio with a protected attribute: compared, scanned for proxies, and kept back by a declared gate."""

import shutil
from pathlib import Path

import dagster as dg
import numpy as np
import pytest

from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.challenge import comparison
from credit_platform.builders.fairness import FOUR_FIFTHS_CHECK, GATE_CHECK, compared_groups, fairness_asset
from credit_platform.builders.gates import Trial, gate_results
from credit_platform.builders.pieces import FAIRNESS
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.bindings import platform_resources
from credit_platform.resources.workbench import Workbench
from credit_platform_tests.explanation.self_contained import assert_self_contained
from credit_platform_tests.graph.conftest import Ran

PROTECTED = "mean_area"
"""No feature of this portfolio; the radius, which is one, gives it away."""


@pytest.fixture
def protected(sorter: Ran) -> UseCase:
    document = sorter.project.use_case.model_dump(by_alias=True)
    document["gates"] = [*document["gates"], {"metric": "fairness_selection_ratio", "minimum": 0.8}]
    return UseCase.model_validate(document | {"protected": [PROTECTED]})


def test_a_model_that_declines_a_group_is_measured_and_kept_back(
    sorter: Ran, protected: UseCase, tmp_path: Path
) -> None:
    shutil.copytree(sorter.project.home, tmp_path / "home")
    settings = sorter.project.settings.model_copy(update={"home": tmp_path / "home"})
    workbench, resources = Workbench(settings), platform_resources(settings)
    done = dg.materialize([fairness_asset(protected)], resources=resources, instance=dg.DagsterInstance.ephemeral())
    checks = {check.check_name: check.passed for check in done.get_asset_check_evaluations()}
    assert checks == {FOUR_FIFTHS_CHECK: False, GATE_CHECK: False}
    document = workbench.load(protected.name, FAIRNESS).document
    candidate = load_candidate(workbench, protected)
    assert [table["attribute"] for table in document["tables"]] == [PROTECTED]
    assert sum(group["rows"] for group in document["tables"][0]["groups"]) == len(candidate.test)
    best = max(document["proxies"], key=lambda scan: float(scan["auc"]["estimate"]))
    assert best["auc"]["low"] > 0.9
    assert best["proxies"][0]["feature"] in ("mean_radius", "worst_radius")
    first = comparison(candidate, None, model_sha256="", threads=1)
    gates = gate_results(Trial(protected, candidate, workbench, first, 1))
    assert gates["passed"] is False
    named = "fairness_selection_ratio (upper end of the lowest interval) is 0.0"
    assert [line[: len(named)] for line in gates["unmet"]] == [named]
    alone = {"same_for_all": np.full(len(candidate.test), "x")}
    assert compared_groups(protected, alone, candidate.test, candidate.test_margin(threads=1), cut_off=0.5) == ()
    page = (settings.home_dir / "reports" / protected.name / "fairness.html").read_text()
    assert_self_contained(page)
    assert "Proxies" in page and PROTECTED.replace("_", " ") in page


def test_a_portfolio_without_protected_attributes_says_so(sorter: Ran) -> None:
    page = sorter.project.home / "reports" / sorter.project.name / "fairness.html"
    assert "No protected attribute is declared" in page.read_text()
    assert sorter.project.workbench.load(sorter.project.name, FAIRNESS).document["tables"] == []
