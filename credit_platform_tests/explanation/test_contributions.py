import numpy as np
import pytest
import xgboost

from credit_platform.explanation.contributions import contributions


@pytest.fixture(scope="module")
def forest() -> tuple[bytes, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(400, 3)).astype(np.float32)
    matrix[generator.random((400, 3)) < 0.1] = np.nan
    label = (np.nan_to_num(matrix[:, 0]) + generator.normal(size=400) > 0).astype(float)
    cells = xgboost.DMatrix(matrix, label)
    model = xgboost.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1}, cells, 10)
    return bytes(model.save_raw("ubj")), matrix, model.predict(cells, output_margin=True)


def test_base_and_contributions_add_up_to_the_margin(forest: tuple[bytes, np.ndarray, np.ndarray]) -> None:
    booster, matrix, margin = forest
    values, base = contributions(booster, matrix)
    assert values.shape == (400, 3)
    np.testing.assert_allclose(base + values.sum(axis=1), margin, atol=1e-4)
    assert np.abs(values).mean(axis=0).argmax() == 0


def test_one_row_is_the_same_as_in_bulk(forest: tuple[bytes, np.ndarray, np.ndarray]) -> None:
    booster, matrix, _ = forest
    np.testing.assert_array_equal(contributions(booster, matrix[7:8])[0], contributions(booster, matrix)[0][7:8])


def test_a_matrix_of_another_width_is_refused(forest: tuple[bytes, np.ndarray, np.ndarray]) -> None:
    booster, matrix, _ = forest
    with pytest.raises(ValueError, match=r"found shape \(400, 2\), expected \(n >= 1, 3\)"):
        contributions(booster, matrix[:, :2])
