"""The profile of a whole table."""

import pandas as pd
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import labels, same_length
from credit_platform.statistics.profile.associations import associations
from credit_platform.statistics.profile.columns import column_profile, months_of
from credit_platform.statistics.profile.missing import missingness
from credit_platform.statistics.profile.rates import rates
from credit_platform.statistics.profile.repeats import repeats
from credit_platform.statistics.profile.types import TableProfile


def profile(
    frame: pd.DataFrame, *, label: ArrayLike | None = None, date: pd.Series | None = None, bins: int = 10
) -> TableProfile:
    """Profile a frame (n, k); ``label`` (n,) adds bad rates and information values, ``date`` (n,) monthly trends.

    The result's size depends on the columns and months alone, never on the rows. Leave out entity keys: repeated ones
    are not recognised as identifiers. ValueError for a frame without rows.
    """
    if frame.empty:
        raise ValueError(f"profile: found {len(frame)} rows and {frame.shape[1]} columns, expected some")
    y = None if label is None else labels(label)
    if y is not None:
        same_length(frame=frame.index.to_numpy(), label=y)
    months = months_of(date)
    columns = tuple(column_profile(str(name), frame[name], y, months, bins=bins) for name in frame)
    return TableProfile(
        rows=len(frame),
        bads=None if y is None else int(y.sum()),
        columns=columns,
        months=() if months is None else rates(months.codes, y, months.names),
        associations=associations(frame, {c.name: c.kind for c in columns if c.bins and not c.is_constant}),
        missingness=missingness(frame, y),
        repeats=repeats(frame),
    )
