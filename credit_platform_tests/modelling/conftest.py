"""Small seeded samples that every modelling test shares."""

import numpy as np
import pytest

from credit_platform.contracts.release import Feature
from credit_platform.modelling.sample import Matrix, Sample

ROWS, COLUMNS = 1500, 6


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Column 0 is missing in 30% of rows (and riskier there), 4 is large whole numbers with zeros, 3 a coded category;
    columns 1 to 4 are never missing, column 5 is in 5%."""
    generator = np.random.default_rng(11)
    matrix = generator.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    matrix[:, 3] = generator.integers(0, 5, ROWS)
    matrix[:, 4] = np.round(np.maximum(matrix[:, 4], 0) * 1e6)
    matrix[generator.random(ROWS) < 0.3, 0] = np.nan
    matrix[generator.random(ROWS) < 0.05, 5] = np.nan
    log_odds = -2.2 + np.nan_to_num(matrix[:, 0], nan=1.5) + 0.5 * matrix[:, 1] * matrix[:, 2] + 0.4 * matrix[:, 3]
    entity = np.array([f"e{number}" for number in generator.integers(0, 500, ROWS)])
    decided = np.datetime64("2022-01-01") + generator.integers(0, 365, ROWS).astype("timedelta64[D]")
    return Sample(
        key=np.array([f"k{number}" for number in range(ROWS)]),
        label=(generator.random(ROWS) < 1 / (1 + np.exp(-log_odds))).astype(np.int8),
        weight=generator.uniform(0.5, 2.0, ROWS),
        entity=entity,
        decided=decided,
        final=decided + generator.integers(5, 40, ROWS).astype("timedelta64[D]"),
        matrix=matrix,
        features=tuple(Feature(name=f"f{number}", kind="numeric") for number in range(COLUMNS)),
    )


@pytest.fixture(scope="session")
def blanked(sample: Sample) -> Matrix:
    """The matrix with 20% of all cells missing, never-missing columns included."""
    holes = np.random.default_rng(12).random(sample.matrix.shape) < 0.2
    return np.where(holes, np.float32(np.nan), sample.matrix)
