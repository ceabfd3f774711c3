"""The model card of a run: each number is what the stored predictions give, or nothing is promoted."""

from pathlib import Path

import dagster as dg
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, roc_auc_score

from credit_platform.builders.card_asset import NUMBERS_CHECK, model_card_asset
from credit_platform.builders.model_card import recomputed_card, rendered_card, written_card
from credit_platform.builders.pieces import LEADERBOARD, RELEASE, PredictionsError
from credit_platform.builders.predictions import load_predictions, predictions_piece
from credit_platform.builders.release import release_assets
from credit_platform.engine.releases import LoadedRelease
from credit_platform.explanation.card_check import read_html, read_markdown
from credit_platform.resources.bindings import platform_resources
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import Project


def _released(project: Project) -> LoadedRelease:
    document = project.workbench.load(project.name, RELEASE).document
    store = ReleaseStore(project.settings)
    return store.load(project.name, document["release_id"], manifest_sha256=document["manifest_sha256"])


def _materialised(project: Project, asset: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
    resources = platform_resources(project.settings)
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([asset], resources=resources, instance=instance, raise_on_error=False)


def test_the_card_is_recomputed_without_any_model_to_the_byte(sorter: Ran, tmp_path: Path) -> None:
    project = sorter.project.twin(tmp_path / "state")
    for folder in ("models", "ensemble", "training_set"):
        for path in (project.home / "workbench" / project.name / folder).iterdir():
            path.unlink()
    written = written_card(project.workbench, project.name)
    assert rendered_card(recomputed_card(project.use_case, project.workbench, _released(project))) == written
    pages = read_html(written.html), read_markdown(written.markdown)
    assert pages[0].values == pages[1].values
    assert pages[0].numbers_without_name == pages[1].numbers_without_name == ()
    assert len(pages[0].values) == project.metadata("assurance", "model_card")["numbers"] > 150


def test_the_command_says_whether_the_card_holds(sorter: Ran, tmp_path: Path) -> None:
    project = sorter.project.twin(tmp_path / "state")
    held = project.command("card", project.name, "--json")
    assert (held.exit_code, held.summary["holds"], held.summary["differences"]) == (0, True, [])
    page = project.workbench.report_path(project.name, "model_card.md")
    page.write_text(page.read_text().replace("<!--metrics.ks.estimate-->0.", "<!--metrics.ks.estimate-->1."))
    refused = project.command("card", project.name, "--json")
    assert refused.exit_code == 1
    (said,) = refused.summary["differences"]
    assert said.startswith("Markdown: metrics.ks.estimate: the card says '1.")
    assert "a run writes both anew: credit-platform run" in refused.stderr
    assert project.command("card", "nowhere").exit_code == 2


def test_stored_predictions_give_what_scikit_learn_measures_and_name_nobody(sorter: Ran) -> None:
    stored = load_predictions(sorter.project.workbench, sorter.project.name, _released(sorter.project))
    test = stored.split("stratified").test
    probability, label = expit(stored.margin[test]), stored.label[test]
    values = dict(read_html(written_card(sorter.project.workbench, sorter.project.name).html).values)
    assert values["metrics.auc.estimate"] == f"{roc_auc_score(label, probability):.4f}"
    assert values["metrics.brier.estimate"] == f"{brier_score_loss(label, probability):.4f}"
    assert values["samples.stratified.rows"] == str(len(test))
    assert {values.dtype.kind for values in stored.to_arrays().values()} <= set("iuf")


@pytest.fixture
def changed(sorter: Ran, tmp_path: Path) -> Project:
    """The run with one figure of its leaderboard changed in the third decimal."""
    project = sorter.project.twin(tmp_path / "state")
    piece = project.workbench.load(project.name, LEADERBOARD)
    document = dict(piece.document)
    row = next(row for row in document["rows"] if row["name"] == document["candidate"])
    row["metrics"]["auc"] += 0.001
    project.workbench.save(project.name, LEADERBOARD, arrays=piece.arrays, document=document)
    return project


def test_a_changed_figure_fails_the_card_and_then_the_champion_by_itself(changed: Project) -> None:
    before = changed.pointer()
    carded = _materialised(changed, model_card_asset(changed.use_case))
    (check,) = carded.get_asset_check_evaluations()
    assert (check.check_name, check.passed, carded.success) == (NUMBERS_CHECK, False, False)
    found = check.metadata["differences"].value
    assert isinstance(found, list)
    # Every rendering says it, and so does the gate on the metric.
    assert sorted({text.split(": ")[1] for text in found}) == ["gates[0].measured", "metrics.auc.estimate"]
    promoted = _materialised(changed, release_assets(changed.use_case)[-1])
    (failure,) = [event for event in promoted.all_node_events if event.is_step_failure]
    assert "does not hold: HTML: metrics.auc.estimate" in str(failure.step_failure_data.user_failure_data)
    assert changed.pointer() == before


def test_changed_predictions_are_refused_by_their_digest(sorter: Ran, tmp_path: Path) -> None:
    project = sorter.project.twin(tmp_path / "state")
    release = _released(project)
    name = predictions_piece(release.release.release_id)
    arrays = dict(project.workbench.load(project.name, name).arrays)
    arrays["label"] = 1 - arrays["label"]
    project.workbench.save(project.name, name, arrays=arrays, document={})
    with pytest.raises(PredictionsError, match=r"digest \w{12}, its metrics\.json names \w{12}: they were changed"):
        recomputed_card(project.use_case, project.workbench, release)
