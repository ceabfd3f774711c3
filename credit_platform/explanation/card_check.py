"""Whether a written model card says what the stored predictions give, number by number, in either rendering."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from itertools import zip_longest

_IN_MARKDOWN = re.compile(r"<!--([a-z][\w.\[\]-]*)-->(.*?)<!--/-->", re.DOTALL)
_SHOWN = 60
_HIDDEN = frozenset({"style", "script"})
_TOLD_BY_ATTRIBUTE = ("alt", "style")


@dataclass(frozen=True)
class Told:
    """What a card says: its named values in order, its text with the names in their place, digests of its pictures."""

    values: tuple[tuple[str, str], ...]
    around: str
    pictures: tuple[str, ...] = ()

    @property
    def numbers_without_name(self) -> tuple[str, ...]:
        """Words outside the named values that hold a digit: there should be none."""
        outside = re.sub(r"\{[^}]*\}", " ", self.around)
        return tuple(word for word in outside.split() if re.search(r"\d", word))


def html_breaches(written: str, recomputed: str) -> tuple[str, ...]:
    """A sentence for everything that a written page says otherwise than the recomputed one; none: it may be used."""
    return _breaches(written, recomputed, read_html)


def markdown_breaches(written: str, recomputed: str) -> tuple[str, ...]:
    """As html_breaches, for the card as Markdown."""
    return _breaches(written, recomputed, read_markdown)


def read_markdown(text: str) -> Told:
    """The named values of a card as Markdown."""
    return Told(tuple(_IN_MARKDOWN.findall(text)), _words(_IN_MARKDOWN.sub(r"{\1}", text)))


@lru_cache(maxsize=2)
def read_html(text: str) -> Told:
    """The named values of a card as HTML. The last two are kept: what others are compared with is read once."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return Told(tuple(reader.values), _words("".join(reader.around)), tuple(reader.pictures))


def without_names(markdown: str) -> str:
    """The Markdown as a reader sees it, for viewers that show comments."""
    return _IN_MARKDOWN.sub(r"\2", markdown)


class _Reader(HTMLParser):
    """Text of a page in order; a named value is kept apart and leaves its name in braces."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.values: list[tuple[str, str]] = []
        self.around: list[str] = []
        self.pictures: list[str] = []
        self._name: str | None = None
        self._value = ""
        self._is_hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self._is_hidden = self._is_hidden or tag in _HIDDEN
        if name := held.get("data-ref"):
            self._name, self._value = name, ""
            self.around.append(f" {{{name}}} ")
        if tag == "img":
            self.pictures.append(hashlib.sha256((held.get("src") or "").encode()).hexdigest())
        self.around += [f" {{{held[name]}}} " for name in _TOLD_BY_ATTRIBUTE if held.get(name)]

    def handle_endtag(self, tag: str) -> None:
        self._is_hidden = self._is_hidden and tag not in _HIDDEN
        if tag == "span" and self._name is not None:
            self.values.append((self._name, self._value))
            self._name = None

    def handle_data(self, data: str) -> None:
        if self._name is not None:
            self._value += data
        elif not self._is_hidden:
            self.around.append(data)


def _breaches(written: str, recomputed: str, read: Callable[[str], Told]) -> tuple[str, ...]:
    if written == recomputed:
        return ()
    found, expected = read(written), read(recomputed)
    out = [*_values(found, expected), *_around(found, expected), *_pictures(found, expected)]
    return tuple(out) or ("the card differs from the recomputed one in its markup; write it again",)


def _values(found: Told, expected: Told) -> Iterator[str]:
    for said, given in zip_longest(found.values, expected.values):
        if said == given:
            continue
        if said is None or given is None or said[0] != given[0]:
            names = [None if each is None else each[0] for each in (said, given)]
            yield f"where {names[1] or 'nothing more'} is due, the card tells {names[0] or 'nothing more'}"
            return
        yield f"{said[0]}: the card says {said[1]!r}, the stored predictions give {given[1]!r}"


def _around(found: Told, expected: Told) -> Iterator[str]:
    if found.around != expected.around:
        at = next(
            (i for i, pair in enumerate(zip(found.around, expected.around, strict=False)) if len(set(pair)) > 1), 0
        )
        start = max(0, at - _SHOWN // 2)
        said, given = (each.around[start : start + _SHOWN] for each in (found, expected))
        yield f"the text around the numbers: the card says {said!r}, expected {given!r}"


def _pictures(found: Told, expected: Told) -> Iterator[str]:
    for place, (drawn, given) in enumerate(zip_longest(found.pictures, expected.pictures), 1):
        if drawn != given:
            yield f"figure {place} is not the one that the stored predictions draw"


def _words(text: str) -> str:
    return " ".join(text.split())
