"""The section of a promotion's effect: which units get another band than the champion in force gave them."""

from collections.abc import Mapping, Sequence

from credit_platform.explanation.page import Section, number, percent, table


def migration_section(
    champion: str, counts: Mapping[str, Sequence[int]], *, unmoved: float, far: float, median: float
) -> Section:
    """``counts`` maps a band of the champion to its rows by new band, in the order of its keys, best band first."""
    rows = [(name, *(number(count) for count in row)) for name, row in counts.items()]
    text = (
        f"On the test rows, {percent(unmoved)} keep the band that {champion} gave them, {percent(far)} move by two "
        f"bands or more, and the median score changes by {median:+.0f} points. A score means the same odds in both."
    )
    return Section("Score migration", (text,), tables=(table(("was", *(f"is {name}" for name in counts)), rows),))


def unread_section(champion: str, features: Sequence[str]) -> Section:
    """The section where the champion reads features that are no longer built."""
    text = f"Not measured: the champion {champion} reads {', '.join(features)}, which the warehouse no longer builds."
    return Section("Score migration", (text,))
