"""The DuckDB engine behind matching: the only place that imports duckdb (with `bench/`)."""
