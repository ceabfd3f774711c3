"""A model card with one number changed: how many of all the numbers that it tells are caught, and by their name."""

import html
import tempfile
from collections.abc import Iterator
from pathlib import Path

from credit_platform.builders.model_card import WrittenCard, recomputed_card, rendered_card, verify_card, written_card
from credit_platform.builders.pieces import RELEASE
from credit_platform.explanation.card_check import read_html, read_markdown
from credit_platform.explanation.reports import model_card
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.explanation.cards import changed_numbers, invented_card
from credit_platform_tests.graph.projects import Project
from credit_platform_tests.graph.sorter import small_project


def benchmarks() -> Iterator[Record]:
    """The card of a run against its stored predictions, and one of invented figures that has every section."""
    with tempfile.TemporaryDirectory() as folder:
        project = small_project(Path(folder) / "project")
        finished = project.run()
        if finished.exit_code:
            raise RuntimeError(f"the small portfolio did not run: {finished.stderr[-2000:]}")
        written, given = written_card(project.workbench, project.name), _recomputed(project)
    yield from _records("run", written, given)
    invented = WrittenCard(*model_card(invented_card()))
    yield from _records("every_section", invented, invented)


def _recomputed(project: Project) -> WrittenCard:
    document = project.workbench.load(project.name, RELEASE).document
    release = ReleaseStore(project.settings).load(
        project.name, document["release_id"], manifest_sha256=document["manifest_sha256"]
    )
    return rendered_card(recomputed_card(project.use_case, project.workbench, release))


def _records(name: str, written: WrittenCard, given: WrittenCard) -> Iterator[Record]:
    changes = [(text, WrittenCard(other, written.markdown)) for text, other in changed_numbers(written.html)]
    changes += [(text, WrittenCard(written.html, other)) for text, other in changed_numbers(written.markdown)]
    found = [(html.unescape(text), verify_card(changed, given)) for text, changed in changes]
    caught = sum(bool(breaches) for _, breaches in found)
    named = sum(any(repr(text) in said for said in breaches) for text, breaches in found)
    false_alarms = len(verify_card(written, given))
    unnamed = len(read_html(written.html).numbers_without_name) + len(
        read_markdown(written.markdown).numbers_without_name
    )
    all_of = Goal(of="value", at_least=1.0)
    none = Goal(of="value", at_most=0.0)
    unit = f"of {len(found)} changed numbers"
    yield Record(name=f"card/{name}/caught", value=caught / len(found), unit=unit, goal=all_of)
    yield Record(name=f"card/{name}/named", value=named / len(found), unit=unit, goal=all_of)
    yield Record(name=f"card/{name}/unchanged_refused", value=float(false_alarms), unit="sentences", goal=none)
    yield Record(name=f"card/{name}/numbers_without_name", value=float(unnamed), unit="numbers", goal=none)
