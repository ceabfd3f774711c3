"""What becomes of a labelled frame."""

from pathlib import Path

import numpy as np
import pandas as pd

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.frames import units_of
from credit_platform.contracts.settings import Settings


def test_the_parts_of_one_decision_weigh_one_together(project_root: Path) -> None:
    use_case = read_use_case(Settings(project=project_root), "credit_default")
    assert use_case.unit.decision_key == "loan_id"
    frame = pd.DataFrame(
        {
            "label__key": ["a1", "b1", "a2", "c1"],
            "label__bad": [1, 0, 1, 0],
            "label__decision": ["a", "b", "a", "c"],
        }
    )
    assert units_of(use_case, frame).weight.tolist() == [0.5, 1.0, 0.5, 1.0]
    undeclared = units_of(use_case, frame.drop(columns="label__decision"))
    assert np.array_equal(undeclared.weight, np.ones(4))
