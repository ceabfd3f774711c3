"""A small invented contract and files for it: every test breaks exactly what it is about."""

from pathlib import Path

from credit_platform.contracts.source import Column, FileLayout, RowRule, Source

HEADER = "ID,amount,opened,due,term,kind,note"
COLUMNS = tuple(
    Column.model_validate(declared)
    for declared in (
        {"name": "ID", "as": "loan_id", "type": "text", "unique": True},
        {"name": "amount", "type": "decimal", "above": 0},
        {"name": "opened", "type": "date"},
        {"name": "due", "as": "due_on", "type": "date"},
        {"name": "term", "as": "term_days", "type": "integer", "minimum": 0, "maximum": 400},
        {"name": "kind", "type": "text", "allowed": ("new", "repeat")},
        {"name": "note", "type": "text", "required": False},
    )
)
RULE = RowRule(name="due_not_before_opened", expression="due_on >= opened", columns=("opened", "due_on"))
ONCE = Source(name="book", role="history", layouts=(FileLayout(path="book.csv"),), columns=COLUMNS, rules=(RULE,))
DAILY = Source(
    name="requests",
    role="requests",
    cadence="daily",
    layouts=(FileLayout(path="new_{day}.csv"), FileLayout(path="all.csv", cut_by="opened")),
    columns=COLUMNS,
    rules=(RULE,),
    day_column="opened",
)


def row(number: int, **changes: str) -> str:
    """A good row with an id of its own; keywords replace cells by header."""
    cells = {
        "ID": f"{number:06d}", "amount": "100.5", "opened": "2022-12-03", "due": "2022-12-10", "term": "7",
        "kind": "new", "note": "",
    }  # fmt: skip
    return ",".join((cells | changes).values())


def rows(count: int, *, start: int = 0, **changes: str) -> list[str]:
    """Good rows with consecutive ids."""
    return [row(number, **changes) for number in range(start, start + count)]


def write(folder: Path, name: str, lines: list[str], *, header: str | None = HEADER) -> Path:
    """A file with LF line ends; line 1 is the header, ``lines[0]`` is line 2."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in [*([header] if header is not None else []), *lines]))
    return path
