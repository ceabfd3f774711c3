"""A page that needs nothing but itself."""

import html.parser
import re


def assert_self_contained(report: str) -> None:
    """Every tag is closed; nothing is loaded from anywhere."""
    opened: list[str] = []

    class Parser(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in ("meta", "img", "input"):
                opened.append(tag)
            for name, value in attrs:
                assert name not in ("action", "onclick")
                assert name != "href" or (value or "").startswith("#")
                assert name != "src" or (value or "").startswith("data:image/png;base64,iVBOR")

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            """A mark of a drawing closes itself."""

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Parser().feed(report)
    assert opened == []
    assert "http" not in re.sub(r"base64,[^\"]+", "", report)
    assert "<script" not in report
