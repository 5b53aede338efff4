"""Take jobs from the ledger, keep their leases, write their ends: one statement each.

Every statement of a worker names the number of its attempt. Whoever's lease was lost and taken
by another finds no row, and so writes nothing. Clocks of machines need to agree to within a
fraction of the lease; a lease is long against that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select, update

from kartoteka.models.job import SENTENCE, StartedJob

JOB: Table = StartedJob.__table__  # pyright: ignore[reportAssignmentType]
#: A job whose worker dies so often in a row, without a chunk done, is what kills them.
MOST_LOSSES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A job as its worker took it."""

    id: int
    kind: str
    attempt: int
    arguments: Mapping[str, Any]
    position: Any
    asked_by_id: int | None
    done: int | None
    total: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A job that was over when it was taken: cancelled meanwhile, or its workers died too often."""

    id: int
    kind: str
    state: str
    asked_by_id: int | None


def is_due(moment: datetime) -> ColumnElement[bool]:
    """Return the condition on jobs that a worker may take."""
    return or_(
        and_(JOB.c.state == "waiting", JOB.c.run_at <= moment),
        and_(JOB.c.state == "running", JOB.c.lease_until < moment),
    )


def due(connection: Connection, kinds: Iterable[str], moment: datetime, most: int) -> int:
    """Count the jobs that wait for a worker, up to a number."""
    found = select(JOB.c.id).where(is_due(moment), JOB.c.kind.in_(list(kinds))).limit(most)
    return connection.scalar(select(func.count()).select_from(found.subquery())) or 0


def claim(
    connection: Connection, kinds: Iterable[str], worker: str, lease: timedelta, moment: datetime
) -> Claim | Ended | None:
    """Take the job that is due longest; None when none is. The caller commits.

    Of two workers one gets it: PostgreSQL locks the row and the other skips it, on SQLite the
    transaction has the one write lock from its start.
    """
    row = connection.execute(
        select(JOB)
        .where(is_due(moment), JOB.c.kind.in_(list(kinds)))
        .order_by(JOB.c.run_at, JOB.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    losses = row.losses + (row.state == "running")
    end = "cancelled" if row.cancel_asked_at else "failed" if losses >= MOST_LOSSES else ""
    values: dict[str, Any] = {"attempts": row.attempts + 1, "losses": losses}
    if end:
        values |= _over(end, moment)
    else:
        values |= {"state": "running", "worker": worker[:120], "lease_until": moment + lease,
                   "started_at": row.started_at or moment}  # fmt: skip
    connection.execute(update(JOB).where(JOB.c.id == row.id).values(values))
    if end:
        return Ended(id=row.id, kind=row.kind, state=end, asked_by_id=row.asked_by_id)
    return Claim(
        id=row.id, kind=row.kind, attempt=row.attempts + 1, arguments=row.arguments,
        position=row.position, asked_by_id=row.asked_by_id, done=row.done, total=row.total,
    )  # fmt: skip


def write(
    connection: Connection, job_id: int, attempt: int, values: Mapping[str, Any]
) -> tuple[bool, bool]:
    """Write what a worker says of its job, if it still is its job.

    Returns:
        whether it still is, and whether its end was asked for.
    """
    row = connection.execute(
        update(JOB)
        .where(JOB.c.id == job_id, JOB.c.attempts == attempt, JOB.c.state == "running")
        .values(dict(values))
        .returning(JOB.c.cancel_asked_at)
    ).first()
    return (False, False) if row is None else (True, row[0] is not None)


def ended(state: str, moment: datetime, error: str = "") -> dict[str, Any]:
    """Return the values of a job that is over."""
    return {**_over(state, moment), "error": error[:SENTENCE] or None}


def given_back() -> dict[str, Any]:
    """Return the values of a job that its worker lays down unfinished, in good order."""
    return {"state": "waiting", "worker": None, "lease_until": None}


def laid_aside(losses: int, again_at: datetime) -> dict[str, Any]:
    """Return the values of a job that could not go on for now, as its database was away."""
    return {**given_back(), "losses": losses, "run_at": again_at}


def _over(state: str, moment: datetime) -> dict[str, Any]:
    return {"state": state, "finished_at": moment, "lease_until": None, "only_key": None,
            "worker": None}  # fmt: skip


def losses_of(connection: Connection, job_id: int) -> int:
    """Return how often in a row a job was lost without a chunk done."""
    return connection.scalar(select(JOB.c.losses).where(JOB.c.id == job_id)) or 0


def explain(connection: Connection, job_id: int, error: str) -> None:
    """Write why a job was given up."""
    connection.execute(update(JOB).where(JOB.c.id == job_id).values(error=error[:SENTENCE]))
