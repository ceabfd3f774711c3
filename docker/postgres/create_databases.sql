-- Runs once, when the volume is empty. POSTGRES_DB is Dagster's own; MLflow keeps its tables apart.
create database mlflow;
-- For CREDIT_PLATFORM_WAREHOUSE_URL. Text sorts by its bytes, so that both engines build the same tables.
create database warehouse template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C';
-- For CREDIT_PLATFORM_LEDGER_URL: promotions are kept apart from what a warehouse can be built from again.
create database ledger;
