"""The committed lending portfolio, run as ``make demo`` runs it: what it prints, scores, writes and leaves."""

import csv
import datetime as dt
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.metrics import brier_score_loss, f1_score, log_loss, roc_auc_score, roc_curve

from credit_platform.builders.ensemble import ensembles_of, load_ensembles
from credit_platform.builders.models import forests_of, load_models
from credit_platform.builders.pieces import CALIBRATION, LEADERBOARD, load_training
from credit_platform.modelling.ensemble import single
from credit_platform.modelling.sample import Sample
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import CHECKOUT, Project
from credit_platform_tests.modelling.dated import slope_against

ROWS_BY_DAY = {
    dt.date(2022, 12, 1): 175,
    dt.date(2022, 12, 2): 214,
    dt.date(2022, 12, 3): 179,
    dt.date(2022, 12, 4): 151,
    dt.date(2022, 12, 5): 211,
}
MODELS = {"logistic_regression", "decision_tree", "random_forest", "lightgbm", "xgboost"}
ENSEMBLES = {"stacked", "weighted_average", "voting"}
METRICS = {"auc", "gini", "ks", "brier", "log_loss", "f1"}
KEYS = {"use_case", "rows", "champion", "metrics", "leaderboard", "outputs"}
DECIDED = ["prediction", "score", "probability", "band", "model_version", "override_until"]


def test_the_run_ends_well_and_its_last_line_is_one_json_object(demo: Ran) -> None:
    assert demo.finished.exit_code == 0, demo.finished.stderr
    summary = demo.finished.summary
    assert set(summary) >= KEYS
    assert (summary["use_case"], summary["rows"]) == ("credit_default", 20_000)
    assert set(summary["champion"]) == {"release_id", "algorithm"}
    assert set(summary["metrics"]) == {"oot", "benchmarks"}
    assert set(summary["metrics"]["oot"]) == METRICS
    assert set(summary["metrics"]["benchmarks"]) == {"as_published"}
    assert set(summary["metrics"]["benchmarks"]["as_published"]) >= METRICS


def test_five_models_and_three_ensembles_are_on_the_leaderboard(demo: Ran) -> None:
    rows = demo.finished.summary["leaderboard"]
    assert {row["name"] for row in rows} == MODELS | ENSEMBLES
    assert len(rows) == 8
    assert [row["auc"] for row in rows] == sorted((row["auc"] for row in rows), reverse=True)
    assert [row["name"] for row in rows if row["is_candidate"]] == [demo.finished.summary["champion"]["algorithm"]]


def test_the_champion_named_is_the_one_that_the_pointer_names(demo: Ran) -> None:
    path = demo.project.home / "releases" / "credit_default" / "champion.json"
    pointer = json.loads(path.read_text())
    assert pointer["release_id"] == demo.finished.summary["champion"]["release_id"]
    assert pointer["sequence"] == 1
    assert pointer["effective_from"] == "2022-12-01"


def test_every_accepted_row_of_the_five_days_has_one_score(demo: Ran) -> None:
    scored = demo.project.read(
        "select scoring_day, count(*) as rows, count(distinct unit_key) as units, count(probability) as scored "
        "from credit_default_output.scores group by 1 order by 1"
    )
    days = [day.date() for day in scored["scoring_day"]]
    assert dict(zip(days, scored["rows"], strict=True)) == ROWS_BY_DAY
    assert (scored["rows"] == scored["units"]).all()
    assert (scored["rows"] == scored["scored"]).all()


def test_the_run_log_has_a_line_a_day_with_the_range_of_its_scores(demo: Ran) -> None:
    log = demo.project.read("select * from credit_default_output.run_log order by scoring_day")
    found = demo.project.read(
        "select scoring_day, min(score) as low, max(score) as high from credit_default_output.scores "
        "group by 1 order by 1"
    )
    assert [day.date() for day in log["scoring_day"]] == list(ROWS_BY_DAY)
    assert log["rows"].tolist() == list(ROWS_BY_DAY.values())
    assert log["source_file"].tolist() == [f"new_data_{day:%Y%m%d}.csv" for day in ROWS_BY_DAY]
    assert log["minimum_score"].tolist() == found["low"].tolist()
    assert log["maximum_score"].tolist() == found["high"].tolist()
    assert set(log["release_id"]) == {demo.finished.summary["champion"]["release_id"]}


