"""The challengers' own chain: as the champion's, nothing is written after entries that it has lost."""

import sqlite3
from pathlib import Path

import pytest

from credit_platform.contracts.challenger import Trial
from credit_platform.engine.errors import ReleaseError
from credit_platform.resources.challengers import Challengers
from credit_platform_tests.resources.governed import problems, promoted, publish, store_at


def test_a_chain_of_challengers_that_lost_its_end_is_refused_and_the_champions_is_whole(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    promoted(store, 1)
    publish(store, "r2", seed=2)
    challengers, trial = Challengers(store.settings), Trial(mode="shadow", share=10)
    first = challengers.challenge("tiny", "r2", trial=trial, reason="a look")
    second = challengers.withdraw("tiny", reason="seen")
    assert first is not None and second is not None
    assert (first.sequence, second.sequence, second.trial) == (1, 2, None)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("drop trigger promotion_ledger_no_delete")
        connection.execute("delete from promotion_ledger where use_case like 'tiny/%' and sequence = 2")
    connection.close()
    for act in (
        lambda: challengers.challenge("tiny", "r2", trial=trial, reason="again"),
        lambda: challengers.withdraw("tiny", reason="again"),
        lambda: challengers.pointer("tiny"),
    ):
        with pytest.raises(ReleaseError, match="ends with entry 1, the challenger pointer was made of entry 2"):
            act()
    assert problems(store) == []
