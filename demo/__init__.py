"""What `./run` adds round the hub: a supervisor, an embedded PostgreSQL, synthetic data and a demo sign-in."""
