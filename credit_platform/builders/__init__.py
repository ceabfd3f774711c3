"""UseCase -> Dagster definitions, one file per stage of the graph."""
