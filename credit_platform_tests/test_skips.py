"""A skip cannot hide: with the variable set only absent third-party data excuses one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = {
    "allowed": "import pytest\ndef test_a(): pytest.skip('third-party data absent: /x')\ndef test_b(): assert True\n",
    "inside": "import pytest\ndef test_a(): pytest.skip('no browser')\ndef test_b(): assert True\n",
    "marked": "import pytest\n@pytest.mark.skipif(True, reason='slow')\ndef test_a(): pass\n",
    "module": "import pytest\npytest.importorskip('no_such_module_here')\ndef test_a(): pass\n",
    "xfail": "import pytest\n@pytest.mark.xfail\ndef test_a(): assert False\ndef test_b(): assert True\n",
}


def _run(
    folder: Path, project_root: Path, text: str, *, forbid: bool, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    (folder / "test_planted.py").write_text(text, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CREDIT_PLATFORM_", "PYTEST_"))}
    environment |= {"PYTHONPATH": str(project_root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    if forbid:
        environment["CREDIT_PLATFORM_FORBID_SKIPS"] = "1"
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "credit_platform_tests.skips",
            "-p",
            "no:cacheprovider",
            "-q",
            *options,
            ".",
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("case", "reason"), [("inside", "no browser"), ("marked", "slow"), ("module", "no_such")])
def test_a_skip_fails_the_session_and_is_named(project_root: Path, tmp_path: Path, case: str, reason: str) -> None:
    forbidden = _run(tmp_path, project_root, CASES[case], forbid=True)
    assert forbidden.returncode == 1
    assert "1 forbidden skips" in forbidden.stdout
    assert "test_planted.py" in forbidden.stdout and reason in forbidden.stdout


def test_a_skip_on_a_worker_fails_the_session_too(project_root: Path, tmp_path: Path) -> None:
    forbidden = _run(tmp_path, project_root, CASES["inside"], forbid=True, options=("-p", "xdist.plugin", "-n", "2"))
    assert forbidden.returncode == 1
    assert "1 forbidden skips" in forbidden.stdout and "no browser" in forbidden.stdout


@pytest.mark.parametrize("case", ["allowed", "xfail"])
def test_absent_third_party_data_and_expected_failures_are_excused(
    project_root: Path, tmp_path: Path, case: str
) -> None:
    run = _run(tmp_path, project_root, CASES[case], forbid=True)
    assert (run.returncode, "forbidden" in run.stdout) == (0, False)


def test_without_the_variable_any_skip_is_fine(project_root: Path, tmp_path: Path) -> None:
    assert _run(tmp_path, project_root, CASES["inside"], forbid=False).returncode == 0
