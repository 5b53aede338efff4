"""Find what a job built for a person: the kept result of a heavy report, and the job at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.models.job import StartedJob
from kartoteka.reports import ask as asking, building, result
from kartoteka.reports.ask import ReportAsk
from kartoteka.reports.result import Result

#: The job that builds reports.
JOB = "core.report"
#: Among so many of the person's last reports is looked.
_LAST = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What there is of a heavy report: its last result, the job that is at it, why it failed."""

    result: Result | None = None
    job_id: int | None = None
    error: str = ""


def arguments(ask: ReportAsk, form: str = "") -> dict[str, Any]:
    """Return what the job is started with; equal askings give equal arguments."""
    return {"report": ask.report.code, "given": asking.sent_for(ask), "format": form}


def last(session: Session, ask: ReportAsk) -> Kept:
    """Return what is kept of this asking for who acts: one statement, one more for the result.

    What was built while the person saw other rows or fields is not shown any more.
    """
    wanted, mark = arguments(ask), building.sight(session)
    statement = (
        select(StartedJob.id, StartedJob.state, StartedJob.arguments, StartedJob.error)
        .where(StartedJob.kind == JOB, StartedJob.asked_by_id == actor_of(session).user_id)
        .order_by(StartedJob.id.desc())
        .limit(_LAST)
    )
    at_work: int | None = None
    error = ""
    for number, state, given, why in session.execute(statement):
        if given != wanted:
            continue
        if state in ("waiting", "running"):
            at_work = at_work or number
        elif state == "failed" and not error and at_work is None:
            error = why or ""
        elif state == "done":
            kept: Mapping[str, Any] = session.scalar(
                select(StartedJob.result).where(StartedJob.id == number)
            ) or {}  # fmt: skip
            if kept.get("sight") == mark:
                found = result.read(kept["result"])
                return Kept(result=found, job_id=at_work, error=error)
    return Kept(job_id=at_work, error=error)


__all__ = ["JOB", "Kept", "arguments", "last"]
