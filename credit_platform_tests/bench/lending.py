"""The lending files of the landing root as one sample of every column, those from after the outcome included: what
matters here is the values that they hold (2 to 23,000,000 in the published ones), not what may be known when."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from credit_platform.contracts.settings import Settings
from credit_platform.modelling.encoding import encode, fit_features
from credit_platform.modelling.sample import Sample

USE_CASE = "credit_default"
LEFT_OUT = ("ID", "customer_id", "tbl_loan_id", "disbursement_date", "due_date", "target")


def lending_frame() -> pd.DataFrame:
    """The labelled rows as the file has them, numbers as float64."""
    return pd.read_csv(Path(Settings().landing) / USE_CASE / "loans.csv", dtype={"lender_id": str})


@cache
def lending() -> tuple[str, Sample]:
    """What the rows are, in words, and the labelled rows."""
    frame = lending_frame()
    label = frame["target"].to_numpy(dtype=np.int8)
    features = fit_features(frame, tuple(name for name in frame if name not in LEFT_OUT), label)
    sample = Sample(
        key=np.arange(len(frame)),
        label=label,
        weight=np.ones(len(frame)),
        matrix=encode(frame, features),
        features=features,
    )
    return ("simulated rows" if Settings().has_default_landing else "published rows"), sample
