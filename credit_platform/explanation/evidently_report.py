"""A day against the reference in the words of Evidently, for those who know that library; our alarms do not read it."""

from dataclasses import dataclass

import pandas as pd

from credit_platform.statistics.histograms import kind_of


@dataclass(frozen=True)
class EvidentlyReport:
    """Its own page (no other file, its scripts inside), and what its default tests say."""

    html: str
    drifted: int
    columns: int


def evidently_report(reference: pd.DataFrame, current: pd.DataFrame) -> EvidentlyReport:
    """Its data-drift preset over the columns of the reference (n, k) and a sample (m, k); dates are left out.

    Its default tests know neither clusters nor several columns at once, so it finds more drift than our drift table.
    """
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    kinds = {str(name): kind_of(reference[name]) for name in reference}
    numbers = [name for name, kind in kinds.items() if kind == "numeric"]
    categories = [name for name, kind in kinds.items() if kind == "category"]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
    samples = [
        Dataset.from_pandas(_typed(frame, numbers, categories), data_definition=definition)
        for frame in (current, reference)
    ]
    found = Report([DataDriftPreset()]).run(*samples)
    counted = next(m["value"] for m in found.dict()["metrics"] if m["metric_name"].startswith("DriftedColumnsCount"))
    return EvidentlyReport(found.get_html_str(as_iframe=False), int(counted["count"]), len(numbers) + len(categories))


def _typed(frame: pd.DataFrame, numbers: list[str], categories: list[str]) -> pd.DataFrame:
    """Plain floats and text: the library knows no nullable types."""
    text = frame[categories].astype(object).where(frame[categories].notna(), None)
    return pd.concat([frame[numbers].astype(float), text], axis=1)
