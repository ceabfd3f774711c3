"""The templates of the reports, parsed once."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def rendered(name: str, page: Any) -> str:
    """The template's HTML for a page: texts are escaped; drawings are marked safe, theirs were when they were drawn."""
    return _environment().get_template(name).render(page=page)


@cache
def _environment() -> "Environment":
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("credit_platform.explanation", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
