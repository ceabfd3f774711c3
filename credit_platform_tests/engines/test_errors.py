"""Errors of a warehouse say what was found, where, and what to do; none of them says the password."""

import json
import threading
import traceback
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from credit_platform.cli import main
from credit_platform.contracts.settings import Settings
from credit_platform.resources.engines import engine_for
from credit_platform.resources.engines.postgres import SESSION_OPTIONS, is_bytewise
from credit_platform.resources.warehouse import Replacement, Warehouse, WarehouseError
from credit_platform_tests.postgres import PASSWORD, Postgres

SECRET = "tr0ub4dor"


def at(url: str) -> Warehouse:
    return Warehouse(Settings(warehouse_url=SecretStr(url)))


def error_of(url: str, sql: str = "select 1 as one") -> str:
    with pytest.raises(WarehouseError) as caught:
        at(url).read("portfolio", sql)
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown and PASSWORD not in shown
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"mysql://user:{SECRET}@host/db", "has scheme 'mysql'; known are duckdb, postgresql"),
        (f"user:{SECRET}@host/db", "has no scheme"),
        (f"postgresql://user:{SECRET}@host:port/db", "it cannot be read"),
        (f"postgresql://user:a/{SECRET}@host/db", "it cannot be read"),
        (f"postgresql://user:{SECRET}@/db", "it names no HOST"),
        (f"postgresql://user:{SECRET}@host", "it names no DATABASE"),
        (f"postgresql://:{SECRET}@host/db", "it names no USER"),
        (
            f"postgresql://user:{SECRET}@host/db?password={SECRET}",
            "1 option(s) that are not known; known are host, sslmode",
        ),
        ("duckdb:///", "names no file"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(url: str, expected: str) -> None:
    assert expected in error_of(url)


def test_a_server_that_does_not_answer_is_named() -> None:
    told = error_of(f"postgresql://user:{SECRET}@127.0.0.1:1/lending")
    assert "cannot reach the warehouse, database 'lending' at 127.0.0.1:1 as user 'user'" in told
    assert "refused" in told and "Check that the server runs" in told


def test_a_wrong_password_is_told_without_it(postgres: Postgres) -> None:
    told = error_of(postgres.url("scratch", password=SECRET))
    assert "as user 'lender'" in told and "password authentication failed" in told


def test_settings_and_engines_do_not_show_the_password() -> None:
    settings = Settings(warehouse_url=SecretStr(f"postgresql://user:{SECRET}@host/db"))
    assert SECRET not in f"{settings!r} {settings} {Warehouse(settings)!r} {engine_for(settings, 'portfolio')!r}"


def test_a_missing_table_says_what_to_run(scratch: dict[str, Warehouse]) -> None:
    for warehouse in scratch.values():
        for table in ("portfolio_star.fct_loans", "pg_temp_none.t"):
            with pytest.raises(
                WarehouseError, match="Materialise what is upstream first.*credit-platform run portfolio"
            ):
                warehouse.read("portfolio", f"select * from {table}")


@pytest.fixture
def held(scratch: dict[str, Warehouse]) -> Replacement:
    """A part of a table that the first writer of a test is going to hold."""
    part = Replacement(("busy_raw", "t"), {"day": "bigint"}, pd.DataFrame({"day": [1]}), where={"day": 1})
    scratch["postgres"].write("busy", [part])
    return part


def test_a_second_writer_waits_no_longer_than_agreed_and_says_who_is_in_the_way(
    scratch: dict[str, Warehouse], held: Replacement, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = scratch["postgres"]
    assert SESSION_OPTIONS["lock_timeout"] == "60s"
    assert "lock_timeout=60s" in engine_for(warehouse.settings, "busy").dbt_environment["PGOPTIONS"]
    monkeypatch.setitem(SESSION_OPTIONS, "lock_timeout", "200ms")
    with warehouse.session("busy") as first, first.transaction():
        first.apply(held)
        with pytest.raises(WarehouseError) as caught:
            warehouse.write("busy", [held])
    told = str(caught.value)
    assert "database 'scratch' at" in told and "another session holds a table of 'busy' for more than 60 s" in told
    assert "lock timeout" in told and "If another credit-platform process runs, let it finish." in told
    assert PASSWORD not in told
    warehouse.write("busy", [held])
    assert warehouse.columns("busy", "select day from busy_raw.t") == {"day": [1]}


def test_a_second_writer_gets_its_turn_and_leaves_no_row_twice(
    scratch: dict[str, Warehouse], held: Replacement
) -> None:
    warehouse = scratch["postgres"]
    second = threading.Thread(target=warehouse.write, args=("busy", [held]))
    waiting = "select count(*) as n from pg_locks where not granted"
    with warehouse.session("busy") as first, first.transaction():
        first.apply(held)
        second.start()
        while not warehouse.columns("busy", waiting)["n"][0]:
            assert second.is_alive()
    second.join()
    assert warehouse.columns("busy", "select day from busy_raw.t") == {"day": [1]}


def test_a_missing_right_says_what_to_grant(postgres: Postgres) -> None:
    url = postgres.database("foreign_owner")
    postgres.run("alter database foreign_owner owner to postgres")
    with pytest.raises(WarehouseError) as caught:
        at(url).replace("portfolio", ("portfolio_raw", "t"), columns={"a": "bigint"}, rows=[])
    assert "permission denied for database foreign_owner" in str(caught.value)
    assert 'grant create on database "foreign_owner" to "lender"' in str(caught.value)


def test_a_database_of_another_encoding_is_refused(postgres: Postgres) -> None:
    told = error_of(
        postgres.database("latin", options="template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'")
    )
    assert "has encoding LATIN1" in told and "create database NAME template template0 encoding 'UTF8'" in told


@pytest.mark.parametrize(
    ("provider", "collation", "will_do"),
    [
        ("c", "C", True),
        ("c", "C.UTF-8", True),
        ("b", "PG_UNICODE_FAST", True),
        ("c", "en_US.UTF-8", False),
        ("i", "C", False),
    ],
)
def test_only_a_database_that_sorts_text_by_its_bytes_will_do(provider: str, collation: str, will_do: bool) -> None:
    assert is_bytewise(encoding="UTF8", provider=provider, collation=collation) is will_do


def test_a_type_that_frames_do_not_hold_is_named(postgres: Postgres, scratch: dict[str, Warehouse]) -> None:
    with pytest.raises(WarehouseError, match="column 'span' has Postgres type 1186"):
        scratch["postgres"].read("portfolio", "select interval '1 day' as span")


def test_the_doctor_says_whether_the_warehouse_answers(
    postgres: Postgres, scratch: dict[str, Warehouse], tmp_path: Path
) -> None:
    for password, exit_code in ((PASSWORD, 0), (SECRET, 1)):
        variables = {"CREDIT_PLATFORM_WAREHOUSE_URL": postgres.url("scratch", password=password)}
        variables["CREDIT_PLATFORM_HOME"] = str(tmp_path)
        found = CliRunner().invoke(main, ["doctor", "--json"], env=variables)
        lines = [check for check in json.loads(found.stdout)["checks"] if check["check"].startswith("warehouse ")]
        assert {line["ok"] for line in lines} == {exit_code == 0}
        assert all("database 'scratch' at" in line["found"] for line in lines) and password not in found.output
        assert found.exit_code == exit_code
