"""The jobs of mass actions: one does, the other takes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.builtin.actions import HAND_OVER
from kartoteka.builtin.exports import EVERYBODY, entity_named
from kartoteka.errors import NotAllowed, Rejected
from kartoteka.hooks.contributions import Job, JobArgument, JobResult
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.jobs.context import JobContext
from kartoteka.models.job import StartedJob
from kartoteka.services import mass, mass_undo, permissions, selection
from kartoteka.services.mass import Outcome
from kartoteka.services.past_acts import written_by
from kartoteka.services.records import registry_of

MASS, UNDO = "core.mass", "core.undo_mass"


def run(job: JobContext) -> JobResult:
    """Do one thing with every record of a selection, chunk after chunk, in the order of ids."""
    session, asked = job.session, job.arguments
    row = session.get_one(StartedJob, job.id)
    entity = entity_named(session, asked["entity"])
    wanted = selection.read(session, entity, asked["selection"])
    after, total, outcome = _begun(job.position)
    if after is None:
        total = selection.count(session, entity, wanted)
    mass.signed(session, mass.batch_of(row))
    model = entity.model
    while True:
        ids = session.scalars(
            select(model.id)
            .where(*selection.conditions(session, entity, wanted), model.id > (after or 0))
            .order_by(model.id).limit(mass.CHUNK)
        ).all()  # fmt: skip
        if not ids:
            break
        outcome.add(mass.apply(session, entity, asked["act"], asked["values"], ids))
        after = ids[-1]
        done = outcome.all
        job.checkpoint(_position(after, total, outcome), done=done, total=max(total, done))
        session.expunge_all()
    return _result(outcome)


def undo(job: JobContext) -> JobResult:
    """Take back what an earlier job of this person wrote."""
    session = job.session
    row = _done_by(session, job.arguments["job"])
    batch = mass.batch_of(row)
    before, total, outcome = _begun(job.position)
    mass.signed(session, f"undo-{job.id}")
    keep_added = (row.arguments or {}).get("act") == "hand_over"
    while changes := written_by(session, batch, before):
        outcome.add(mass_undo.take_back(session, changes, keep_added=keep_added))
        before = changes[-1].id
        job.checkpoint(_position(before, total, outcome), done=outcome.all)
        session.expunge_all()
    return _result(outcome)


def check(session: Session, arguments: Mapping[str, Any]) -> None:
    """Refuse at once what could not be done: see `mass.checked`, `selection.read`."""
    entity = entity_named(session, arguments["entity"])
    wanted = selection.read(session, entity, arguments["selection"])
    selection.conditions(session, entity, wanted)
    mass.checked(session, entity, arguments["act"], arguments["values"])
    actor = actor_of(session)
    if arguments["act"] == "hand_over" and not (actor.sees_all or actor.department_ids):
        raise NotAllowed(gettext("Only a curator or the director hands clients over."))
    if arguments["act"] == "hand_over" and not permissions.holds(session, HAND_OVER):
        raise NotAllowed(gettext("You have no right to hand clients over."))


def check_undo(session: Session, arguments: Mapping[str, Any]) -> None:
    """Refuse to take back what is no mass action, somebody else's, or taken back already."""
    row = _done_by(session, arguments["job"])
    if already_back(session, {row.id}):
        raise Rejected(gettext("This was taken back already."))


def _done_by(session: Session, job_id: int) -> StartedJob:
    row: StartedJob | None = session.get(StartedJob, job_id) if 0 < job_id < 2**31 else None
    actor = actor_of(session)
    if row is None or row.kind != MASS:
        raise NotAllowed(gettext("There is no such job."))
    if actor.user_id not in (None, row.asked_by_id) and not actor.sees_all:
        raise NotAllowed(gettext("There is no such job."))
    if not row.is_over:
        raise Rejected(gettext("This job is not over yet."))
    if not may_be_undone(registry_of(session), row):
        raise Rejected(gettext("This can not be taken back."))
    return row


def already_back(session: Session, jobs: Collection[int]) -> frozenset[int]:
    """Return which of these mass actions were taken back: one statement."""
    meant = StartedJob.arguments["job"].as_integer()
    if not jobs:
        return frozenset()
    return frozenset(
        session.scalars(
            select(meant).where(
                StartedJob.kind == UNDO, StartedJob.state == "done", meant.in_(sorted(jobs))
            )
        )
    )  # fmt: skip


def may_be_undone(registry: Registry, row: StartedJob) -> bool:
    """Say whether a job was a mass action that can be taken back when it is over."""
    asked: Any = row.arguments or {}
    action = registry.actions.get((asked.get("values") or {}).get("action", ""))
    return row.kind == MASS and not (asked.get("act") == "action" and action and action.final)


def _begun(position: Any) -> tuple[int | None, int, Outcome]:
    """Return which number was the last done, None at the beginning, the whole, the outcome."""
    if position is None:
        return None, 0, Outcome()
    outcome = Outcome(done=position["done"])
    outcome.left.update(position["left"])
    outcome.refused.update(position["refused"])
    return position["last"], position["total"], outcome


def _position(last: int, total: int, outcome: Outcome) -> dict[str, Any]:
    return {"last": last, "total": total, "done": outcome.done,
            "left": dict(outcome.left.most_common(100)),
            "refused": dict(outcome.refused.most_common(100))}  # fmt: skip


def _result(outcome: Outcome) -> JobResult:
    return JobResult(data={
        "done": outcome.done, "same": outcome.same, "left": dict(outcome.left.most_common(100)),
        "refused": dict(outcome.refused),
    })  # fmt: skip


def done(data: Mapping[str, Any]) -> str:
    """Say what a mass action did."""
    count = data["done"]
    return _in_words(
        ngettext("%(num)s record is changed.", "%(num)s records are changed.", count), data
    )


def taken_back(data: Mapping[str, Any]) -> str:
    """Say what was taken back of a mass action."""
    count = data["done"]
    return _in_words(
        ngettext("%(num)s record is as it was before.", "%(num)s records are as they were before.",
                 count), data,
    )  # fmt: skip


def _in_words(first: str, data: Mapping[str, Any]) -> str:
    words = [first]
    for reason, count in Counter[str](data["left"]).most_common(mass.MOST_REASONS):
        words.append(
            ngettext("%(num)s was left as it is: %(why)s", "%(num)s were left as they are: %(why)s",
                     count, why=reason)
        )  # fmt: skip
    for reason, count in Counter[str](data["refused"]).most_common(mass.MOST_REASONS):
        words.append(ngettext("%(num)s refused: %(why)s", "%(num)s refused: %(why)s", count,
                              why=reason))  # fmt: skip
    return " ".join(words)


JOBS = (
    Job(code=MASS, title=_("Mass action"), run=run, says=done, check=check,
        roles=EVERYBODY, arguments=(
        JobArgument(name="entity", required=True),
        JobArgument(name="act", choices=mass.ACTS, required=True),
        JobArgument(name="values", kind=dict, required=True),
        JobArgument(name="selection", kind=dict, default={}),
    )),
    Job(code=UNDO, title=_("Take a mass action back"), run=undo, says=taken_back, check=check_undo,
        at_most_one="arguments", roles=EVERYBODY,
        arguments=(JobArgument(name="job", kind=int, required=True),)),
)  # fmt: skip

__all__ = ["JOBS", "MASS", "UNDO", "already_back", "may_be_undone"]
