"""Know where an import stands: which steps of the wizard are done, which may be gone back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from kartoteka.api import _
from kartoteka_excel_import.models import ImportRun

_STEPS: Sequence[tuple[str, Any]] = (
    ("index", _("File")),
    ("table", _("Table")),
    ("columns", _("Columns")),
    ("options", _("Settings")),
    ("check", _("Check")),
    ("show", _("Result")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of the wizard; without an address it can not be gone to from here."""

    number: int
    title: Any
    address: str
    is_here: bool
    is_done: bool


def steps_of(run: ImportRun | None, here: str) -> list[Step]:
    """Return the steps as they stand for an import; None: one that has not begun."""
    codes = [code for code, _title in _STEPS]
    at = codes.index(here)
    reached = 0 if run is None else codes.index(reached_by(run))
    found: list[Step] = []
    for place, (code, title) in enumerate(_STEPS):
        address = ""
        is_near = place < at or place <= reached
        if run is not None and place not in (0, at) and is_open(run) and is_near:
            address = url_for(f"ImportView.{code}", pk=run.id)
        found.append(
            Step(number=place + 1, title=title, address=address, is_here=place == at,
                 is_done=place < at)
        )  # fmt: skip
    return found


def is_open(run: ImportRun) -> bool:
    """Say whether everything can still be chosen otherwise: no row was written yet."""
    if run.state in {"uploaded", "checked"}:
        return True
    return run.state in {"failed", "cancelled"} and not run.rows_done and not run.batch


def may_go_on(run: ImportRun) -> bool:
    """Say whether an import ended in its middle, so that the rest can still be imported."""
    return run.state in {"failed", "cancelled"} and bool(run.batch)


def uncheck(run: ImportRun) -> None:
    """Forget what a check found with other settings."""
    run.state, run.preview, run.error = "uploaded", None, None


def reached_by(run: ImportRun) -> str:
    """Return the step at which a person goes on with an import."""
    if run.state in {"checking", "checked", "deciding"}:
        return "check"
    if not is_open(run):
        return "show"
    return "table"


__all__ = ["Step", "is_open", "may_go_on", "reached_by", "steps_of", "uncheck"]
