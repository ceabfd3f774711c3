"""The header of a file against the declared columns; their order in the file does not matter."""

from credit_platform.contracts.source import FileFormat, Source
from credit_platform.sources.errors import breach_text
from credit_platform.sources.records import is_unreadable, visible

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def header_refusal(fields: list[str], *, line: int, file: str, form: FileFormat, source: Source) -> str | None:
    """Why a file with this header cannot be read; None if it holds exactly the declared columns, each once.

    A column that is not required may have empty cells, but it must be there: a dropped column is not a null one.
    """
    expected = [column.name for column in source.expanded_columns]
    wanted = f"the header {form.delimiter.join(expected)}"
    for name in fields:
        if is_unreadable(name):
            shown = visible(name)
            told = breach_text(
                file, line=line, column=shown, rule="encoding", found=shown, expected=f"UTF-8 text, {wanted}"
            )
            return f"{told}; save the file as UTF-8, or declare its encoding under format:"
    problems = _problems(fields, expected)
    if not problems:
        return None
    advice = _other_delimiter(fields, expected, form) or (
        f"put the header right, or declare the columns of source {source.name!r} as they are"
    )
    return f"file {file} line {line} {'; '.join(problems)}; expected {wanted} (rule header); {advice}"


def _problems(fields: list[str], expected: list[str]) -> list[str]:
    repeated = sorted({name for name in fields if fields.count(name) > 1})
    return [
        *(f"column {name}: found no such column" for name in expected if name not in fields),
        *(f"column {name}: found {fields.count(name)} columns of this name" for name in repeated),
        *(f"column {name or '(no name)'}: found an undeclared column" for name in fields if name not in expected),
    ]


def _other_delimiter(fields: list[str], expected: list[str], form: FileFormat) -> str | None:
    """What to declare where the header, cut at another delimiter, holds more of the declared columns."""
    text, known = form.delimiter.join(fields), set(expected)
    hits = {mark: len(known & {cell.strip(form.quote) for cell in text.split(mark)}) for mark in DELIMITERS}
    best = max(hits, key=lambda mark: hits[mark])
    if best == form.delimiter or hits[best] <= len(known & set(fields)):
        return None
    return (
        f"its columns are separated by {DELIMITERS[best]}, expected {form.delimiter!r}: "
        f"write the file so, or declare format: {{delimiter: {best!r}}}"
    )
