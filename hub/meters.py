"""What is counted and timed: requests, calls to hosts, jobs. hub/metrics.py shows it; no label ever holds a person."""

import os
from pathlib import Path

from prometheus_client import Counter, Histogram

from connectors.guard import CallSeen

if _folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(_folder).mkdir(parents=True, exist_ok=True)  # whichever process comes first

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Histogram("hub_request_seconds", "Requests by endpoint", ["endpoint", "method", "status"], buckets=_SECONDS)
HOST_CALLS = Counter("hub_host_calls", "Calls to GP systems and to tracing", ["host", "call", "outcome"])
HOST_SECONDS = Histogram("hub_host_call_seconds", "How long such calls took", ["call"], buckets=_SECONDS)
JOBS = Histogram("hub_job_seconds", "Jobs by task", ["task", "outcome"], buckets=(*_SECONDS, 30.0, 60.0))
SEALED = Counter("hub_ledger_sealed", "Events of the ledger that this process sealed")


def observe_host_call(seen: CallSeen) -> None:
    """What connectors.guard.Guard reports to."""
    HOST_CALLS.labels(seen.host, seen.method, seen.outcome).inc()
    HOST_SECONDS.labels(seen.method).observe(seen.seconds)
