"""No unnoticed skip: with CREDIT_PLATFORM_FORBID_SKIPS set, a test may only be skipped for absent third-party data."""

import os

import pytest

VARIABLE = "CREDIT_PLATFORM_FORBID_SKIPS"
ALLOWED = "third-party data absent"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    detail = report.longrepr
    text = detail[2] if isinstance(detail, tuple) else str(detail)
    return text.removeprefix("Skipped: ")


class SkipGuard:
    """Collects skips whose reason is not allowed and fails the session for them; an expected failure is no skip."""

    def __init__(self) -> None:
        self.forbidden: list[str] = []

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail") and not _reason(report).startswith(ALLOWED):
            self.forbidden.append(f"{report.nodeid}: {_reason(report)}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.forbidden and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.forbidden:
            return
        terminalreporter.section(f"{len(self.forbidden)} forbidden skips ({VARIABLE} is set)", red=True)
        for line in self.forbidden:
            terminalreporter.line(line)
        terminalreporter.line(
            f"Install what these tests need (.ci/run does), or unset {VARIABLE}. "
            f"Only a reason that starts with {ALLOWED!r} may skip."
        )


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get(VARIABLE):
        config.pluginmanager.register(SkipGuard(), "skip-guard")
