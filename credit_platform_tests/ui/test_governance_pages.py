"""The pages that a validator reads, in a browser: nothing is cut, nothing overflows, nothing comes from elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from credit_platform.explanation.lifecycle_page import PANELS, Contended, lifecycle_page
from credit_platform.explanation.reports import ReasonUsed, fairness_report, model_card
from credit_platform_tests.explanation.cards import invented_card

pytestmark = pytest.mark.browser

WIDE, NARROW = ViewportSize(width=1400, height=900), ViewportSize(width=390, height=844)
WORDINGS = (
    "How the lender funds this loan and its experience with such loans",
    "Amount is out of proportion to earlier loans",
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    reasons = tuple(ReasonUsed(f"CR{n:02}", wording, 0.5 / n, 0.3 / n) for n, wording in enumerate(WORDINGS, 1))
    card = invented_card()
    card = replace(card, reasons=replace(card.reasons, reasons=reasons))
    board = [
        Contended(name, dict.fromkeys(dict(PANELS), 0.8), dict.fromkeys(dict(PANELS), (0.7, 0.9)))
        for name in ("stacked", "logistic_regression")
    ]
    texts = {
        "lifecycle": lifecycle_page(card, board, segments={}, migration={"A": [7, 1], "B": [2, 9]}),
        "model_card": model_card(card)[0],
        "fairness": fairness_report(card.fairness, [], title="Fair", subtitle="1,000 rows"),
    }
    folder = tmp_path_factory.mktemp("governance")
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport=WIDE)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", ["lifecycle", "model_card", "fairness"])
def test_a_page_fits_its_window_and_asks_for_nothing_but_itself(page: Page, pages: dict[str, Path], name: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    for window in (WIDE, NARROW):
        page.set_viewport_size(window)
        assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
    widths = page.locator("img").evaluate_all("images => images.map((image) => image.naturalWidth)")
    assert all(width > 300 for width in widths)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.locator("script").count() == 0


def test_reasons_are_read_whole_on_the_page_of_a_release_and_its_links_lead_to_its_parts(
    page: Page, pages: dict[str, Path]
) -> None:
    page.goto(pages["lifecycle"].as_uri())
    for wording in WORDINGS:
        (label,) = page.locator("svg text.label", has_text=wording).all()
        box, card = label.bounding_box(), label.locator("xpath=ancestor::article").bounding_box()
        assert box is not None and card is not None
        assert card["x"] <= box["x"] and box["x"] + box["width"] <= card["x"] + card["width"]
    links = page.locator("aside nav a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert len(links) == 7
    assert all(page.locator(link).count() == 1 for link in links)
