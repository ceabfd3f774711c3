"""Every number of a model card has a name, and a card that says another number than was recomputed is refused."""

from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest

from credit_platform.explanation.card_check import (
    Told,
    html_breaches,
    markdown_breaches,
    read_html,
    read_markdown,
    without_names,
)
from credit_platform.explanation.marks import told
from credit_platform.explanation.reports import model_card
from credit_platform_tests.explanation.cards import changed_numbers, invented_card

Reading = tuple[int, Callable[[str], Told], Callable[[str, str], tuple[str, ...]]]


@pytest.fixture(params=[(0, read_html, html_breaches), (1, read_markdown, markdown_breaches)], ids=["html", "markdown"])
def reading(request: pytest.FixtureRequest) -> Reading:
    """A rendering by its place, and how it is read and compared."""
    found: Reading = request.param
    return found


def test_every_number_has_a_name_and_both_renderings_name_the_same(reading: Reading) -> None:
    place, read, _ = reading
    renderings = model_card(invented_card())
    found = read(renderings[place])
    assert found.numbers_without_name == ()
    assert len(found.values) > 80
    assert found.values == read_html(renderings[0]).values
    assert dict(found.values)["metrics.auc.estimate"] == "0.8123"


def test_each_changed_number_is_found_and_named(reading: Reading) -> None:
    place, read, breaches = reading
    # Its figure's bytes would be read again for each number.
    card = model_card(replace(invented_card(), pictures=()))[place]
    assert breaches(card, card) == ()
    names = {text: name for name, text in read(card).values}
    missed = [
        text
        for text, other in changed_numbers(card)
        if not any(repr(unescape(text)) in said for said in breaches(other, card))
    ]
    assert missed == []
    assert sum(1 for _ in changed_numbers(card)) >= len([text for text in names if any(c.isdigit() for c in text)])


def test_a_missing_value_a_changed_word_and_another_figure_are_found(reading: Reading) -> None:
    place, _, breaches = reading
    card = invented_card()
    written = model_card(card)[place]

    def of(**changes: object) -> tuple[str, ...]:
        return breaches(model_card(replace(card, **changes))[place], written)  # type: ignore[arg-type]

    assert of(members={})[0] == "where release.members.xgboost is due, the card tells metrics.level"
    (around,) = of(title="Another model")
    assert "Another model" in around and "the text around the numbers" in around
    drawn = replace(card.pictures[0], png=b"other")
    assert of(pictures=(drawn,)) == (("figure 1 is not the one that the stored predictions draw",), ())[place]
    assert breaches(written.replace("fails", "holds"), written)


def test_a_name_without_its_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"reference 'a b' is no dotted path"):
        told("a b", "1")


def test_viewers_that_show_comments_get_the_markdown_without_names() -> None:
    markdown = model_card(invented_card())[1]
    assert "<!--" in markdown
    shown = without_names(markdown)
    assert "<!--" not in shown and "| auc | 0.8123 | 0.7900 to 0.8300 | oot |" in shown
