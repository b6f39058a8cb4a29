"""How gunicorn serves the hub: threads, JSON logs, counters that add up over its workers, and no connection shared.

Every number can be set in the environment (docs/operations.md); what the command line says wins over this file.
"""

import contextlib
import ctypes
import gc
import os
import re
import sys
from pathlib import Path

from gunicorn.arbiter import Arbiter

bind = os.environ.get("HUB_BIND", "127.0.0.1:8080")
workers = int(os.environ.get("HUB_WEB_WORKERS", "2"))
worker_class = "gthread"
preload_app = True  # the hub is loaded once, and its workers share what it takes; new code wants a restart, not a HUP
threads = int(os.environ.get("HUB_WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
forwarded_allow_ips = os.environ.get("HUB_PROXY_ADDRESSES", "127.0.0.1")
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 16_380  # the audit token of GP Connect is one; what is longer gunicorn refuses by itself
logger_class = "hub.access_log.JsonLogger"
accesslog = "-"
errorlog = "-"

_ARENA_MAX = -8  # M_ARENA_MAX of <malloc.h>

# Before anything imports prometheus_client: it decides at its import where counters live.
_counters = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or Path(os.environ.get("HUB_DATA", "var"), "counters"))
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_counters)


def on_starting(server):
    """Sweep out the counters of processes that are gone; the job worker's, if it shares the folder, stay."""
    _counters.mkdir(parents=True, exist_ok=True)
    for file in _counters.glob("*.db"):
        process = re.search(r"_(\d+)\.db$", file.name)
        if process and not Path(f"/proc/{process[1]}").exists():
            file.unlink(missing_ok=True)


def pre_fork(server, worker):
    """What was loaded stays: a worker's garbage collector that looked through it would copy every page it looks at."""
    gc.collect()
    gc.freeze()


def post_fork(server, worker):
    """Each worker makes connections of its own: nothing may have been opened before the fork (tests/hub/test_serving.py
    looks). And glibc would give every thread a heap of its own, which Python's one-at-a-time threads have no use for:
    one saves some megabytes."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
    worker.log.info("web worker %s started", worker.pid)


def post_worker_init(worker):
    """In production nobody is served while the database lets the hub change its own ledger (docs/audit.md)."""
    refusal = worker.wsgi.extensions["hub_start_up"]()
    if refusal:
        worker.log.critical("the hub does not start: %s", refusal)
        sys.exit(Arbiter.APP_LOAD_ERROR)
