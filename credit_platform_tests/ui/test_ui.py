"""What people see: the asset graph, an explanation report and the scorer's page, in a headless browser."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from credit_platform.builders.drift import DRIFT_CHECK
from credit_platform.builders.evidence import drift_evidence
from credit_platform.contracts.score import Reason
from credit_platform.contracts.settings import Settings
from credit_platform.explanation.explanation_report import Explained, explanation_report
from credit_platform.statistics.histograms import reference_histogram
from credit_platform.statistics.stability import DriftResult, drift_test
from credit_platform_tests.engine import tiny
from credit_platform_tests.ui.servers import dagster_webserver, scorer

pytestmark = pytest.mark.browser

SLOW = 60_000
"""Milliseconds that a page of Dagster may take on a busy machine."""
MODELS = ("decision_tree", "lightgbm", "logistic_regression", "random_forest", "xgboost")
DRIFT = dg.AssetKey(["credit_default", "monitoring", "drift"])
ENSEMBLES = ("stacked", "voting", "weighted_average")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    # Dagster draws only what is in sight, so the window holds the whole graph of the test.
    opened = browser.new_page(viewport={"width": 2400, "height": 2400})
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def found() -> DriftResult:
    generator = np.random.default_rng(6)
    return drift_test(reference_histogram(generator.normal(size=5_000)), generator.normal(1, 1, 400))


@pytest.fixture(scope="module")
def dagster(project_root: Path, tmp_path_factory: pytest.TempPathFactory, found: DriftResult) -> Iterator[str]:
    """Dagster's UI, whose drift check has been evaluated once."""
    evidence = drift_evidence({(dt.date(2022, 12, 1), "amount"): found})
    event = dg.AssetCheckEvaluation(
        asset_key=DRIFT,
        check_name=DRIFT_CHECK,
        passed=False,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={name: dg.MetadataValue.text(v) if isinstance(v, str) else v for name, v in evidence.items()},
    )
    with dagster_webserver(project_root, tmp_path_factory.mktemp("dagster"), events=[event]) as address:
        yield address


def test_the_asset_graph_shows_the_stages_and_assets_of_a_use_case(page: Page, dagster: str) -> None:
    stages = ("models", "ensemble")
    selection = " or ".join(f'group:"credit_default__{stage}"' for stage in stages)
    page.goto(f"{dagster}/asset-groups~{selection}")
    # Dagster greets the first visitor of an instance with a pop-up over the graph.
    page.get_by_text("Skip", exact=True).first.click(timeout=SLOW)
    for stage in stages:
        expect(page.get_by_text(f"credit_default__{stage}").first).to_be_visible(timeout=SLOW)
    page.keyboard.press("Alt+e")
    for name in (*MODELS, *ENSEMBLES):
        expect(page.get_by_text(name, exact=True).first).to_be_visible(timeout=SLOW)
    page.goto(f"{dagster}/automation")
    for automation in ("credit_default__nightly_schedule", "credit_default__drift_sensor"):
        expect(page.get_by_text(automation).first).to_be_visible(timeout=SLOW)


def test_a_check_shows_its_statistic_its_threshold_and_a_plot(page: Page, dagster: str, found: DriftResult) -> None:
    page.add_locator_handler(page.get_by_text("Skip", exact=True).first, lambda button: button.click())
    page.goto(f"{dagster}/assets/{'/'.join(DRIFT.path)}?view=checks&checkDetail={DRIFT_CHECK}")
    row = page.get_by_role("row")
    for name, value in (("statistic", found.psi), ("threshold", found.threshold)):
        shown = row.filter(has=page.get_by_text(name, exact=True)).first
        expect(shown).to_contain_text(f"{value:.6f}"[:7], timeout=SLOW)
    page.get_by_text("Show Markdown").first.click(timeout=SLOW)
    plot = page.locator("img[src^='data:image/png']").first
    expect(plot).to_be_visible(timeout=SLOW)
    assert plot.evaluate("image => image.naturalWidth") > 500


def test_the_explanation_report_shows_its_pictures_without_any_other_file(page: Page, tmp_path: Path) -> None:
    values = np.random.default_rng(5).normal(size=(200, 3))
    html = explanation_report(
        Explained(values, values, ("amount", "term", "lender"), -3.0, categories=("lender",)),
        title="Why",
        subtitle="200 units",
        reasons=[Reason(code="R1", wording="The loan", features=("amount", "term", "lender"))],
    )
    report = tmp_path / "explanations.html"
    report.write_text(html)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    widths = page.locator("img").evaluate_all("images => images.map((image) => image.naturalWidth)")
    assert len(widths) == 2
    assert min(widths) > 500
    assert page.get_by_role("row").filter(has_text="lender").first.get_by_text("by category").count() == 1
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_page_of_the_scorer_sends_a_request_and_asks_no_other_host(page: Page, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    tiny.trusted_in(tmp_path)
    root = Path(settings.releases.removeprefix("file://"))
    tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
    tiny.publish_states(settings)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with scorer(settings) as address:
        page.goto(f"{address}/docs")
        expect(page.get_by_text("/v1/tiny/predict")).to_be_visible()
        page.get_by_role("button", name="Send this request").first.click()
        expect(page.get_by_text("200 in ")).to_be_visible()
        expect(page.locator("pre").first).to_contain_text('"band"')
    assert [url for url in asked if not url.startswith(address)] == []
