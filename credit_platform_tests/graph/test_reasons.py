"""The reasons of a release are those that were proved or swept for its very forest."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from credit_platform.builders.candidate import Candidate, load_candidate
from credit_platform.builders.pieces import REASONS, StaleError
from credit_platform.builders.reasons import kept_reasons, sweep_reasons
from credit_platform.builders.stability import stability_of
from credit_platform.modelling.reason_stability import ReasonStability
from credit_platform.resources.workbench import Workbench
from credit_platform_tests.graph.conftest import Ran


def test_a_feature_that_moves_against_its_sign_is_no_reason_of_the_release(sorter: Ran, tmp_path: Path) -> None:
    """The members were fitted without a sign; one that is declared afterwards does not hold."""
    project, use_case = sorter.project, sorter.project.use_case
    candidate = load_candidate(project.workbench, use_case)
    signs = use_case.features.model_copy(update={"monotone": {"worst_radius": -1, "mean_texture": 1}})
    declared = use_case.model_copy(update={"features": signs})
    workbench = Workbench(project.settings.model_copy(update={"home": tmp_path}))
    swept = {each.feature: each for each in sweep_reasons(declared, candidate, workbench, threads=1)}
    assert swept["worst_radius"].against > 1.0
    reasons, silent = kept_reasons(declared, candidate, workbench)
    assert "worst_radius" in silent
    assert [r.wording for r in reasons] == [r.wording for r in use_case.reasons if r.features[0] not in silent]
    assert project.workbench.load(use_case.name, REASONS).document["swept"] == []
    other = replace(candidate, forest=candidate.forest.scaled(0.5))
    with pytest.raises(StaleError, match="swept for another forest"):
        kept_reasons(declared, other, workbench)


def test_how_stable_reasons_are_is_measured_once_for_a_candidate_and_where_it_is_asked_for(
    sorter: Ran, tmp_path: Path
) -> None:
    project, use_case = sorter.project, sorter.project.use_case
    candidate = load_candidate(project.workbench, use_case)
    workbench = Workbench(project.settings.model_copy(update={"home": tmp_path}))
    shutil.copytree(project.home / "workbench", tmp_path / "workbench")

    def told(refits: int, of: Candidate = candidate, left_out: int = 0) -> ReasonStability | None:
        return stability_of(use_case, of, use_case.reasons[left_out:], workbench, refits=refits, threads=1)

    assert told(0) is None
    measured = told(2)
    assert measured is not None and (measured.refits, len(measured.same_top)) == (2, 2)
    assert 0.3 < min(measured.same_top) <= max(measured.same_top) < 1.0
    assert told(0) == measured
    assert told(0, replace(candidate, cut_off=0.5)) is None
    assert told(0, left_out=1) is None
    page = project.home / "reports" / project.name / "explanations.html"
    assert "CREDIT_PLATFORM_REASON_REFITS=20" in page.read_text()
