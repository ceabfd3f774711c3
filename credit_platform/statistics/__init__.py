"""Pure statistics: arrays and frames in, frozen records out; no files, no Dagster, no use case."""
