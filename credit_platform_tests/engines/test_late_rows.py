"""Late and corrected days end in the same raw tables on both engines."""

from pathlib import Path

from credit_platform.resources.warehouse import Warehouse
from credit_platform_tests.builders.deliveries import DAYS, Loaded, deliver

D2, D3, D4 = DAYS


def test_late_and_corrected_days_end_in_the_same_tables(scratch: dict[str, Warehouse], tmp_path: Path) -> None:
    tables = {}
    for engine, warehouse in scratch.items():
        loaded = Loaded(tmp_path / engine, warehouse)
        deliver(loaded.folder, D2, range(100, 160))
        deliver(loaded.folder, D3, range(200, 260), range(158, 160))
        deliver(loaded.folder, D4, range(300, 340), range(220, 260))
        loaded.history()
        assert not loaded.days(D4, D3)[D4].is_accepted
        loaded.days(D2)
        assert loaded.units(D3, "requests_set_aside") == [158, 159]
        deliver(loaded.folder, D3, range(200, 230), range(159, 160))
        loaded.days(D3)
        assert loaded.units(D3) == list(range(200, 230))
        tables[engine] = loaded.tables()
    assert tables["postgres"] == tables["duckdb"]
