"""The reasons of a release are those that were proved or swept for its very forest."""

from dataclasses import replace
from pathlib import Path

import pytest

from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.pieces import REASONS, StaleError
from credit_platform.builders.reasons import kept_reasons, sweep_reasons
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
