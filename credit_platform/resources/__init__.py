"""Adapters: the only place that knows how the warehouse, dbt, MLflow, releases and Dagster's instance are reached."""
