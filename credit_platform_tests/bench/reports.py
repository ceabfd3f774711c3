"""``make bench ONLY=reports``: a profile of a million rows is a page as small and as quick to open as one of 20,000."""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, sync_playwright

from credit_platform.explanation.profile_report import profile_report
from credit_platform.statistics.profile import profile
from credit_platform_tests.bench.records import Goal, Record

FEW, MANY = 20_000, 1_000_000
NUMBERS, CATEGORIES = 34, 6
OPENED = 5
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Measured:
    """Seconds of one profile and its page; peak memory in GiB of its process before it, with the rows, and after."""

    seconds: float
    memory_of_rows: float
    peak_memory: float


def benchmarks() -> Iterator[Record]:
    with tempfile.TemporaryDirectory(prefix="bench-reports-") as folder:
        pages = {rows: Path(folder) / f"{rows}.html" for rows in (FEW, MANY)}
        measured = {rows: _in_own_process(rows, path) for rows, path in pages.items()}
        many, name = measured[MANY], f"{MANY}_rows_of_{NUMBERS + CATEGORIES}_columns"
        yield Record(name=f"reports/profile/{name}", value=many.seconds, unit="s", goal=Goal(of="value", at_most=180))
        yield Record(
            name=f"reports/profile/peak_memory_of_{name}",
            value=many.peak_memory,
            unit="GiB, the rows among them",
            peer="the process with its rows before the profile",
            ratio=many.memory_of_rows / many.peak_memory,
            goal=Goal(of="value", at_most=8),
        )
        sizes = {rows: path.stat().st_size for rows, path in pages.items()}
        yield Record(
            name=f"reports/profile/page_of_{MANY}_rows",
            value=sizes[MANY] / 1024,
            unit="KB",
            peer=f"the page of {FEW} rows",
            ratio=sizes[FEW] / sizes[MANY],
            goal=Goal(of="ratio", at_least=0.8),
        )
        opened = open_times(pages)
        yield Record(
            name=f"reports/profile/opening_{MANY}_rows",
            value=opened[MANY],
            unit="ms",
            peer=f"the page of {FEW} rows",
            ratio=opened[FEW] / opened[MANY],
            goal=Goal(of="ratio", at_least=0.5),
        )


def _in_own_process(rows: int, path: Path) -> Measured:
    """A process that has done nothing before: its peak memory is the profile's."""
    command = [sys.executable, "-m", __spec__.name, str(rows), str(path)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return Measured(**json.loads(told))


def measure(rows: int, path: Path) -> Measured:
    """Profile simulated rows and write their page, in this process."""
    frame, label, date = portfolio(rows)
    before, start = _peak_memory(), time.perf_counter()
    path.write_text(profile_report(profile(frame, label=label, date=date), title="Profile", subtitle=f"{rows:,} rows"))
    return Measured(time.perf_counter() - start, before, _peak_memory())


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def portfolio(rows: int) -> tuple[pd.DataFrame, np.ndarray, pd.Series]:
    """Skewed amounts, shares, counts and levels with gaps; labels that some of them predict; two years of days."""
    generator = np.random.default_rng(20221130)
    risk = generator.normal(size=rows)
    columns: dict[str, np.ndarray] = {}
    for i in range(NUMBERS):
        noise = generator.normal(size=rows) + risk * (i % 5) / 5
        columns[f"number_{i}"] = (np.exp(noise), noise, np.floor(np.abs(3 * noise)))[i % 3]
        if i % 4 == 0:
            columns[f"number_{i}"][generator.random(rows) < 0.02 * i] = np.nan
    for i in range(CATEGORIES):
        columns[f"category_{i}"] = np.array([f"level {j}" for j in range(4 + 8 * i)])[
            np.minimum(generator.geometric(0.3, rows), 4 + 8 * i) - 1
        ]
    label = (generator.random(rows) < 1 / (1 + np.exp(3 - risk))).astype(float)
    date = pd.Timestamp("2021-01-01") + pd.to_timedelta(pd.Series(generator.integers(0, 730, rows)), unit="D")
    return pd.DataFrame(columns), label, date


def open_times(pages: dict[int, Path]) -> dict[int, float]:
    """Median milliseconds until each page has loaded in a headless browser; the pages take turns."""
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError(f"no browser: none of {', '.join(_BROWSERS)} is on the PATH; install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        times = [{rows: _loaded(browser, page) for rows, page in pages.items()} for _ in range(OPENED + 1)][1:]
        browser.close()
    return {rows: float(np.median([each[rows] for each in times])) for rows in pages}


def _loaded(browser: Browser, path: Path) -> float:
    page = browser.new_page(viewport={"width": 1360, "height": 900})
    page.goto(path.as_uri())
    milliseconds: float = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    page.close()
    return milliseconds


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure(int(sys.argv[1]), Path(sys.argv[2])))) + "\n")
