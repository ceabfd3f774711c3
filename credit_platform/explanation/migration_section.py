"""The section of a promotion's effect: which units get another band than the champion in force gave them."""

from collections.abc import Mapping, Sequence

from credit_platform.explanation.marks import told
from credit_platform.explanation.page import Section, number, percent, table


def migration_section(
    champion: str, counts: Mapping[str, Sequence[int]], *, unmoved: float, far: float, median: float
) -> Section:
    """``counts`` maps a band of the champion to its rows by new band, in the order of its keys, best band first."""
    bands = [told(f"declared.bands[{i}]", name) for i, name in enumerate(counts)]
    rows = [
        (bands[i], *(told(f"migration.table[{i}][{j}]", number(count)) for j, count in enumerate(row)))
        for i, row in enumerate(counts.values())
    ]
    text = (
        f"On the test rows, {told('migration.unmoved', percent(unmoved))} keep the band that the odds of "
        f"{told('migration.champion', champion)} give them, {told('migration.far', percent(far))} move by two bands or "
        f"more, and the median score changes by {told('migration.median', f'{median:+.0f}')} points. Both are on the "
        "present scale, whatever scale the champion serves on."
    )
    return Section("Score migration", (text,), tables=(table(("was", *(f"is {band}" for band in bands)), rows),))


def unread_section(champion: str, features: Sequence[str]) -> Section:
    """The section where the champion reads features that are no longer built."""
    named = told("migration.unread", ", ".join(features))
    text = (
        f"Not measured: the champion {told('migration.champion', champion)} reads {named}, which the warehouse no "
        "longer builds."
    )
    return Section("Score migration", (text,))
