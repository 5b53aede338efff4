"""Keep the rows that a check holds back, however many there are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from kartoteka.api import as_system
from kartoteka_excel_import.checking.preview import HeldRow
from kartoteka_excel_import.models import ImportHeld, ImportRun

WHY = "what is decided about the rows of an import belongs to its run"
_PART = 1_000


class HeldRows:
    """Rows on their way from a check, which only reads, into the base: in a file, not in memory."""

    def __init__(self) -> None:
        self._file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115

    def __enter__(self) -> HeldRows:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._file.close()

    def add(self, row: HeldRow) -> None:
        """Put a row behind the others."""
        about = {
            "reason": row.reason, "clients": list(row.clients), "said": dict(row.said),
            "cells": [list(pair) for pair in row.cells],
        }  # fmt: skip
        self._file.write(json.dumps([row.row, about]) + "\n")

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        self._file.seek(0)
        for line in self._file:
            number, about = json.loads(line)
            yield number, about


def keep_held(session: Session, run: ImportRun, rows: HeldRows) -> None:
    """Keep the rows that a check held back in place of those of the last one.

    What was decided about a row stays, where the row says the same and may mean the same clients.
    """
    known: dict[tuple[int, bytes], tuple[str | None, int | None, int | None]] = {}
    asked = (
        select(
            ImportHeld.row, ImportHeld.about, ImportHeld.choice, ImportHeld.client_id,
            ImportHeld.together,
        )
        .where(ImportHeld.run_id == run.id, ImportHeld.choice.is_not(None))
        .execution_options(yield_per=_PART)
    )  # fmt: skip
    for number, about, choice, client_id, together in session.execute(asked):
        known[number, _told(about)] = (choice, client_id, together)
    some = iter(rows)
    with as_system(session, WHY):
        session.execute(delete(ImportHeld).where(ImportHeld.run_id == run.id))
        while found := list(islice(some, _PART)):
            session.execute(insert(ImportHeld), [_row(run.id, *one, known) for one in found])


def _row(
    run_id: int, number: int, about: dict[str, Any],
    known: Mapping[tuple[int, bytes], tuple[str | None, int | None, int | None]],
) -> dict[str, Any]:  # fmt: skip
    choice, client_id, together = known.get((number, _told(about)), (None, None, None))
    return {
        "run_id": run_id, "row": number, "about": about, "choice": choice, "client_id": client_id,
        "together": together,
    }  # fmt: skip


def _told(about: Mapping[str, Any]) -> bytes:
    plain = json.dumps([about["said"], about["clients"]], sort_keys=True)
    return hashlib.blake2b(plain.encode(), digest_size=16).digest()


__all__ = ["WHY", "HeldRows", "keep_held"]
