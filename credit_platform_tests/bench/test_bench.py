"""The benchmark runner: goals mean what they say, and the file has the promised shape."""

import json
from pathlib import Path

import pytest

from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.run import TOPICS, main, registry, write_records
from credit_platform_tests.bench.timing import side_by_side

KEYS = ["name", "value", "unit", "peer", "ratio", "goal", "holds"]


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
    write_records(path, [_record(goal=Goal(of="value", at_most=2.0)), _record(ratio=0.5, goal=Goal(of="ratio"))])
    written = json.loads(path.read_text(encoding="utf-8"))
    assert [list(record) for record in written] == [KEYS, KEYS]
    assert [record["ratio"] for record in written] == [None, 0.5]
    assert [file.name for file in path.parent.iterdir()] == ["bench.json"]


def test_both_ways_are_called_equally_often_and_in_turn() -> None:
    calls: list[str] = []
    side_by_side(lambda: calls.append("ours"), peer=lambda: calls.append("peer"), rounds=2)
    assert calls == ["ours", "peer"] * 3


def test_every_topic_has_benchmarks() -> None:
    assert all(callable(registry(topic)) for topic in TOPICS)


def test_an_unknown_topic_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--only", "everything"])
    assert stopped.value.code == 2
    assert "warehouse" in capsys.readouterr().err
