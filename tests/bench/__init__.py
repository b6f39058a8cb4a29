"""`make bench`: how fast the hub is beside a bare Flask + psycopg route that runs the same SQL (docs/benchmarks.md)."""
