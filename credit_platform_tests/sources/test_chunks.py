"""A file is never in memory whole: it goes through in chunks, and where they are cut changes nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from credit_platform.sources import Batch, byte_lines, read_once
from credit_platform_tests.sources.samples import HEADER, ONCE, row, rows

ODD_LINES = [
    *rows(60),
    row(100, note='"two\nlines, and ""quotes"""'),
    "half,a,row",
    row(101, kind='"new'),
    "",
    *rows(40, start=200),
    row(3, amount="7"),
    row(300, amount="-1"),
    row(300),
    row(300, note="again"),
    *rows(20, start=400),
    row(102, note="zażółć"),
    row(103, note='"closes nowhere'),
    *rows(60, start=500),
]
PEAK = """
import json, resource, sys
from credit_platform_tests.sources.samples import ONCE
from credit_platform.sources import read_once
narrow = ONCE.model_copy(update={"columns": ONCE.columns[:2], "rules": ()})
batch = read_once(narrow, sys.argv[1])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([batch.total_rows, len(batch.good), sum(len(frame) for frame in batch.good), peak]))
"""


def _read(folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch, *, block: int) -> Batch:
    (folder / "book.csv").write_bytes(content)
    monkeypatch.setattr(byte_lines, "BLOCK_BYTES", block)
    return read_once(ONCE, str(folder))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [90, 1024])
def test_chunks_of_any_size_give_what_one_chunk_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, block: int
) -> None:
    content = "\n".join([HEADER, *ODD_LINES]).replace("\n", end).encode()
    whole = _read(tmp_path, content, monkeypatch, block=2**23)
    cut = _read(tmp_path, content, monkeypatch, block=block)
    assert whole.quarantine["rule"].tolist() == ["fields", "quoting", "unique", "above", "unique", "quoting"]
    assert (whole.total_rows, whole.bad_rows, whole.refusal) == (189, 6, None)
    pd.testing.assert_frame_equal(cut.rows, whole.rows)
    repeats = cut.quarantine["rule"] == "unique"
    pd.testing.assert_frame_equal(cut.quarantine[~repeats], whole.quarantine[~repeats])
    pd.testing.assert_frame_equal(
        cut.quarantine[repeats].drop(columns="expected"), whole.quarantine[repeats].drop(columns="expected")
    )
    assert (cut.total_rows, cut.bad_rows, cut.sha256) == (whole.total_rows, whole.bad_rows, whole.sha256)


def test_a_plain_block_and_an_odd_one_read_the_same_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [HEADER, *(row(n, note=f" text {n} ", amount=f"{n}.{n}") for n in range(1, 50))]
    plain = _read(tmp_path, "\n".join(lines).encode(), monkeypatch, block=2**23)
    lines[10] = lines[10].replace(" text 10 ", '" text 10 "')
    odd = _read(tmp_path, "\n".join(lines).encode(), monkeypatch, block=2**23)
    pd.testing.assert_frame_equal(odd.rows, plain.rows)


def test_a_repeated_unit_is_found_in_another_chunk_and_its_first_line_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [HEADER, row(7, amount="-1"), *rows(200), row(7, amount="1"), row(7, amount="2")]
    batch = _read(tmp_path, "\n".join(lines).encode(), monkeypatch, block=500)
    assert batch.quarantine[["source_line", "rule", "found"]].values.tolist() == [
        [2, "above", "-1"], [203, "unique", "000007"], [204, "unique", "000007"],
    ]  # fmt: skip
    assert set(batch.quarantine["expected"][1:]) == {"a value not seen before, file book.csv line 10 has it first"}
    assert batch.rows.set_index("loan_id").loc["000007", "source_line"] == 10


def _peak(folder: Path, count: int) -> int:
    folder.mkdir()
    with (folder / "book.csv").open("w") as file:
        file.write("ID,amount\n")
        file.writelines(f"{number:09d},{number % 1000}.5\n" for number in range(count))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(folder)], capture_output=True, check=True, text=True, timeout=120
    )
    total, good, listed, peak = json.loads(done.stdout)
    assert (total, good, listed) == (count, count, count)
    return int(peak)


@pytest.mark.slow
def test_memory_grows_by_a_fraction_of_what_the_rows_would_take(tmp_path: Path) -> None:
    small, large = _peak(tmp_path / "small", 500_000), _peak(tmp_path / "large", 2_000_000)
    a_row_in_pandas = 58 + 5 * 8 + 8 + 60  # its identifier as a Python text, five columns, its raw text
    assert (large - small) / 1_500_000 < 0.5 * a_row_in_pandas
