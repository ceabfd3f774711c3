"""The compose stack is coherent: no secret in it, no dangling mount or setting, and its Dagster instance starts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform.engine.journal.sqlite import SqliteJournal
from credit_platform.engine.journal.store import journal_store
from credit_platform.resources.warehouse import Warehouse
from credit_platform_tests.postgres import USER, running

SWITCH = "CREDIT_PLATFORM_WAREHOUSE_URL"


@pytest.fixture(scope="module")
def docker(project_root: Path) -> Path:
    return project_root / "docker"


@pytest.fixture(scope="module")
def compose(docker: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((docker / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def _environments(compose: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            yield name, variable, str(value)


def test_the_stack_has_the_promised_services(compose: dict[str, Any]) -> None:
    assert sorted(compose["services"]) == [
        "code-location",
        "daemon",
        "mlflow",
        "postgres",
        "redis",
        "scorer",
        "webserver",
    ]


def test_no_service_but_a_built_one_runs_without_a_health_check(compose: dict[str, Any]) -> None:
    unchecked = {name for name, service in compose["services"].items() if "healthcheck" not in service}
    assert unchecked == {"scorer"}, "the scorer's image carries its own"


def test_every_secret_is_required_and_none_has_a_default(compose: dict[str, Any], docker: Path) -> None:
    # The place of the trusted public keys is no secret.
    secret = re.compile(r"PASSWORD|KEY(?!S)|STORE_URI")
    named = [(name, variable, value) for name, variable, value in _environments(compose) if secret.search(variable)]
    assert len(named) >= 5
    assert [(name, variable) for name, variable, value in named if ":?" not in value] == []
    assert ":-" not in (docker / "compose.yaml").read_text(encoding="utf-8")


def test_the_example_environment_names_what_compose_requires_and_no_value(docker: Path) -> None:
    required = set(re.findall(r"\$\{(\w+):\?", (docker / "compose.yaml").read_text(encoding="utf-8")))
    lines = [line for line in (docker / ".env.example").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert {line.partition("=")[0] for line in lines} == required
    assert [line for line in lines if line.partition("=")[2]] == []


def test_the_warehouse_is_switched_by_one_commented_line(compose: dict[str, Any], docker: Path) -> None:
    """Without a value in docker/.env compose leaves the variable out, and every use case has its DuckDB file."""
    values = {name: value for name, variable, value in _environments(compose) if variable == SWITCH}
    assert values == dict.fromkeys(["code-location", "webserver", "daemon"], "None")
    offered = [line for line in (docker / ".env.example").read_text(encoding="utf-8").splitlines() if SWITCH in line]
    assert [line.partition("@")[0] for line in offered] == [
        f"# {SWITCH}=postgresql://credit_platform:${{CREDIT_PLATFORM_POSTGRES_PASSWORD}}"
    ]
    assert offered[0].endswith("@postgres:5432/warehouse")


def test_every_setting_that_a_container_gets_exists(compose: dict[str, Any], docker: Path) -> None:
    prefix = str(Settings.model_config["env_prefix"])
    images = "".join((docker / f"{image}.Dockerfile").read_text(encoding="utf-8") for image in ("platform", "scorer"))
    given = {variable for _, variable, _ in _environments(compose)} | set(re.findall(rf"({prefix}\w+)=", images))
    settings = {variable.removeprefix(prefix).lower() for variable in given if variable.startswith(prefix)}
    assert len(settings) >= 6
    assert sorted(settings - set(Settings.model_fields)) == []


def test_every_file_that_is_mounted_or_copied_exists(compose: dict[str, Any], docker: Path) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", ())]
    files = {mount.split(":")[0] for mount in mounts if mount.startswith("./")}
    assert len(files) == 3
    assert [name for name in files if not (docker / name).is_file()] == []
    for image in ("platform", "scorer"):
        text = (docker / f"{image}.Dockerfile").read_text(encoding="utf-8")
        sources = [word for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
        assert sources
        assert [source for source in sources if not (docker.parent / source).exists()] == []


def test_every_volume_that_is_used_is_declared(compose: dict[str, Any]) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", ())]
    named = {mount.split(":")[0] for mount in mounts if not mount.startswith((".", "/", "$"))}
    assert named == set(compose["volumes"])


def test_the_platform_reads_the_journal_that_the_scorer_writes(compose: dict[str, Any], docker: Path) -> None:
    """In a journal of its own no challenger ever decided."""
    seen = {}
    for name in ("scorer", "code-location", "webserver", "daemon"):
        service = compose["services"][name]
        url, key = (service["environment"][f"CREDIT_PLATFORM_JOURNAL_{of}"] for of in ("URL", "KEY"))
        store = journal_store(Settings(journal_url=SecretStr(url)))
        assert isinstance(store, SqliteJournal)
        folder = store.path.parent
        (mounted,) = [mount for mount in service["volumes"] if mount.split(":")[1:] == [str(folder)]]
        seen[name] = (store.path, key, mounted)
        image = service["build"]["dockerfile"]
        made = re.findall(r"install -d (?:.+)", (docker.parent / image).read_text(encoding="utf-8"))
        assert any(str(folder) in line.split() for line in made)
    assert len(set(seen.values())) == 1


def test_no_container_of_ours_runs_as_root(docker: Path) -> None:
    for image in ("platform", "scorer"):
        users = re.findall(r"^USER (\d+)", (docker / f"{image}.Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
        assert users == ["10001"]


def test_the_scorers_image_copies_only_the_scorers_layers(docker: Path) -> None:
    text = (docker / "scorer.Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY credit_platform/(\S+) ", text, re.MULTILINE)
    assert copied == ["__init__.py", "contracts", "engine", "scorer"]
    assert "platform.txt" not in text


@pytest.fixture
def instance(docker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """The stack's instance on a real Postgres; only its address and its folders differ."""
    config = yaml.safe_load((docker / "dagster.yaml").read_text(encoding="utf-8"))
    for store in ("compute_logs", "local_artifact_storage"):
        config[store]["config"]["base_dir"] = str(tmp_path / store)
    home = tmp_path / "home"
    home.mkdir()
    for name, value in {"HOST": "localhost", "USER": "postgres", "PASSWORD": "unused", "DB": "postgres"}.items():
        monkeypatch.setenv(f"DAGSTER_POSTGRES_{name}", value)
    with running() as server:
        config["storage"]["postgres"]["postgres_db"]["params"] = {"host": server.host}
        (home / "dagster.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        with DagsterInstance.from_config(str(home)) as started:
            yield started


def test_the_stacks_dagster_instance_keeps_runs_in_postgres_and_limits_pools(instance: DagsterInstance) -> None:
    run = create_run_for_test(instance, job_name="nightly", status=DagsterRunStatus.STARTED)
    instance.report_run_failed(run)
    assert type(instance.run_storage).__module__.startswith("dagster_postgres")
    assert type(instance.event_log_storage).__module__.startswith("dagster_postgres")
    assert [found.status for found in instance.get_runs()] == [DagsterRunStatus.FAILURE]
    limits = instance.get_concurrency_config()
    assert limits.pool_config.default_pool_limit == 1
    assert limits.run_queue_config is not None
    assert limits.run_queue_config.max_concurrent_runs == 2
    assert instance.run_monitoring_enabled
    assert instance.get_settings("run_monitoring")["free_slots_after_run_end_seconds"] == 60


def test_the_stacks_warehouse_database_is_one_that_the_platform_takes(docker: Path, tmp_path: Path) -> None:
    with running() as server:
        for statement in (docker / "postgres" / "create_databases.sql").read_text(encoding="utf-8").split(";")[:-1]:
            server.run(statement)
        server.run(f"alter database warehouse owner to {USER}")
        warehouse = Warehouse(Settings(warehouse_url=SecretStr(server.url("warehouse"))))
        columns, rows = {"a": "varchar"}, pd.DataFrame({"a": ["b", "A", "a"]})
        warehouse.replace("portfolio", ("portfolio_raw", "t"), columns=columns, rows=rows)
        assert warehouse.columns("portfolio", "select a from portfolio_raw.t order by a") == {"a": ["A", "a", "b"]}
