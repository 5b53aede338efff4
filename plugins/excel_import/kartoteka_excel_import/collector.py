"""Keep Python from looking for cycles while thousands of rows are worked on."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collector_waits() -> Generator[None]:
    """Look for cycles only afterwards: to walk through so many values takes a tenth of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


__all__ = ["collector_waits"]
