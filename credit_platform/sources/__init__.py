"""Where raw files come from, what they must look like, and what happens to the rows that do not."""

from credit_platform.sources.batch import QUARANTINE_COLUMNS, Batch, empty_quarantine, empty_rows
from credit_platform.sources.errors import SourceError
from credit_platform.sources.landing import find_layout, landing_folder, misnamed_files
from credit_platform.sources.reading import available_days, read_before, read_days, read_once
from credit_platform.sources.repeats import unique_columns, without_repeats
from credit_platform.sources.schema import contract_schema

__all__ = [
    "QUARANTINE_COLUMNS",
    "Batch",
    "SourceError",
    "available_days",
    "contract_schema",
    "empty_quarantine",
    "empty_rows",
    "find_layout",
    "landing_folder",
    "misnamed_files",
    "read_before",
    "read_days",
    "read_once",
    "unique_columns",
    "without_repeats",
]
