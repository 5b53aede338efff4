"""Start what is done with a run: its check, its import, its undoing; and tell how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import (
    NotAllowed,
    Rejected,
    StartedJob,
    actor_of,
    gettext,
    may,
    now,
    registry_of,
    start_job,
)
from kartoteka_excel_import.mapping.plan import Plan, plan_of
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.uploads import demand_right

CHECK, RUN, UNDO = "excel_import.check", "excel_import.run", "excel_import.undo"
REST = "excel_import.rest"
#: States in which something works on the run.
BUSY = frozenset({"checking", "deciding", "running", "undoing"})
#: From which states an import may begin or go on; a failed check is mended by another plan.
_BEFORE_RUN = frozenset({"uploaded", "checked", "failed", "cancelled"})
#: A command that works on a run writes more often than this.
_QUIET = timedelta(minutes=10)
_BEFORE_UNDO = frozenset({"done", "failed", "cancelled", "undone"})


def start_check(session: Session, run: ImportRun) -> StartedJob:
    """Start the preview of a file; nothing is written.

    Raises:
        Rejected: it runs already, or there is no plan.
    """
    settle(session, [run])
    _demand(session, run)
    if run.rows_done:
        raise Rejected(gettext("This list is imported already. Upload it again to check it."))
    return _start(session, run, CHECK, "checking")


def start_run(session: Session, run: ImportRun) -> StartedJob:
    """Start an import, or go on with one that was cancelled or failed.

    Raises:
        NotAllowed: the person may not write what the list holds.
        Rejected: it runs already, is done, or there is no plan.
    """
    settle(session, [run])
    begin(session, run)
    return _start(session, run, RUN, "running")


def begin(session: Session, run: ImportRun) -> None:
    """Check that a run may be imported now, and give it its mark in the history.

    Raises:
        NotAllowed, Rejected: as `start_run`.
    """
    plan = _demand(session, run)
    if run.state not in _BEFORE_RUN or run.undone is not None:
        raise Rejected(gettext("This list is imported already."))
    demand_acts(session, plan)
    run.mode = plan.mode
    run.error = run.finished_at = None
    if not run.batch:
        run.batch = f"import-{run.id}-{run.created_at:%Y%m%d%H%M%S}"


def demand_checked(session: Session, run: ImportRun) -> Plan:
    """Check that something may be decided about the rows of a run now, and return its plan.

    Raises:
        NotAllowed, Rejected: as `start_run`.
    """
    plan = _demand(session, run)
    if run.state != "checked":
        raise Rejected(gettext("Check the list first."))
    return plan


def demand_deciding(session: Session, run: ImportRun) -> Plan:
    """The same for whoever decides about all the rest: the job of that is at work then.

    Raises:
        NotAllowed, Rejected: as `start_run`.
    """
    if run.state == "deciding":
        _demand_own(session, run)
        return plan_of(run.plan or {})
    return demand_checked(session, run)


def start_rest(session: Session, run: ImportRun, choice: str) -> StartedJob:
    """Start to decide about all held rows that are left.

    Raises:
        NotAllowed, Rejected: as `start_run`.
    """
    settle(session, [run])
    demand_checked(session, run)
    job = start_job(session, REST, {"run": run.id, "choice": choice})
    return _at_work(session, run, job, "deciding")


def start_undo(session: Session, run: ImportRun) -> StartedJob:
    """Start to take an import back.

    Raises:
        Rejected: it runs, or wrote nothing.
    """
    settle(session, [run])
    begin_undo(session, run)
    return _start(session, run, UNDO, "undoing")


def begin_undo(session: Session, run: ImportRun) -> None:
    """Check that a run may be taken back now.

    Raises:
        Rejected: as `start_undo`.
    """
    demand_right(session)
    if run.state in BUSY:
        raise Rejected(gettext("Something works on this list now. Wait for its end, or cancel it."))
    if run.state not in _BEFORE_UNDO or not run.batch or not run.rows_done:
        raise Rejected(gettext("Nothing of this list was imported."))
    counts: dict[str, int] = (run.undone or {}).get("counts", {})
    if run.state == "undone" and not counts.get("kept") and not counts.get("failed"):
        raise Rejected(gettext("All of this import was taken back already."))


def settle(session: Session, runs: Iterable[ImportRun]) -> None:
    """Bring runs up to date whose job ended without a word: cancelled in time, or given up."""
    busy = [run for run in runs if run.state in BUSY]
    for run in busy:
        # Without a job it is a command that works on it, or that was killed.
        if run.job_id is None and run.updated_at < now() - _QUIET:
            run.state = "failed"
    waiting = {run.job_id: run for run in busy if run.job_id is not None}
    if not waiting:
        return
    jobs = session.scalars(select(StartedJob).where(StartedJob.id.in_(sorted(waiting))))
    for job in jobs:
        run = waiting[job.id]
        if job.state in ("failed", "cancelled"):
            after = {"checking": "uploaded"}.get(run.state, job.state)
            after = "failed" if job.state == "failed" else after
            run.state = "checked" if run.state == "deciding" else after
            run.error = run.error or job.error
            run.finished_at = job.finished_at


def demand_acts(session: Session, plan: Plan) -> None:
    """Refuse a list with records the person may not add or change.

    Raises:
        NotAllowed: names the kind of record.
    """
    acts: Mapping[str, tuple[Literal["add", "edit"], ...]] = {
        "create": ("add",), "update": ("edit",), "both": ("add", "edit"),
    }  # fmt: skip
    used = {column.target for column in plan.columns} | {code for code, _text in plan.constants}
    entities = registry_of(session).entities
    for code in sorted({target.partition(".")[0] for target in used if target}):
        entity = entities.get(code)
        if entity is None:
            raise Rejected(gettext("There is no such kind of record: %(code)s.", code=code))
        # With one of two rights the check leaves out what the other one is for.
        if not any(may(session, entity, act) for act in acts[plan.mode]):
            raise NotAllowed(
                gettext("You have no right to import: %(title)s.", title=str(entity.plural))
            )


def _demand_own(session: Session, run: ImportRun) -> None:
    demand_right(session)
    actor = actor_of(session)
    if run.asked_by_id != actor.user_id and not actor.sees_all:
        raise NotAllowed(gettext("This list is imported by somebody else."))


def _demand(session: Session, run: ImportRun) -> Plan:
    _demand_own(session, run)
    if run.state in BUSY:
        raise Rejected(gettext("Something works on this list now. Wait for its end, or cancel it."))
    if run.plan is None:
        raise Rejected(gettext("Say first which column fills what."))
    return plan_of(run.plan)


def _start(session: Session, run: ImportRun, code: str, state: str) -> StartedJob:
    return _at_work(session, run, start_job(session, code, {"run": run.id}), state)


def _at_work(session: Session, run: ImportRun, job: StartedJob, state: str) -> StartedJob:
    run.state, run.job_id, run.error = state, job.id, None
    run.updated_at = now()
    session.flush()
    return job


__all__ = [
    "BUSY", "CHECK", "REST", "RUN", "UNDO", "begin", "begin_undo", "demand_acts", "demand_checked",
    "demand_deciding", "settle", "start_check", "start_rest", "start_run", "start_undo",
]  # fmt: skip
