"""Keep what a person decides about the rows of a list that are held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kartoteka.api import Client, Rejected, as_system, gettext
from kartoteka_excel_import.checking.deciding import Decision, choice_of
from kartoteka_excel_import.models import ImportHeld, ImportRun
from kartoteka_excel_import.running.held_rows import WHY
from kartoteka_excel_import.running.start import demand_checked

#: Rows of one page.
PAGE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """How many rows are held back, and how many of them were decided in which way."""

    total: int = 0
    same: int = 0
    new: int = 0
    out: int = 0

    @property
    def taken(self) -> int:
        """How many are imported after all."""
        return self.same + self.new

    @property
    def decided(self) -> int:
        """About how many something was decided."""
        return self.same + self.new + self.out


def decisions_of(session: Session, run: ImportRun) -> dict[int, Decision]:
    """Return by row what was decided; rows about which nothing was are left out."""
    rows = session.execute(
        select(ImportHeld.row, ImportHeld.choice, ImportHeld.client_id).where(
            ImportHeld.run_id == run.id, ImportHeld.choice.is_not(None)
        )
    )
    return {
        row: Decision(choice=choice_of(choice) or "out", client_id=client)
        for row, choice, client in rows
    }


def decided_of(session: Session, run: ImportRun) -> Decided:
    """Return how far the decisions are."""
    found = session.execute(
        select(ImportHeld.choice, func.count())
        .where(ImportHeld.run_id == run.id)
        .group_by(ImportHeld.choice)
    )
    counts = {choice or "": count for choice, count in found}
    return Decided(
        total=sum(counts.values()), same=counts.get("same", 0), new=counts.get("new", 0),
        out=counts.get("out", 0),
    )  # fmt: skip


def first_open_page(session: Session, run: ImportRun) -> int:
    """Return the page with the first row about which nothing is decided, 0 when there is none."""
    mine = ImportHeld.run_id == run.id
    first = session.scalar(
        select(func.min(ImportHeld.row)).where(mine, ImportHeld.choice.is_(None))
    )
    if first is None:
        return 0
    before = session.scalar(select(func.count()).where(mine, ImportHeld.row < first)) or 0
    return before // PAGE + 1


def held_rows(session: Session, run: ImportRun, page: int) -> Sequence[ImportHeld]:
    """Return the held rows of a page, from 1."""
    return session.scalars(
        select(ImportHeld)
        .where(ImportHeld.run_id == run.id)
        .order_by(ImportHeld.row)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()


def decide(session: Session, run: ImportRun, choices: Mapping[int, Decision | None]) -> None:
    """Keep what a person decided about held rows; None takes a decision back.

    Raises:
        NotAllowed: the list is somebody else's.
        Rejected: it is not checked, or is imported already; a choice that is none; a client that
            the row does not mean, or the person may not see.
    """
    plan = demand_checked(session, run)
    rows = session.scalars(
        select(ImportHeld).where(ImportHeld.run_id == run.id, ImportHeld.row.in_(list(choices)))
    ).all()
    chosen = {one.client_id for one in choices.values() if one is not None and one.client_id}
    seen = set(session.scalars(select(Client.id).where(Client.id.in_(sorted(chosen)))))
    changed: list[dict[str, Any]] = []
    for held in rows:
        wanted = choices[held.row]
        if wanted is not None and wanted.choice == "new" and plan.mode == "update":
            raise Rejected(
                gettext("Row %(row)s can not be a new client: only what is there is completed.",
                        row=held.row)
            )  # fmt: skip
        if wanted is not None and wanted.choice == "same":
            number = wanted.client_id
            if number not in seen or number not in held.about["clients"]:
                raise Rejected(
                    gettext("Choose one of the clients that row %(row)s may be.", row=held.row)
                )
        choice = wanted.choice if wanted is not None else None
        client_id = wanted.client_id if wanted is not None else None
        # What was decided for many rows and stays so is still taken back with them.
        if (choice, client_id) != (held.choice, held.client_id):
            changed.append(
                {"id": held.id, "choice": choice, "client_id": client_id, "together": None}
            )
    if changed:
        with as_system(session, WHY):
            session.execute(update(ImportHeld), changed)


__all__ = [
    "PAGE",
    "Decided",
    "decide",
    "decided_of",
    "decisions_of",
    "first_open_page",
    "held_rows",
]
