"""Where raw files come from, what they must look like, and what happens to the rows that do not."""

from credit_platform.sources.amending import corrections_to_edit, take_corrections
from credit_platform.sources.assembling import too_many_bad
from credit_platform.sources.batch import QUARANTINE_COLUMNS, Batch, empty_quarantine, empty_rows
from credit_platform.sources.corrections import correction_name
from credit_platform.sources.errors import SourceError
from credit_platform.sources.identity import before_sha256, contract_sha256, day_sha256s, once_sha256
from credit_platform.sources.landing import absent_files, find_layout, landing_folder, misnamed_files, source_of
from credit_platform.sources.reading import available_days, read_before, read_days, read_once
from credit_platform.sources.schema import contract_schema

__all__ = [
    "QUARANTINE_COLUMNS",
    "Batch",
    "SourceError",
    "absent_files",
    "available_days",
    "before_sha256",
    "contract_schema",
    "contract_sha256",
    "correction_name",
    "corrections_to_edit",
    "day_sha256s",
    "empty_quarantine",
    "empty_rows",
    "find_layout",
    "landing_folder",
    "misnamed_files",
    "once_sha256",
    "read_before",
    "read_days",
    "read_once",
    "source_of",
    "take_corrections",
    "too_many_bad",
]
