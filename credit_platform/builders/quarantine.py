"""What the quarantine of a use case holds, as a file to put right, and back through the files into the warehouse."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.raw_tables import history_table
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.tables import QUARANTINE, qualified, quoted
from credit_platform.resources.warehouse import Warehouse
from credit_platform.sources import (
    SourceError,
    correction_name,
    corrections_to_edit,
    landing_folder,
    source_of,
    take_corrections,
)


@dataclass(frozen=True, kw_only=True)
class BrokenRule:
    """One line of the quarantine: a record breaks a rule, and a record may break several."""

    source: str
    source_day: dt.date | None
    source_file: str
    source_line: int
    column_name: str
    rule: str
    found: str
    expected: str
    raw_text: str

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"source_day": None if self.source_day is None else self.source_day.isoformat()}


@dataclass(frozen=True)
class Taken:
    """Corrections that are in the landing folder now."""

    use_case: UseCase
    landing_file: str
    corrections: int
    is_changed: bool
    source: str
    day: dt.date | None


def broken_rules(
    settings: Settings, name: str, *, day: dt.date | None = None, source: str | None = None
) -> list[BrokenRule]:
    """The quarantine of a use case, by source, file and line; of one day or source where they are named."""
    use_case, warehouse = read_use_case(settings, name), Warehouse(settings)
    known = [table for each in use_case.sources for table in (each.name, *_history(use_case, each.name))]
    if source is not None and source not in known:
        raise ValueError(f"use case {name!r} has no source {source!r}; it has {', '.join(known)}")
    if not warehouse.has_table(name, use_case.raw_schema, "quarantine"):
        return []
    wanted = {"source_day": day, "source": source}
    terms = [(f"{quoted(column)} = ?", value) for column, value in wanted.items() if value is not None]
    condition = " and ".join(term for term, _ in terms) or "1 = 1"
    found = warehouse.columns(
        name,
        f"select {', '.join(QUARANTINE)} from {qualified(use_case.raw_schema, 'quarantine')} where {condition} "
        "order by source, source_day, source_file, source_line, column_name, rule",
        [value for _, value in terms],
    )
    return [BrokenRule(**dict(zip(found, row, strict=True))) for row in zip(*found.values(), strict=True)]


def export(settings: Settings, name: str, rules: Sequence[BrokenRule]) -> bytes:
    """The records that break these rules, one each, as a file to edit; all of them must be of one landing file."""
    use_case = read_use_case(settings, name)
    files = {rule.source_file.removeprefix(correction_name("")) for rule in rules}
    if len(files) != 1:
        raise SourceError(
            f"found broken rows of {', '.join(sorted(files)) or 'no file'}, expected those of one file, for each has "
            "a header of its own; name it with --source and --day"
        )
    records = {(rule.source_file, rule.source_line): rule.raw_text for rule in rules}
    broken = [(file, line, text) for (file, line), text in records.items()]
    return corrections_to_edit(use_case.sources, landing_folder(settings.landing, use_case), files.pop(), broken)


def take(settings: Settings, name: str, content: bytes, *, told: str) -> Taken:
    """Put edited corrections into the landing folder; the next load of their landing file reads them."""
    use_case = read_use_case(settings, name)
    folder = landing_folder(settings.landing, use_case)
    file, count, is_changed = take_corrections(use_case.sources, folder, content, told=told)
    found = source_of(use_case.sources, file)
    if found is None:
        raise SourceError(f"found no source with a file {file} in use case {name!r}; correct the first line of {told}")
    return Taken(use_case, file, count, is_changed, found[0].name, found[2])


def _history(use_case: UseCase, source: str) -> list[str]:
    return [history_table(use_case.source(source))] if use_case.requests.name == source else []
