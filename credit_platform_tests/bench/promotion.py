"""Promotion: right about chance, able to see a gain, one winner of any race, and nothing half-done or rewritten."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from credit_platform.builders.gates import unmet_gates
from credit_platform.contracts.gate import Gate
from credit_platform.contracts.ledger import FIRST, LedgerEntry
from credit_platform.engine.ledger import Recorded, champion_at, examined
from credit_platform.engine.trust import trust_of
from credit_platform.statistics.experiments.paired_auc import auc_lift
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.resources.dying import MOMENTS, killed_promotions
from credit_platform_tests.resources.governed import problems, promoted, rows_of, store_at
from credit_platform_tests.resources.racing import race
from credit_platform_tests.resources.tampering import tampered
from credit_platform_tests.statistics.pairs import pair

PAIRS, LEVEL, ROWS = 1_000, 0.05, 20_000
GATE = (Gate(metric="auc_lift_p_value", maximum=LEVEL),)
PROMOTERS, RACES, KILLS, ENTRIES, QUESTIONS = 8, 100, 20, 12, 1_000
FIRST_DAY = dt.date(2022, 12, 1)


def benchmarks() -> Iterator[Record]:
    """The paired gate on simulated pairs, then the ledger under races, kills, forgers and questions."""
    yield from _gate()
    with tempfile.TemporaryDirectory(prefix="promotion-") as folder:
        yield from _races(Path(folder) / "race")
        yield _kills(Path(folder))
        yield from _tampering(Path(folder) / "tampered")
    yield _history()


def _gate() -> Iterator[Record]:
    rng = np.random.default_rng(11)
    equal, better, same, not_numbers = 0, 0, 0, 0
    for _ in range(PAIRS):
        label, champion, challenger = pair(rng, rows=ROWS, bad_rate=0.05, auc=0.75, gain=0.0, correlation=0.8)
        equal += _is_promoted(label, champion, challenger)
        again = auc_lift(label, champion, champion.copy())
        same += _is_promoted(label, champion, champion.copy())
        not_numbers += not np.isfinite([again.lift, again.p_value, again.standard_error]).all()
        better += _is_promoted(*pair(rng, rows=ROWS, bad_rate=0.05, auc=0.75, gain=0.02, correlation=0.8))
    unit = f"% of {PAIRS:,} pairs of {ROWS:,} rows"
    yield Record(
        name="promotion/equal_models_promoted",
        value=100 * equal / PAIRS,
        unit=unit,
        goal=Goal(of="value", at_most=6.4),
    )
    yield Record(
        name="promotion/two_points_better_promoted",
        value=100 * better / PAIRS,
        unit=unit,
        goal=Goal(of="value", at_least=80),
    )
    none = Goal(of="value", at_most=0)
    yield Record(name="promotion/identical_models_promoted", value=same, unit=f"of {PAIRS:,}", goal=none)
    yield Record(name="promotion/identical_models_without_a_number", value=not_numbers, unit=f"of {PAIRS:,}", goal=none)


def _is_promoted(label: np.ndarray, champion: np.ndarray, challenger: np.ndarray) -> bool:
    return not unmet_gates(GATE, {"auc_lift_p_value": auc_lift(label, champion, challenger).p_value})


def _races(home: Path) -> Iterator[Record]:
    found = race(home, promoters=PROMOTERS, rounds=RACES)
    yield Record(
        name="promotion/races_with_one_winner",
        value=sum(count == 1 for count in found.winners),
        unit=f"of {RACES} races of {PROMOTERS} processes",
        goal=Goal(of="value", at_least=RACES),
    )
    yield Record(
        name="promotion/pointer_empty_or_broken",
        value=found.unreadable,
        unit=f"of {found.looks:,} looks beside the races",
        goal=Goal(of="value", at_most=0),
    )
    store = store_at(home)
    wrong = len(problems(store)) + abs(len(store.ledger.entries("tiny")) - RACES - 1)
    yield Record(
        name="promotion/problems_of_the_raced_ledger",
        value=wrong,
        unit=f"in {RACES + 1} entries",
        goal=Goal(of="value", at_most=0),
    )


def _kills(folder: Path) -> Record:
    """Each moment in turn: nothing happened before the commit, everything after it, and the two agree."""
    moments = {folder / f"kill{number}": MOMENTS[number % len(MOMENTS)] for number in range(KILLS)}
    agree = 0
    for moment, (_, after, wrong) in zip(moments.values(), killed_promotions(moments), strict=True):
        agree += after == ("r1" if moment in MOMENTS[:2] else "r2") and not wrong
    return Record(
        name="promotion/killed_and_whole_after_the_next_start",
        value=agree,
        unit=f"of {KILLS} SIGKILLs at {len(MOMENTS)} moments",
        goal=Goal(of="value", at_least=KILLS),
    )


def _tampering(home: Path) -> Iterator[Record]:
    store = store_at(home)
    promoted(store, ENTRIES)
    trust, pointer, rows = trust_of(store.settings), store.pointer("tiny"), rows_of(store)
    assert pointer is not None
    found = [examined(changed, trust, use_case="tiny") for changed in tampered(rows)]
    caught = sum(bool(wrong) or pointer.sequence > len(entries) for entries, wrong in found)
    yield Record(
        name="promotion/edits_drops_and_swaps_found",
        value=100 * caught / len(found),
        unit=f"% of {len(found)} changes to {ENTRIES} entries",
        goal=Goal(of="value", at_least=100),
    )
    whole = store.ledger.entries("tiny")
    cut = [whole[:n] for n in range(1, ENTRIES)]
    yield Record(
        name="promotion/cut_ends_with_their_old_pointers_found",
        value=sum(bool(store.pointers.lost("tiny", kept, kept[-1].pointer)) for kept in cut),
        unit=f"of {len(cut)}, by what the home has seen",
        goal=Goal(of="value", at_least=len(cut)),
    )


def _history() -> Record:
    """Questions about a ledger of 200 entries against a calendar that is filled in entry by entry."""
    rng = np.random.default_rng(12)
    start = dt.datetime(2022, 12, 1, tzinfo=dt.UTC)
    minutes = np.sort(rng.choice(200_000, 200, replace=False)).tolist()
    entries = [
        Recorded(
            _entry(n, FIRST_DAY + dt.timedelta(days=int(rng.integers(0, 120))), start + dt.timedelta(minutes=at)), ""
        )
        for n, at in enumerate(minutes, start=1)
    ]
    right = 0
    for _ in range(QUESTIONS):
        day = FIRST_DAY + dt.timedelta(days=int(rng.integers(-5, 130)))
        known_by = start + dt.timedelta(minutes=int(rng.integers(-100, 201_000)))
        found = champion_at(entries, day, known_by=known_by)
        right += (None if found is None else found.entry.release_id) == _replayed(entries, known_by)[day]
    return Record(
        name="promotion/champion_at_answers_right",
        value=right,
        unit=f"of {QUESTIONS:,} questions",
        goal=Goal(of="value", at_least=QUESTIONS),
    )


def _replayed(entries: list[Recorded], known_by: dt.datetime) -> dict[dt.date, str | None]:
    """Calendar of champions: every entry known by then takes all days from its first on."""
    days = [FIRST_DAY + dt.timedelta(days=n) for n in range(-5, 131)]
    calendar = np.full(len(days), None, dtype=object)
    for entry in (each.entry for each in entries if each.entry.recorded_at <= known_by):
        calendar[(entry.effective_from - days[0]).days :] = entry.release_id
    return dict(zip(days, calendar.tolist(), strict=True))


def _entry(number: int, effective_from: dt.date, recorded_at: dt.datetime) -> LedgerEntry:
    return LedgerEntry(
        use_case="tiny", sequence=number, kind="promotion", release_id=f"r{number}", manifest_sha256=FIRST,
        model_sha256=FIRST, is_passed=True, unmet=(), recorded_by="nobody", reason="invented",
        effective_from=effective_from, recorded_at=recorded_at, previous_sha256=FIRST,
    )  # fmt: skip
