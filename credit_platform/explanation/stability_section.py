"""How stable reasons are, on the page of explanations: measured, or how to have it measured."""

from collections.abc import Sequence

import numpy as np

from credit_platform.explanation.page import Section, number, percent, table

_TITLE = "Would other customers have given the same reasons?"
_NOT_MEASURED = (
    "Not measured for this candidate. With CREDIT_PLATFORM_REASON_REFITS=20 in the environment, explanations refits "
    "the served members on 20 samples of as many customers, drawn with replacement, and explains the same rows by "
    "each; that takes as long as training the served members 20 times."
)


def stability_section(measured: tuple[int, Sequence[float], Sequence[float]] | None) -> Section:
    """Of ``measured``: rows explained, and of each refit the share of rows with the same main reason, and the mean
    share of a row's adverse reasons, of at most four, that it gives as well."""
    if measured is None:
        return Section(_TITLE, (_NOT_MEASURED,))
    rows, same, overlap = measured
    text = (
        f"The served members were refitted on {len(same)} samples of as many customers, drawn with replacement, and "
        f"{number(rows)} rows of the test sample explained by each from the same reference. A reason that another "
        "sample would not have given says as much about the sample as about the customer."
    )
    told = (("same main reason, of rows", same), ("adverse reasons given again, of at most four", overlap))
    cells = [
        (what, *(percent(float(f(np.asarray(values)))) for f in (np.mean, np.min, np.max))) for what, values in told
    ]
    return Section(_TITLE, (text,), tables=(table(("over the refits", "mean", "least", "most"), cells),))
