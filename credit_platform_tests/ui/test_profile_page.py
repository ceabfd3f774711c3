"""The profile in a browser: sorted and filtered without a script, no wider than the window, light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from credit_platform.explanation.profile_report import profile_report
from credit_platform.statistics.profile import profile

pytestmark = pytest.mark.browser

WIDE = ViewportSize(width=1360, height=900)
NARROW = ViewportSize(width=390, height=844)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = np.random.default_rng(3)
    label = (generator.random(2_000) < 0.2).astype(float)
    frame = pd.DataFrame(
        {
            "weak": generator.normal(size=2_000),
            "strong": generator.normal(size=2_000) + label,
            "kind": generator.choice(["a", "b"], 2_000),
        }
    )
    frame.loc[:700, "weak"] = np.nan
    date = pd.Timestamp("2022-01-01") + pd.to_timedelta(pd.Series(np.arange(2_000) // 10), unit="D")
    path = tmp_path_factory.mktemp("profile") / "profile.html"
    path.write_text(profile_report(profile(frame, label=label, date=date), title="A profile", subtitle="2,000 rows"))
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    opened = browser.new_page(viewport=WIDE)
    opened.goto(report.as_uri())
    yield opened
    opened.close()


def _shown(page: Page) -> list[str]:
    """Names of the visible cards as the eye meets them: from the top, then from the left."""
    cards = page.locator("article.card").all()
    boxes = [(card.bounding_box(), card.locator("h3").inner_text()) for card in cards]
    placed = [(round(box["y"]), round(box["x"]), name) for box, name in boxes if box is not None]
    return [name for _, _, name in sorted(placed)]


def test_columns_are_sorted_and_filtered_by_buttons_without_a_script(page: Page) -> None:
    assert _shown(page)[0] == "strong"
    page.get_by_text("missing", exact=True).first.click()
    assert _shown(page)[0] == "weak"
    page.get_by_text("name", exact=True).first.click()
    assert _shown(page) == ["kind", "strong", "weak"]
    page.locator("label", has_text="category").click()
    assert _shown(page) == ["kind"]
    expect(page.locator("aside a.sorted:visible")).to_have_count(1)
    assert page.locator("script").count() == 0


def test_the_page_is_never_wider_than_its_window_and_follows_light_and_dark(page: Page) -> None:
    papers = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        papers[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert papers["light"] == "rgb(253, 253, 251)"
    assert papers["dark"] == "rgb(20, 24, 28)"
    for window in (WIDE, NARROW):
        page.set_viewport_size(window)
        assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]


def test_the_numbers_of_a_column_open_with_a_click_and_its_name_leads_to_it(page: Page) -> None:
    page.locator("aside nav a", has_text="strong").click()
    card = page.locator("#c-strong")
    expect(card).to_be_in_viewport()
    card.locator("summary").click()
    expect(card.locator("th", has_text="WoE")).to_be_visible()
    rows = card.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert sum(int(text.replace(",", "")) for text in rows) == 2_000
