"""How much memory do a process and those it starts take at most?"""

from __future__ import annotations

import re
import resource
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MOST = re.compile(r"VmHWM:\s*(\d+) kB")
_NOW = re.compile(r"VmRSS:\s*(\d+) kB")
_EVERY = 0.05


@dataclass(kw_only=True, slots=True)
class Peak:
    """The most memory in MB.

    Args:
        own: of this process, since it began.
        child: of one process that it started.
        together: of all of them at one moment.
    """

    own: float = 0.0
    child: float = 0.0
    together: float = 0.0


@contextmanager
def peak_of_processes() -> Generator[Peak]:
    """Look at this process and those it starts meanwhile.

    `getrusage` would take a process that is just being started for a copy of this one.
    """
    peak, is_over = Peak(), threading.Event()

    def look() -> None:
        while not is_over.wait(_EVERY):
            sum_now = _megabytes("self", _NOW)
            for child in _children():
                sum_now += _megabytes(child, _NOW)
                peak.child = max(peak.child, _megabytes(child, _MOST))
            peak.together = max(peak.together, sum_now)

    watch = threading.Thread(target=look, daemon=True)
    watch.start()
    try:
        yield peak
    finally:
        is_over.set()
        watch.join()
        peak.own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        peak.together = max(peak.together, peak.own)


def _children() -> Iterator[str]:
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            yield from children.read_text().split()


def _megabytes(process: str, which: re.Pattern[str]) -> float:
    with suppress(OSError):
        if found := which.search(Path(f"/proc/{process}/status").read_text()):
            return int(found[1]) / 1024
    return 0.0


__all__ = ["Peak", "peak_of_processes"]
