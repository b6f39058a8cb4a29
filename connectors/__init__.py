"""The phone lines to GP systems; other rooms know connectors.port, connectors.tracing and connectors.faults only."""
