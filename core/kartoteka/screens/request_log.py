"""Write one line of JSON for every request: who, by which way, what, how long, how it ended.

A line holds the path without its query and no form values, so no password, token or search term
of a person gets into the log.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, request

LOGGER = logging.getLogger("kartoteka.requests")


def install(app: Flask) -> None:
    """Time and log every request of an application."""
    app.before_request_funcs.setdefault(None, []).insert(0, _start)
    app.after_request(_finish)


def configure(level: str = "INFO") -> None:
    """Send all log lines of this process to stderr as JSON; for servers and commands."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # It logs the names people try to log in with; some type a password there.
    logging.getLogger("flask_appbuilder").setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "request", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _start() -> None:
    g.kartoteka_began = time.perf_counter()


def _finish(response: Response) -> Response:
    if not LOGGER.isEnabledFor(logging.INFO):
        return response
    began: float = g.get("kartoteka_began") or time.perf_counter()
    facts = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "user": _user_id(),
        "way": _way(),
        "address": request.remote_addr,
    }
    LOGGER.info("%(method)s %(path)s %(status)s", facts, extra={"request": facts})
    return response


def _user_id() -> int | None:
    """Return who was served, if that was found out; the log asks the database nothing."""
    actor = g.get("kartoteka_actor")
    return actor.user_id if actor is not None else None


def _way() -> str:
    actor = g.get("kartoteka_actor")
    if actor is not None:
        return actor.way
    return "api" if request.path.startswith("/api/") else "screen"
