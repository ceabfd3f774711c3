"""The page of a release: panels of aggregates, the card with its names, nothing from anywhere else."""

import re
from dataclasses import replace

from credit_platform.explanation.card_check import read_html
from credit_platform.explanation.lifecycle_page import PANELS, Contended, lifecycle_page
from credit_platform.explanation.migration_section import unread_section
from credit_platform.explanation.page import Section
from credit_platform.explanation.reports import model_card
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.segment_calibration import SegmentCalibration
from credit_platform_tests.explanation.cards import invented_card
from credit_platform_tests.explanation.self_contained import assert_self_contained

WITH_CHAMPION = invented_card().migration


def _contended(name: str, value: float) -> Contended:
    return Contended(name, {n: value for n, _ in PANELS}, {n: (value - 0.1, None) for n, _ in PANELS})


def _segment(name: str, gap: float) -> SegmentCalibration:
    found = Interval(gap, gap - 0.01, gap + 0.01, 0.95, 200)
    return SegmentCalibration(
        segment=name,
        rows=100,
        bads=30,
        mean_probability=0.2,
        bad_rate=0.2 + gap,
        gap=found,
        expected_calibration_error=0.1,
    )


def _page(migration: dict[str, list[int]] | None, section: Section | None = WITH_CHAMPION) -> str:
    board = [_contended("stacked", 0.9), _contended("decision_tree", 0.7)]
    segments = {"country": (_segment("KE", 0.001), _segment("GH", 0.05))}
    card = replace(invented_card(), migration=section)
    return lifecycle_page(card, board, segments=segments, migration=migration)


def test_every_part_has_its_panels_and_the_card_keeps_the_names_of_its_numbers() -> None:
    page = _page({"A": [7, 1], "B": [2, 9]})
    assert_self_contained(page)
    titles = re.findall(r"<article class=\"card[^\"]*\">\s*<header><h3>([^<]+)", page)
    assert titles == [
        *(name.replace("_", " ") for name, _ in PANELS),
        "all test rows",
        "by country",
        "selection rows",
        "sex",
        "mean |contribution|",
        "main adverse reason",
        "bands",
    ]
    assert "2 of 9 that were A" not in page and "1 of 8 that were A" in page and "1 of 2 hold, and 1 more unmet" in page
    assert "stacked: 0.900 (0.800 to open)" in page
    named = dict(read_html(model_card(invented_card())[0]).values)
    told = dict(read_html(page).values)
    assert told == {name: named[name] for name in told}
    facts = {f"release.{name}" for name in ("release_id", "as_of", "features", "feature_set")}
    assert set(named) - set(told) == facts | {"declared.purpose", "declared.owners"}


def test_before_the_first_champion_the_page_says_so() -> None:
    assert "There was no champion to compare with" in _page(None, None)


def test_a_champion_that_could_not_be_asked_is_not_called_none() -> None:
    page = _page(None, unread_section("r-0", ["shoe_size"]))
    assert "There was no champion" not in page
    assert page.count("Not measured: the champion") == 2
