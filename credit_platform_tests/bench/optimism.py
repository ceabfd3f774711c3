"""What a search is worth on rows that took no part in it, beside what it seems worth on the folds that chose.

Every algorithm of the lending use case, with the trials that it declares, two outer folds, and its own folds inside.
Rows are the training window; later ones the selection window. The out-of-time window is read by the leaderboard alone.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from credit_platform.builders.models import train
from credit_platform.builders.pieces import load_training
from credit_platform.builders.tuning import search
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.tuning import Tuning
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.training import DONE, USE_CASE
from credit_platform_tests.graph.projects import of_checkout

OUTER_FOLDS = 2


def benchmarks() -> Iterator[Record]:
    """On the files of ``CREDIT_PLATFORM_DATA_DIR``; unset, on the committed portfolio."""
    with tempfile.TemporaryDirectory() as folder:
        plain = of_checkout(USE_CASE, Path(folder)).on(None, data_dir=Settings().landing)
        project = replace(plain, tuning_trials=None)
        ended = project.run("--stage", "raw", "--stage", "warehouse", "--stage", "dataset")
        if ended.exit_code not in DONE:
            raise RuntimeError(f"the training set was not made: {ended.stderr}")
        declared, workbench, threads = project.use_case, project.workbench, Settings().threads
        budget = Tuning(trials=declared.tuning.trials, outer_folds=OUTER_FOLDS)
        case = declared.model_copy(update={"tuning": budget})
        sample, split, _ = load_training(workbench, case, case.features.gating)
        for algorithm in case.algorithms:
            found = search(workbench, case, algorithm, sample, split, threads=threads)
            if found is None:
                raise RuntimeError(f"{USE_CASE} declares no search, there is nothing to measure")
            trained = train(case, algorithm, sample, split, params=found.params, threads=threads)
            told = found.metrics(trained, sample.take(split.train), sample.take(split.selection))
            yield Record(
                name=f"optimism/{algorithm}",
                value=told["tuning/optimism"],
                unit=f"log-loss; saved on the folds that chose {told['tuning/gain']:+.6f} of "
                f"{told['tuning/declared_log_loss']:.6f}, on outer folds {told['tuning/nested_gain']:+.6f} of "
                f"{told['tuning/nested_declared_log_loss']:.6f}, later {told['tuning/later_gain']:+.6f} of "
                f"{told['tuning/later_declared_log_loss']:.6f}, each at its own level",
                peer=f"{len(found.tuned.trials)} trials, {OUTER_FOLDS} outer folds",
                goal=Goal(of="value"),
            )
