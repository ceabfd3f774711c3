"""The REST scorer: champion releases served over HTTP; it holds no Dagster, MLflow or scikit-learn."""
