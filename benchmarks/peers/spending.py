"""Count the seconds of processors an import takes: its own, of children, of its server."""

from __future__ import annotations

import resource
import time
from pathlib import Path


class Spending:
    """Counts from its making.

    Args:
        server: process of the database server that serves the import's only connection; 0: the
            database is a file.
    """

    def __init__(self, server: int = 0) -> None:
        self._server = server
        self._begun = (self._cpu(), time.perf_counter())

    def so_far(self) -> dict[str, float]:
        """Return the seconds of processors and of the clock."""
        return {
            "cpu": self._cpu() - self._begun[0],
            "elapsed": time.perf_counter() - self._begun[1],
        }

    def _cpu(self) -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = time.process_time() + children.ru_utime + children.ru_stime
        if not self._server:
            return own
        parts = Path(f"/proc/{self._server}/stat").read_text().rpartition(")")[2].split()
        return own + (int(parts[11]) + int(parts[12])) / 100


__all__ = ["Spending"]
