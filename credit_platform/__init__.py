"""One Dagster asset graph from raw CSV files to governed credit decisions."""
