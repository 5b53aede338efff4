"""A worker in threads of a test."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from kartoteka.jobs.worker import Worker
from kartoteka.testing import Firm


@contextmanager
def working(firm: Firm) -> Generator[None]:
    """Run the jobs of a firm meanwhile."""
    stop, made = threading.Event(), Worker(firm.app, grace=0)
    thread = threading.Thread(target=made.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
