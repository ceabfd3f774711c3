"""A candidate against the champion: compared as both would decide, and named in the verdict."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credit_platform.builders.candidate import load_candidate
from credit_platform.builders.challenge import NOTHING_TO_BEAT, comparison, opponent_of
from credit_platform.builders.gates import Trial, gate_results
from credit_platform.builders.kept_margins import MARGINS, keep_margins, lift_again
from credit_platform.builders.pieces import PredictionsError
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.workbench import Workbench
from credit_platform_tests.graph.conftest import Ran


def test_the_first_champion_had_nobody_to_beat_and_its_gates_say_so(sorter: Ran) -> None:
    project = sorter.project
    gates = ReleaseStore(project.settings).champion(project.name).gates
    assert [(found["metric"], found["exempt"], found["unmet"]) for found in gates["results"]] == [
        ("auc", None, None),
        ("auc_lift_p_value", NOTHING_TO_BEAT, None),
    ]
    assert (gates["passed"], gates["comparison"]["champion"]) == (True, None)
    assert 0 <= gates["results"][0]["value"] <= 1


def test_a_candidate_that_ranks_as_the_champion_does_gains_nothing_and_is_refused(sorter: Ran) -> None:
    """Its own model repeats the verdict by which it came into force; under another cut-off it is compared, and ties."""
    project = sorter.project
    use_case, workbench = project.use_case, project.workbench
    candidate = load_candidate(workbench, use_case)
    store = ReleaseStore(project.settings)
    program = store.champion(project.name).release.feature_program
    opponent = opponent_of(use_case, candidate, store, project.warehouse, program=program)
    assert opponent is not None and opponent.approved is None
    champion = opponent.champion
    same = comparison(candidate, opponent, model_sha256=champion.model_sha256, threads=1)
    assert same == champion.gates["comparison"]
    other = comparison(candidate, opponent, model_sha256="another", threads=1)
    assert other["metrics"] == {"auc_lift": 0.0, "auc_lift_p_value": 1.0}
    assert other["champion"] == opponent.named
    gates = gate_results(Trial(use_case, candidate, workbench, other, 1))
    assert (gates["passed"], gates["unmet"]) == (False, ["auc_lift_p_value is 1.0000, at most 0.05 allowed"])
    asked = comparison(candidate, replace(opponent, margin=None, unread=("x",)), model_sha256="another", threads=1)
    (unmet,) = gate_results(Trial(use_case, candidate, workbench, asked, 1))["unmet"]
    told = (
        f"could not be measured, at most 0.05 required: {opponent.named['release_id']} could not be asked for want of x"
    )
    assert unmet.startswith(f"auc_lift_p_value {told}; build that again, or put the candidate in force with")


def test_a_champion_is_asked_through_its_own_features_where_they_mean_something_else_by_now(
    sorter: Ran, tmp_path: Path
) -> None:
    """A column that was redefined under its name says nothing of a champion that nobody ever served with it."""
    project = sorter.project.twin(tmp_path / "state")
    use_case, store = project.use_case, ReleaseStore(project.settings)
    candidate, program = (
        load_candidate(project.workbench, use_case),
        store.champion(project.name).release.feature_program,
    )

    def asked(program: str) -> np.ndarray:
        found = opponent_of(use_case, candidate, store, project.warehouse, program=program)
        assert found is not None and found.margin is not None
        return found.margin

    served = asked(program)
    table = f"{use_case.star_schema}.{use_case.unit.features_model}"
    with project.warehouse.session(project.name) as session:
        session.execute(f"update {table} set mean_radius = 2 * mean_radius, worst_radius = -worst_radius")
    assert asked(f"{program} -- another").tolist() == served.tolist()
    assert (asked(program) != served).any()


def test_the_gain_over_a_champion_is_computed_again_from_what_was_kept(sorter: Ran, tmp_path: Path) -> None:
    """Of whom there were two to beat, the worse; of other rows, or where nothing is kept, not at all."""
    project, use_case = sorter.project, sorter.project.use_case
    candidate, store = load_candidate(project.workbench, use_case), ReleaseStore(project.settings)
    program = store.champion(project.name).release.feature_program
    opponent = opponent_of(use_case, candidate, store, project.warehouse, program=program)
    assert opponent is not None and opponent.margin is not None
    two = replace(opponent, margin=opponent.margin[::-1].copy(), approved=opponent)
    compared = comparison(candidate, two, model_sha256="another", threads=1)
    assert compared["metrics"] == {"auc_lift": 0.0, "auc_lift_p_value": 1.0}
    at = Workbench(project.settings.model_copy(update={"home": tmp_path}))
    test, margin = candidate.test, candidate.test_margin(threads=1)
    assert lift_again(use_case, compared, test, margin, at) == {}
    keep_margins(use_case, compared, two.margins, at)
    assert lift_again(use_case, compared, test, margin, at) == compared["metrics"]
    assert lift_again(use_case, compared, test, margin + 1, at) == {}
    changed = {name: -values for name, values in two.margins.items()}
    at.save(use_case.name, f"opponents/{compared[MARGINS]}", arrays=changed, document={})
    with pytest.raises(PredictionsError, match="the signed comparison names"):
        lift_again(use_case, compared, test, margin, at)
