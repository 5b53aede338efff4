"""What reading a file may cost, and how the reading process is held to it.

A small file may cost little. One that holds much may cost more, by what it really holds: a file
that only says so, or that unpacks to a multiple of itself, gets nothing for it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

try:
    import resource
except ImportError:  # not on Windows: there the parent's clock alone watches
    resource = None

MB = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What reading may cost.

    Args:
        memory: bytes of address space for a file of any kind.
        seconds: of processor time.
        patience: how many times as long each piece may take by the clock: a reader on a busy
            machine waits for its turn.
        most_memory, most_seconds: for the largest file there is.
        most_content: bytes that the parts of a workbook may have, unpacked.
        most_ratio: how many times as much a part may have as its packed form.
    """

    memory: int = 256 * MB
    seconds: float = 8
    patience: float = 5
    most_memory: int = 4096 * MB
    most_seconds: float = 900
    most_content: int = 4096 * MB
    most_ratio: int = 150


class Allowance:
    """What this process may cost by now."""

    def __init__(self, limits: Limits, tell: Callable[[float], None]) -> None:
        """Hold this process to the limits; `tell` is told the seconds when they grow."""
        self.limits = limits
        self._tell = tell
        if resource:
            # The hard limit stays above, so that a large file can be granted more.
            self._set("RLIMIT_AS", limits.memory, limits.most_memory)
            self._set("RLIMIT_CPU", round(limits.seconds), round(limits.most_seconds))
            self._set("RLIMIT_FSIZE", MB, MB)  # a reader writes nothing but why it ends
            self._set("RLIMIT_CORE", 0, 0)

    def grant(self, *, memory: int = 0, seconds: float = 0) -> None:
        """Allow more, for what a file was seen to hold.

        Args:
            memory: bytes beyond those of a small file.
            seconds: beyond those of a small file.
        """
        limits = self.limits
        if memory and resource:
            most = min(limits.memory + memory, limits.most_memory)
            self._set("RLIMIT_AS", most, limits.most_memory)
        if seconds:
            now = min(limits.seconds + seconds, limits.most_seconds)
            if resource:
                self._set("RLIMIT_CPU", round(now), round(limits.most_seconds))
            self._tell(now)

    @staticmethod
    def _set(name: str, soft: int, hard: int) -> None:
        assert resource
        which = getattr(resource, name)
        before = resource.getrlimit(which)[1]
        if before != resource.RLIM_INFINITY:
            hard = min(hard, before)
        with suppress(ValueError, OSError):  # a system without this limit
            resource.setrlimit(which, (min(soft, hard), hard))


_current: list[Allowance] = []


def begin(limits: Limits, tell: Callable[[float], None]) -> Allowance:
    """Hold this process to limits from now on."""
    _current[:] = [Allowance(limits, tell)]
    return _current[0]


def allowance() -> Allowance:
    """Return what this process may cost; in a process without limits, one that grants nothing."""
    return _current[0] if _current else _Free()


class _Free(Allowance):
    def __init__(self) -> None:
        self.limits = Limits()

    def grant(self, *, memory: int = 0, seconds: float = 0) -> None:
        """Grant nothing: nothing is limited."""


def end_with_parent() -> None:
    """Have the system end this process when the other end of its standard input is closed.

    The system does it: a reader that is busy outside Python would not notice.
    """
    try:
        import fcntl
        import os
        import select
    except ImportError:
        return
    if not hasattr(fcntl, "F_SETOWN"):
        return
    descriptor = sys.stdin.fileno()
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([descriptor], [], [], 0)[0]:
        sys.exit(1)  # it was closed before the system was asked


__all__ = ["MB", "Allowance", "Limits", "allowance", "begin", "end_with_parent"]
