"""The latest imports as a list shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal
from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import DateTime, Reading, labels
from kartoteka_excel_import.models import STATES, ImportRun

BADGES: Mapping[str, str] = {
    "checking": "badge-info", "deciding": "badge-info",
    "running": "badge-info", "undoing": "badge-info",
    "done": "badge-good", "failed": "badge-bad", "cancelled": "badge-warn",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedRun:
    """One import in a list. Counts are empty until something was imported."""

    name: str
    state: Any
    badge: str
    created: str
    updated: str
    rejected: str
    who: str
    when: str
    address: str


def latest(session: Session, most: int) -> tuple[list[ListedRun], list[ListedRun]]:
    """Return the latest imports, and the latest lists whose import was not begun."""
    newest = select(ImportRun).order_by(ImportRun.id.desc()).limit(most)
    begun = session.scalars(newest.where(ImportRun.batch.is_not(None))).all()
    waiting = session.scalars(newest.where(ImportRun.batch.is_(None))).all()
    found = listed(session, [*begun, *waiting])
    return found[: len(begun)], found[len(begun) :]


def listed(session: Session, runs: Sequence[ImportRun]) -> list[ListedRun]:
    """Return imports for a list; names of people are asked for once."""
    reading: Reading = session.info.get("reading") or Reading()
    names = labels(session, "ab_user", {run.asked_by_id for run in runs if run.asked_by_id})

    def number(run: ImportRun, count: int) -> str:
        return format_decimal(count, locale=reading.babel) if run.rows_done else ""

    return [
        ListedRun(
            name=run.file_name, state=STATES[run.state], badge=BADGES.get(run.state, ""),
            created=number(run, run.created), updated=number(run, run.updated),
            rejected=number(run, run.rejected), who=names.get(run.asked_by_id or 0, ""),
            when=DateTime().show(run.created_at, reading),
            address=url_for("ImportView.show", pk=run.id),
        )
        for run in runs
    ]  # fmt: skip


__all__ = ["ListedRun", "latest", "listed"]
