"""The journal of decisions: sealed entries in a chain, on SQLite or Postgres; written, read, verified and erased."""
