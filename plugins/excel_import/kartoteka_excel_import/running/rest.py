"""Decide about all held rows of an import about which nobody decided yet, and take that back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kartoteka.api import Client, Rejected, as_system, gettext
from kartoteka_excel_import.checking.deciding import Choice
from kartoteka_excel_import.models import ImportHeld, ImportRun
from kartoteka_excel_import.running.held_rows import WHY
from kartoteka_excel_import.running.start import demand_deciding

#: Rows that are looked at together.
PART = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """What was decided for many rows at once, the last time."""

    number: int
    choice: str
    rows: int


def last_together(session: Session, run: ImportRun) -> Together | None:
    """Return what was last decided for all the rest, as far as it still stands."""
    found = session.execute(
        select(ImportHeld.together, ImportHeld.choice, func.count())
        .where(ImportHeld.run_id == run.id, ImportHeld.together.is_not(None))
        .group_by(ImportHeld.together, ImportHeld.choice)
        .order_by(ImportHeld.together.desc())
        .limit(1)
    ).first()
    return (
        None
        if found is None
        else Together(number=found[0] or 0, choice=found[1] or "", rows=found[2])
    )


def open_rows(session: Session, run: ImportRun) -> int:
    """Return about how many held rows nothing is decided."""
    wanted = select(func.count()).where(ImportHeld.run_id == run.id, ImportHeld.choice.is_(None))
    return session.scalar(wanted) or 0


def demand_choice(run: ImportRun, choice: Choice) -> None:
    """Refuse a decision that the settings of an import leave no room for.

    Raises:
        Rejected: only what is there is completed, and the rest shall be new.
    """
    if choice == "new" and run.mode == "update":
        raise Rejected(gettext("Nothing can be a new client: only what is there is completed."))


def decide_rest(
    session: Session, run: ImportRun, choice: Choice, together: int | None = None,
    told: Callable[[int, int], None] | None = None,
) -> int:  # fmt: skip
    """Decide about all rows that are still open; return how many that were.

    The same client is only taken where a row may mean one alone of those the person sees.

    Args:
        together: by which these can be taken back; default: a new number.
        told: called behind each part with the last row looked at and the rows decided so far.

    Raises:
        NotAllowed, Rejected: as `decide`.
    """
    demand_deciding(session, run)
    demand_choice(run, choice)
    number = together if together is not None else next_number(session, run)
    if choice != "same":
        with as_system(session, WHY):
            done: Any = session.execute(
                update(ImportHeld)
                .where(ImportHeld.run_id == run.id, ImportHeld.choice.is_(None))
                .values(choice=choice, client_id=None, together=number)
            )
        return done.rowcount
    run_id, last, count = run.id, 0, 0
    while rows := session.execute(
        select(ImportHeld.id, ImportHeld.row, ImportHeld.about)
        .where(
            ImportHeld.run_id == run_id, ImportHeld.choice.is_(None), ImportHeld.row > last
        )
        .order_by(ImportHeld.row)
        .limit(PART)
    ).all():  # fmt: skip
        last = rows[-1][1]
        sole = _sole(session, [(row[0], row[2]["clients"]) for row in rows])
        if sole:
            with as_system(session, WHY):
                session.execute(
                    update(ImportHeld),
                    [{"id": held, "choice": "same", "client_id": client, "together": number}
                     for held, client in sole.items()],
                )  # fmt: skip
        count += len(sole)
        if told is not None:
            told(last, count)
    return count


def take_rest_back(session: Session, run: ImportRun, together: int) -> int:
    """Open the rows again that were decided about together; return how many that were.

    Raises:
        NotAllowed, Rejected: as `decide`.
    """
    demand_deciding(session, run)
    with as_system(session, WHY):
        done: Any = session.execute(
            update(ImportHeld)
            .where(ImportHeld.run_id == run.id, ImportHeld.together == together)
            .values(choice=None, client_id=None, together=None)
        )
    return done.rowcount


def next_number(session: Session, run: ImportRun) -> int:
    """Return the number by which the next decision about the rest can be taken back."""
    wanted = select(func.max(ImportHeld.together)).where(ImportHeld.run_id == run.id)
    return (session.scalar(wanted) or 0) + 1


def _sole(session: Session, rows: Sequence[tuple[int, Sequence[int]]]) -> Mapping[int, int]:
    """Return by held row the client, where there is one alone that the person sees."""
    named = sorted({client for _held, clients in rows for client in clients})
    seen: set[int] = set()
    for start in range(0, len(named), PART):
        wanted = select(Client.id).where(Client.id.in_(named[start : start + PART]))
        seen.update(session.scalars(wanted))
    found = {held: [one for one in clients if one in seen] for held, clients in rows}
    return {held: clients[0] for held, clients in found.items() if len(clients) == 1}


__all__ = [
    "PART", "Together", "decide_rest", "demand_choice", "last_together", "next_number",
    "open_rows", "take_rest_back",
]  # fmt: skip
