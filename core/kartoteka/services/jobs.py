"""Start long work and ask for its end. What is asked is a row in the transaction of who asks."""

from __future__ import annotations

import hashlib
import json
import logging
import reprlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Table, event, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, SessionTransaction

from kartoteka.access.actor import Actor
from kartoteka.access.people import ADMIN
from kartoteka.access.scope import actor_of, unscoped
from kartoteka.criteria import document
from kartoteka.errors import AlreadyRunning, Invalid, NotAllowed, Rejected
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Job, JobArgument
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import gettext
from kartoteka.models.job import StartedJob
from kartoteka.services import permissions

#: The longest criteria, with everything beside them.
LONGEST = document.LONGEST + 64_000
_JOB: Table = StartedJob.__table__  # pyright: ignore[reportAssignmentType]
_WAITING = "kartoteka.jobs_to_wake"
log = logging.getLogger(__name__)


class Waker(Protocol):
    """What a session calls once a job it started is committed; failing does no harm."""

    def wake(self) -> None:
        """Tell a worker to look."""


def install(session_class: type[Session]) -> None:
    """Wake the workers after each commit of a session of this class that started jobs."""
    event.listen(session_class, "after_commit", _wake)
    event.listen(session_class, "after_soft_rollback", _forget)


def start_job(
    session: Session, code: str, arguments: Mapping[str, Any] | None = None, *,
    run_at: datetime | None = None, on_behalf_of: int | None = None, slot: str = "",
) -> StartedJob:  # fmt: skip
    """Write down a job that starts once the caller's transaction is committed, and only then.

    Args:
        code: of a `Job` that a plugin declares.
        arguments: what its `arguments` name; JSON values.
        run_at: not before this moment; default: at once.
        on_behalf_of: whom the person stands for, as an assistant does.
        slot: the moment of a schedule; of one there is one job.

    Raises:
        NotAllowed: the person may not start it.
        Invalid: arguments that do not pass, with a sentence for each.
        AlreadyRunning: only one may run at a time, and there is one.
    """
    actor = actor_of(session)
    job = _job(session, code)
    if not may_start(session, job):
        raise NotAllowed(gettext("You have no right to start this: %(job)s.", job=job.title))
    if on_behalf_of is not None and on_behalf_of not in actor.superiors:
        raise NotAllowed(gettext("You do not work for this person."))
    values = checked(job, arguments or {})
    if job.check is not None:
        job.check(session, values)
    key = _only_key(job, actor, values)
    if key is not None:
        _refuse_second(session, job, key)
    row = StartedJob(
        kind=code, state="waiting", asked_by_id=actor.user_id, on_behalf_of_id=on_behalf_of,
        run_at=run_at or now(), attempts=0, losses=0, arguments=values, only_key=key,
        slot=slot or None,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        # Somebody else started it between our look and our row.
        raise AlreadyRunning(_already(job), _running_id(session, key)) from error
    session.info[_WAITING] = session.info.get(_WAITING, 0) + 1
    return row


def cancel_job(session: Session, job_id: int) -> StartedJob:
    """Ask a job to end: one that waits is over at once, one that runs ends after its chunk.

    Raises:
        NotAllowed: there is no such job for this person.
        Rejected: it is over already.
    """
    row: StartedJob | None = session.get(StartedJob, job_id)
    if row is None:
        raise NotAllowed(gettext("There is no such job."))
    asked = now()
    # Both conditions are asked by the statements themselves: a worker may take it meanwhile.
    at_once = (_JOB.c.state == "waiting") | (
        (_JOB.c.state == "running") & (_JOB.c.lease_until < asked)
    )
    mine = _JOB.c.id == row.id
    over = {"state": "cancelled", "finished_at": asked, "cancel_asked_at": asked,
            "only_key": None, "lease_until": None}  # fmt: skip
    with unscoped(session, "the person sees this job; its state is changed as it is now"):
        done: Any = session.execute(update(_JOB).where(mine, at_once).values(over))
        if not done.rowcount:
            running = mine & (_JOB.c.state == "running")
            done = session.execute(update(_JOB).where(running).values(cancel_asked_at=asked))
    session.expire(row)
    if not done.rowcount:
        raise Rejected(gettext("This job is over already."))
    return row


def may_start(session: Session, job: Job) -> bool:
    """Say whether who acts may start a job: the system, Admin, and the roles it names.

    Where the job names a permission, whoever starts it holds it too, by whatever way they come.
    """
    actor = actor_of(session)
    named = actor.user_id is None or bool(actor.roles & {ADMIN, *job.roles})
    return named and permissions.holds(session, job.permission)


def checked(job: Job, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a job with defaults filled in.

    Raises:
        Invalid: names what is unknown, missing, of a wrong type, or too long.
    """
    known = {item.name: item for item in job.arguments}
    errors = {name: gettext("This job takes no such value.") for name in given if name not in known}
    values: dict[str, Any] = {}
    for name, item in known.items():
        value = given.get(name)
        if value is None:
            if item.required:
                errors[name] = gettext("This is needed.")
            values[name] = item.default
        elif not _fits(item, value):
            errors[name] = gettext(
                "Expected %(kind)s, got %(value)s.", kind=item.kind.__name__,
                value=reprlib.repr(value),
            )  # fmt: skip
        elif item.choices and value not in item.choices:
            listed = ", ".join(map(str, item.choices))
            errors[name] = gettext("Choose one of: %(choices)s.", choices=listed)
        else:
            values[name] = value
    if errors:
        raise Invalid(errors)
    try:
        length = len(json.dumps(values, allow_nan=False, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid({"arguments": gettext("These values are not plain JSON.")}) from error
    if length > LONGEST:
        raise Invalid({"arguments": gettext("These values are too long.")})
    return values


def _fits(item: JobArgument, value: Any) -> bool:
    if item.kind is float and isinstance(value, int) and not isinstance(value, bool):
        return True
    return isinstance(value, item.kind) and (item.kind is bool or not isinstance(value, bool))


def _job(session: Session, code: str) -> Job:
    registry: Registry = session.info["registry"]
    if code not in registry.jobs:
        listed = ", ".join(registry.jobs)
        raise Rejected(
            gettext("There is no job %(code)r. There are: %(jobs)s.", code=code, jobs=listed)
        )
    return registry.jobs[code]


def _only_key(job: Job, actor: Actor, values: Mapping[str, Any]) -> str | None:
    if not job.at_most_one:
        return None
    if job.at_most_one == "firm":
        return job.code
    if job.at_most_one == "person":
        return f"{job.code}:{actor.user_id}"
    plain = json.dumps(values, sort_keys=True)
    return f"{job.code}:{hashlib.sha256(plain.encode()).hexdigest()}"


def _refuse_second(session: Session, job: Job, key: str) -> None:
    with unscoped(session, "is there one of anybody's?"):
        found = session.scalar(select(StartedJob.id).where(StartedJob.only_key == key))
    if found is not None:
        raise AlreadyRunning(_already(job), _running_id(session, key))


def _running_id(session: Session, key: str | None) -> int | None:
    """Return the job that stands in the way, when the person sees it."""
    return session.scalar(select(StartedJob.id).where(StartedJob.only_key == key))


def _already(job: Job) -> str:
    return gettext("This is waiting or running already: %(job)s.", job=job.title)


def _wake(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint; the transaction may still be rolled back
    started: int = session.info.pop(_WAITING, 0)
    waker: Waker | None = session.info.get("waker")
    if waker is None:
        return
    for _number in range(started):
        try:
            waker.wake()
        except Exception:
            # The row is committed; the sweep of any worker finds it.
            log.warning("The workers were not woken; they look by themselves.", exc_info=True)
            return


def _forget(session: Session, transaction: SessionTransaction) -> None:
    if not transaction.nested and transaction.parent is None:
        session.info.pop(_WAITING, None)


__all__ = ["Waker", "cancel_job", "checked", "install", "may_start", "start_job"]