@pytest.mark.parametrize("day", ROWS_BY_DAY, ids=str)
def test_a_curated_file_is_the_days_file_with_what_was_decided(demo: Ran, committed_files: Path, day: dt.date) -> None:
    with (committed_files / f"new_data_{day:%Y%m%d}.csv").open(newline="") as stream:
        original = list(csv.reader(stream))
    with (demo.project.curated / f"predictions_{day:%Y%m%d}.csv").open(newline="") as stream:
        curated = list(csv.reader(stream))
    assert curated[0] == original[0] + DECIDED
    assert len(curated) == len(original) == ROWS_BY_DAY[day] + 1
    kept = pd.DataFrame([row[: len(original[0])] for row in curated[1:]], columns=original[0])
    for name in original[0]:
        before, after = pd.Series([row[original[0].index(name)] for row in original[1:]]), kept[name]
        numbers = pd.to_numeric(before, errors="coerce")
        same = (before == after) | (numbers.notna() & (numbers == pd.to_numeric(after, errors="coerce")))
        assert same.all(), (name, before[~same].tolist()[:3], after[~same].tolist()[:3])
    decided = pd.DataFrame([row[len(original[0]) :] for row in curated[1:]], columns=DECIDED)
    assert set(decided["prediction"]) <= {"0", "1"}
    assert decided["probability"].astype(float).between(0, 1).all()
    assert set(decided["band"]) <= {band.name for band in demo.project.use_case.score.bands}
    assert set(decided["override_until"]) == {""}
    assert set(decided["model_version"]) == {demo.finished.summary["champion"]["release_id"]}


def _test_rows(project: Project) -> tuple[Sample, dict[str, np.ndarray]]:
    """The out-of-time rows, and every contender's probability from what the run stored."""
    use_case, workbench = project.use_case, project.workbench
    sample, split, _ = load_training(workbench, use_case, use_case.features.gating)
    test = sample.take(split.test)
    margins = {n: f.margin(test.matrix) for n, f in forests_of(load_models(workbench, use_case)).items()}
    contenders = {
        each.name: each for each in (*ensembles_of(load_ensembles(workbench, use_case)), *map(single, margins))
    }
    out = {}
    for row in workbench.load(project.name, LEADERBOARD).document["rows"]:
        raw = contenders[row["name"]].margin(margins)
        out[row["name"]] = expit(row["calibrator"]["intercept"] + row["calibrator"]["slope"] * raw)
    return test, out


def test_the_leaderboard_is_what_scikit_learn_measures_on_the_stored_rows(demo: Ran) -> None:
    test, probabilities = _test_rows(demo.project)
    # Each loan counts once, also where it was funded in two parts.
    label, weight = test.label, test.weight
    assert len(label) - len(label) / 20 < weight.sum() < len(label)
    document = demo.project.workbench.load("credit_default", LEADERBOARD).document
    assert len(label) > 3_000
    for row in document["rows"]:
        probability = probabilities[row["name"]]
        false_positive, true_positive, _ = roc_curve(label, probability, sample_weight=weight)
        auc = roc_auc_score(label, probability, sample_weight=weight)
        expected = {
            "auc": auc,
            "gini": 2 * auc - 1,
            "ks": (true_positive - false_positive).max(),
            "brier": brier_score_loss(label, probability, sample_weight=weight),
            "log_loss": log_loss(label, probability, sample_weight=weight),
            "f1": f1_score(label, probability >= row["cut_off"], sample_weight=weight),
        }
        found = {name: row["metrics"][name] for name in expected}
        assert found == pytest.approx(expected, abs=1e-9), row["name"]


def test_the_champion_is_better_than_chance_and_no_better_than_the_truth(demo: Ran, committed_files: Path) -> None:
    test, _ = _test_rows(demo.project)
    truth = pd.read_csv(committed_files / "true_pd.csv").set_index("ID")["true_pd"].reindex(test.key)
    possible = roc_auc_score(test.label, truth, sample_weight=test.weight)
    reached = demo.finished.summary["metrics"]["oot"]["auc"]
    assert 0.75 <= reached <= possible + 0.01


def test_no_asset_knows_of_the_true_probability() -> None:
    platform = [p for p in (CHECKOUT / "credit_platform").rglob("*") if p.suffix in {".py", ".yaml"}]
    sql = [p for p in (CHECKOUT / "dbt_star_schema").rglob("*") if p.suffix in {".sql", ".yml"}]
    reading = [p for p in platform + sql if re.search(r"\btrue_pd\b", p.read_text()) and "simulation" not in p.parts]
    assert reading == []


def test_the_committed_days_have_no_matured_label_and_performance_says_so(demo: Ran) -> None:
    assert demo.project.metadata("monitoring", "performance") == {
        "matured/labels": 0,
        "matured/bads": 0,
        "verdict": "no matured labels",
        "population": "matured, approved",
    }


