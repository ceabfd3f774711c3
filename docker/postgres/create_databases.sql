-- Runs once, when the volume is empty. POSTGRES_DB is Dagster's own; MLflow keeps its tables apart.
create database mlflow;
