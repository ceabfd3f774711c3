"""The simulator's CSV writer writes what pandas writes, and its files appear only when all of them are whole."""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from credit_platform.simulation.staging import Staging, csv_lines

AWKWARD = [0.1, 1 / 3, 3200.0, 1e15, 1e16, 1.5e-7, 1e-05, 5e-324, -0.0, 123456789.125, math.nan]


def test_rows_are_the_bytes_that_pandas_writes() -> None:
    texts = ["plain", "a, comma", 'a "quote"', "two\nlines", "", "Ärger", None, "x", "y", "z", "1"]
    whole = np.arange(len(AWKWARD)) * 10**15
    frame = pd.DataFrame({"a number": AWKWARD, "text": texts, "whole": whole})
    assert frame.to_csv(index=False, header=False, lineterminator="\n") == "\n".join(csv_lines(frame)) + "\n"


def test_floats_of_every_size_are_as_short_as_python_writes_them() -> None:
    values = np.random.default_rng(3).integers(0, 2**63, 20_000, dtype=np.int64).view(np.float64)
    finite = values[np.isfinite(values)]
    assert csv_lines(pd.DataFrame({"value": finite})) == [repr(float(value)) for value in finite]


def test_a_file_grows_by_parts_under_one_header(tmp_path: Path) -> None:
    parts = [pd.DataFrame({"n": [1, 2]}), pd.DataFrame({"n": [3]})]
    with Staging(tmp_path) as staging:
        for part in parts:
            staging.append("numbers.csv", part)
        assert not (tmp_path / "numbers.csv").exists()
        staging.publish(replaces=frozenset())
    assert (tmp_path / "numbers.csv").read_bytes() == b"n\n1\n2\n3\n"
