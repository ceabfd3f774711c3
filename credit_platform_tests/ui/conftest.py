"""One headless browser for every page that the tests look at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright


# Not longer than a module: as long as it lives, Playwright has an event loop running in this thread, where no test of
# another folder could start one of its own.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()
