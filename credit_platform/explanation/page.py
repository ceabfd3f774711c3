"""A report as data, and its two renderings: one self-contained HTML page, or Markdown without pictures.

Any text of a table cell, fact, paragraph, item or caption of a table may carry marks (``marks.told``).
"""

import base64
import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from credit_platform.explanation.marks import in_html, in_markdown
from credit_platform.explanation.templating import rendered

Tone = Literal["plain", "good", "bad", "muted"]


@dataclass(frozen=True)
class Cell:
    """Text of a table cell and how it is toned; ``bar`` (0 to 1) draws a pale bar behind it."""

    text: str
    tone: Tone = "plain"
    bar: float | None = None


@dataclass(frozen=True)
class Table:
    """Header and rows of equal width; the first ``text_columns`` are aligned left, numbers right."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    text_columns: int = 1
    caption: str = ""


@dataclass(frozen=True)
class Picture:
    """PNG bytes and what they show, in words."""

    png: bytes
    caption: str

    @property
    def uri(self) -> str:
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")


@dataclass(frozen=True)
class Section:
    """One heading with paragraphs, list items, tables and pictures; ``is_folded`` hides it behind a click."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    is_folded: bool = False


@dataclass(frozen=True)
class Page:
    """A report: title, one line under it, a few key facts (name, value), sections."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def table(
    header: Sequence[str], rows: Sequence[Sequence[str | Cell]], *, text_columns: int = 1, caption: str = ""
) -> Table:
    """A table from plain texts or cells; ValueError names the first row of another width."""
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"table {list(header)}: row {number} has {len(row)} cells, expected {len(header)}")
    cells = tuple(tuple(c if isinstance(c, Cell) else Cell(c) for c in row) for row in rows)
    return Table(tuple(header), cells, text_columns, caption)


def percent(value: float | None, *, digits: int = 1) -> str:
    """A share as a percentage; a dash for None and nan."""
    return "–" if value is None or math.isnan(value) else f"{100 * value:.{digits}f}%"


def number(value: float | str | dt.date | None) -> str:
    """Up to four significant digits, thousands separated; text and dates as they are."""
    if isinstance(value, (str, dt.date)):
        return str(value)
    if value is None or math.isnan(value):
        return "–"
    if float(value).is_integer() or abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4g}"


def to_html(page: Page) -> str:
    """One HTML page with inline style and pictures as data URIs: no script, no address, no other file."""
    return in_html(rendered("report.html", page))


def to_markdown(page: Page) -> str:
    """The same content as Markdown; pictures become their captions."""
    lines = [f"# {page.title}", "", page.subtitle, ""]
    lines += [f"- **{name}**: {value}" for name, value in page.facts]
    for section in page.sections:
        lines += ["", f"## {section.title}", ""]
        lines += [line for text in section.paragraphs for line in (text, "")]
        lines += [f"- {item}" for item in section.items]
        for content in section.tables:
            lines += ["", *_markdown_table(content)]
        lines += [f"\n*Figure: {picture.caption}*" for picture in section.pictures]
    return in_markdown(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n")


def _markdown_table(content: Table) -> list[str]:
    marks = ["---" if i < content.text_columns else "---:" for i in range(len(content.header))]
    rows = [content.header, tuple(marks), *(tuple(_escaped(c.text) for c in row) for row in content.rows)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [*lines, "", content.caption] if content.caption else lines


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
