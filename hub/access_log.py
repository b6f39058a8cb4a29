"""gunicorn's log in the hub's own form: one JSON line a request, its path without the query, under its trace id."""

from datetime import timedelta
from typing import Any

import structlog
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from hub.logs import configure_logging
from hub.trace import HEADER

_QUIET = ("/health/", "/metrics", "/static/")
_log = structlog.get_logger("hub.access")


class JsonLogger(Logger):  # type: ignore[misc]
    """Named in gunicorn.conf.py."""

    def setup(self, cfg: Any) -> None:
        """Let gunicorn's own lines pass through the hub's chain."""
        super().setup(cfg)
        configure_logging()
        for log in (self.error_log, self.access_log):
            log.handlers = []
            log.propagate = True
            log.setLevel("INFO")

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One finished request; what machines ask all day long is left out unless it failed."""
        path, status = str(req.path or ""), int(str(resp.status).split(" ", 1)[0])
        if path.startswith(_QUIET) and status < 400:
            return
        headers = {name.lower(): value for name, value in resp.headers}
        _log.info(
            "request",
            method=req.method,
            path=path,
            status=status,
            bytes=getattr(resp, "sent", 0),
            ms=round(request_time.total_seconds() * 1000, 1),
            trace_id=headers.get(HEADER.lower(), ""),
        )
