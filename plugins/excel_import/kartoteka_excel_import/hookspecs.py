"""The hook this plugin offers to other plugins."""

# A specification only names its arguments; the docstring is the contract.
from __future__ import annotations

from collections.abc import Iterable

from kartoteka.api import hookspec
from kartoteka_excel_import.reading.shapes import Reader


@hookspec
def readers() -> Iterable[Reader]:  # pyright: ignore[reportReturnType]
    """Return further kinds of files that lists may come in; they are asked before our own.

    Each names a module with `recognises` and `open_book`, see `reading.book`.
    """
