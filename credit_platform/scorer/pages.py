"""The documentation page for people: one file with its style and script, so it needs no other host."""

from functools import cache
from importlib import resources

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)


@cache
def _page() -> str:
    return resources.files("credit_platform.scorer").joinpath("templates", "docs.html").read_text("utf-8")


@router.get("/docs")
def docs() -> HTMLResponse:
    """Reads /openapi.json in the browser and lets a reader send requests."""
    return HTMLResponse(_page())
