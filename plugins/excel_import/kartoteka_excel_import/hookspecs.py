"""The hooks this plugin offers to other plugins."""

# A specification only names its arguments; the docstring is the contract.
from __future__ import annotations

from collections.abc import Iterable

from kartoteka.api import hookspec
from kartoteka_excel_import.reading.shapes import Reader
from kartoteka_excel_import.workbooks.lists import ClientList


@hookspec
def readers() -> Iterable[Reader]:  # pyright: ignore[reportReturnType]
    """Return further kinds of files that lists may come in; they are asked before our own.

    Each names a module with `recognises` and `open_book`, see `reading.book`.
    """


@hookspec
def templates() -> Iterable[ClientList]:  # pyright: ignore[reportReturnType]
    """Return ready workbooks that a business fills in besides those made from its fields.

    One is made by itself for each kind of client, and for each value of a choice that steps of
    fields hang on (`Field.step_for`). What is returned here with one of their codes replaces it.
    """
