"""The committed files of the portfolio without dates are the public table, every row once, bad coded as 1."""

from pathlib import Path

import pandas as pd
from sklearn.datasets import load_breast_cancer


def test_the_files_hold_every_row_of_the_public_table_once(project_root: Path) -> None:
    folder = project_root / "data" / "raw" / "risk_classifier"
    table = load_breast_cancer(as_frame=True)
    samples = pd.read_csv(folder / "samples.csv").set_index("sample_id")
    daily = [pd.read_csv(path).set_index("sample_id") for path in sorted(folder.glob("new_data_*.csv"))]
    assert [len(samples), *(len(day) for day in daily)] == [529, 20, 20]
    features = pd.concat([samples.drop(columns="target"), *daily]).sort_index()
    assert features.index.tolist() == [f"sample_{number:04d}" for number in range(1, 570)]
    assert features.columns.tolist() == [str(name).replace(" ", "_") for name in table.feature_names]
    assert (features.to_numpy() == table.data.to_numpy()).all()
    positions = samples.index.str.removeprefix("sample_").astype(int) - 1
    assert (samples["target"].to_numpy() == 1 - table.target.to_numpy()[positions]).all()
    assert samples["target"].sum() == 197