def test_each_window_has_its_days_and_labels_that_were_final_when_it_was_used(demo: Ran) -> None:
    use_case = demo.project.use_case
    sample, split, _ = load_training(demo.project.workbench, use_case, use_case.features.gating)
    opens = [np.datetime64(day) for day in ("2022-09-15", "2022-09-23", "2022-10-15")]
    used_on = [opens[0], opens[2], opens[2]]
    assert sample.final is not None and sample.decided is not None
    for rows, end, use in zip(list(split.windows.values())[:3], opens, used_on, strict=True):
        assert sample.decided[rows].max() < end
        assert sample.final[rows].max() < use
    tested = sample.decided[split.test]
    assert (tested.min(), tested.max()) == (opens[2], np.datetime64("2022-11-30"))
    counts = {name: (len(rows), int(sample.label[rows].sum())) for name, rows in split.windows.items()}
    assert counts == {"train": (7519, 363), "calibration": (833, 45), "selection": (1502, 69), "oot": (7679, 370)}
    told = demo.project.metadata("dataset", "training_set")
    for name, side in zip(counts, ("train", "calibration", "selection", "test"), strict=True):
        assert (told[f"{side}/rows"], told[f"{side}/bads"]) == counts[name]
    # Two periods, four groups of customers; the rows before the first period are scored by no fold.
    assert told["folds/models"] == 8 == len(split.folds)
    assert told["folds/scored_rows"] == len(split.out_of_fold) == len(split.train) - told["folds/unscored_rows"]
    assert 0.4 < len(split.out_of_fold) / len(split.train) < 0.5
    # Near the end of the selection window only the shortest loans are final.
    shares = [told[f"{name}/mature_share"] for name in ("calibration", "selection", "oot")]
    assert shares == pytest.approx([0.933, 0.531, 1.0], abs=0.001)


def test_the_candidate_is_calibrated_against_the_true_probabilities(demo: Ran, committed_files: Path) -> None:
    test, probabilities = _test_rows(demo.project)
    truth = pd.read_csv(committed_files / "true_pd.csv").set_index("ID")["true_pd"].reindex(test.key).to_numpy()
    predicted = probabilities[demo.finished.summary["champion"]["algorithm"]]
    assert 0.9 < slope_against(truth, logit(predicted)) < 1.1
    standard_error = np.sqrt((truth * (1 - truth)).mean() / len(truth))
    assert abs(predicted.mean() - test.label.mean()) < 2 * standard_error


def test_the_release_holds_the_cut_off_with_its_band_and_the_strategy_curve_of_the_selection_rows(demo: Ran) -> None:
    use_case = demo.project.use_case
    sample, split, _ = load_training(demo.project.workbench, use_case, use_case.features.gating)
    release_id = demo.finished.summary["champion"]["release_id"]
    folder = demo.project.home / "releases" / use_case.name / release_id
    selection = json.loads((folder / "metrics.json").read_text())["selection"]
    release = json.loads((folder / "release.json").read_text())
    low, high = selection["cut_off_band"]["threshold"]
    assert low <= selection["cut_off"]["threshold"] == release["cut_off"] <= high
    low, high = selection["cut_off_band"]["cost_per_unit"]
    assert low < selection["cut_off"]["cost_per_unit"] < high
    curve = selection["strategy"]
    assert [point["approval_rate"] for point in curve] == pytest.approx(np.arange(1, 51) / 50, abs=0.005)
    chosen_on = sample.take(split.selection)
    assert curve[-1]["bad_rate"] == pytest.approx(np.average(chosen_on.label, weights=chosen_on.weight))
    assert not any("out-of-fold" in note for note in release["notes"])
    assert any("units of one loan_id share its weight" in note for note in release["notes"])
    assert any("approved applicants only" in note and "unproven" in note for note in release["notes"])


def test_calibration_is_told_by_declared_segment(demo: Ran) -> None:
    told = demo.project.metadata("assurance", "calibration")
    stored = demo.project.workbench.load("credit_default", CALIBRATION).document["segments"]
    assert tuple(stored) == tuple(demo.project.use_case.monitoring.segments)
    label = _test_rows(demo.project)[0].label
    for column, parts in stored.items():
        assert sum(part["rows"] for part in parts) == len(label)
        assert sum(part["bads"] for part in parts) == label.sum()
        assert {f"{column}/table", f"{column}/off", f"{column}/plot"} <= set(told)
