"""The header of a file against the declared columns; their order in the file does not matter."""

from credit_platform.contracts.source import Source
from credit_platform.sources.errors import breach_text
from credit_platform.sources.records import Record, is_unreadable, visible


def header_refusal(head: Record, *, file: str, source: Source) -> str | None:
    """Why a file with this header cannot be read; None if it holds exactly the declared columns, each once.

    A column that is not required may have empty cells, but it must be there: a dropped column is not a null one.
    """
    expected = [column.name for column in source.expanded_columns]
    advice = f"put the header right, or declare the columns of source {source.name!r} as they are"
    wanted = f"the header {','.join(expected)}"
    for name in head.fields:
        if is_unreadable(name):
            shown = visible(name)
            told = breach_text(
                file, line=head.start + 1, column=shown, rule="encoding", found=shown, expected=f"UTF-8 text, {wanted}"
            )
            return f"{told}; save the file as UTF-8"
    problems = _problems(head, expected)
    if not problems:
        return None
    return f"file {file} line {head.start + 1} {'; '.join(problems)}; expected {wanted} (rule header); {advice}"


def _problems(head: Record, expected: list[str]) -> list[str]:
    if head.problem:
        return [f"quoting: found {head.problem}"]
    fields = head.fields
    repeated = sorted({name for name in fields if fields.count(name) > 1})
    return [
        *(f"column {name}: found no such column" for name in expected if name not in fields),
        *(f"column {name}: found {fields.count(name)} columns of this name" for name in repeated),
        *(f"column {name or '(no name)'}: found an undeclared column" for name in fields if name not in expected),
    ]
