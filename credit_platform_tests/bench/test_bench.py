"""The benchmark runner: goals mean what they say, and the file has the promised shape."""

import json
import sys
from pathlib import Path

import pytest

from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.run import MODULES, main, registry, write_records
from credit_platform_tests.bench.timing import side_by_side

KEYS = ["name", "value", "unit", "peer", "ratio", "goal", "holds"]

MODULE = """
from credit_platform_tests.bench.records import Goal, Record

def benchmarks():
    goal = Goal(of="value", at_most=2.0 if "{name}" == "breaks" else 1.0)
    yield Record(name="{name}/a", value=2.0, unit="s", goal=goal)
{ending}"""
RUN = """
import sys
import credit_platform_tests.bench as bench
from credit_platform_tests.bench import run

bench.__path__.append("{folder}")
run.MODULES = ("breaks", "misses")
sys.exit(run.main())
"""


def _record(*, value: float = 2.0, ratio: float | None = None, goal: Goal) -> Record:
    return Record(name="a/b", value=value, unit="s", peer=None if ratio is None else "other", ratio=ratio, goal=goal)


@pytest.mark.parametrize(
    ("goal", "holds", "text"),
    [
        (Goal(of="value", at_most=2.0), True, "value <= 2"),
        (Goal(of="value", at_most=1.9), False, "value <= 1.9"),
        (Goal(of="ratio", at_least=3.0), True, "ratio >= 3"),
        (Goal(of="ratio", at_least=3.1), False, "ratio >= 3.1"),
    ],
)
def test_a_goal_is_a_bound_on_the_value_or_the_ratio(goal: Goal, holds: bool, text: str) -> None:
    record = _record(ratio=3.0, goal=goal)
    assert (goal.holds(record), str(goal)) == (holds, text)


def test_a_goal_on_a_ratio_needs_a_peer() -> None:
    with pytest.raises(ValueError, match="no peer"):
        Goal(of="ratio", at_least=1).holds(_record(goal=Goal(of="ratio", at_least=1)))


def test_the_file_is_a_list_of_the_promised_records(tmp_path: Path) -> None:
    path = tmp_path / "home" / "bench.json"
    records = [_record(goal=Goal(of="value", at_most=2.0)), _record(ratio=0.5, goal=Goal(of="ratio"))]
    write_records(path, [record.as_json() for record in records])
    written = json.loads(path.read_text(encoding="utf-8"))
    assert [list(record) for record in written] == [KEYS, KEYS]
    assert [record["ratio"] for record in written] == [None, 0.5]
    assert [file.name for file in path.parent.iterdir()] == ["bench.json"]


def test_both_ways_are_called_equally_often_and_in_turn() -> None:
    calls: list[str] = []
    side_by_side(lambda: calls.append("ours"), peer=lambda: calls.append("peer"), rounds=2)
    assert calls == ["ours", "peer"] * 3


def test_every_module_has_benchmarks() -> None:
    assert all(callable(registry(module)) for module in MODULES)


def test_a_broken_module_costs_no_other_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Two modules in processes of their own: the first breaks after one record, the second misses its goal."""
    for name, ending in (("breaks", "    raise OSError('disk full')\n"), ("misses", "")):
        (tmp_path / f"{name}.py").write_text(MODULE.format(name=name, ending=ending))
    monkeypatch.setattr("credit_platform_tests.bench.run.MODULES", ("breaks", "misses"))
    monkeypatch.setattr("credit_platform_tests.bench.run.COMMAND", [sys.executable, "-c", RUN.format(folder=tmp_path)])
    assert main(["--into", str(tmp_path / "bench.json")]) == 1
    written = json.loads((tmp_path / "bench.json").read_text())
    assert [(record["name"], record["holds"]) for record in written] == [("breaks/a", True), ("misses/a", False)]
    out, err = capfd.readouterr()
    assert "broken breaks ended with exit code 1 after 1 records" in out
    assert "disk full" in err


def test_an_unknown_topic_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--only", "everything"])
    assert stopped.value.code == 2
    assert "warehouse" in capsys.readouterr().err
