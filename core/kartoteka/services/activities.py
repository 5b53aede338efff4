"""Write down what happened with a client, together with the step that comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.errors import Invalid
from kartoteka.fields.kinds import Reading
from kartoteka.fields.types import now
from kartoteka.models import Activity, Deal, Task
from kartoteka.services import records
from kartoteka.services.task_words import planned

#: Under these names the next step stands in a form: its errors carry them too.
NEXT_TITLE, NEXT_DUE = "next_title", "next_due_at"


def log_activity(
    session: Session,
    client_id: int,
    kind: str,
    *,
    next_step: tuple[str, Any] | None = None,
    **values: Any,
) -> tuple[Activity, Task | None]:
    """Write an activity and, if there is one, the next step as a task: both or neither.

    The day of the next step becomes that of the deal the activity belongs to.

    Args:
        session: its actor is the author, and does the next step.
        client_id: the client.
        kind: code of an activity kind.
        next_step: what to do and when (a moment or typed text); with an empty time it is read
            from the words, as in "tomorrow 10:00 send the offer"; with empty words it is called
            as the kind is. None for nothing.
        values: further fields of the activity; `happened_at` is now unless given.

    Returns:
        the activity, and the task of the next step.

    Raises:
        Invalid: values do not pass; those of the next step under `next_title`, `next_due_at`.
        Rejected, NotAllowed: a rule or a right says no.
    """
    registry = records.registry_of(session)
    with session.begin_nested():
        given: dict[str, Any] = {"client_id": client_id, "kind": kind, **values}
        if given.get("happened_at") in (None, ""):
            given["happened_at"] = now()
        errors: dict[str, str] = {}
        activity: Activity | None = None
        try:
            activity = records.create(session, registry.entity("activity"), given)
        except Invalid as error:
            errors.update(error.errors)
        task: Task | None = None
        if next_step is not None:
            try:
                task = _plan(session, client_id, next_step, given)
            except Invalid as error:
                errors.update(_renamed(error.errors))
        if errors or activity is None:
            raise Invalid(errors)
        if task is not None and activity.deal_id is not None:
            deal = session.get(Deal, activity.deal_id)
            if deal is not None and deal.closed_at is None:
                reading: Reading = session.info.get("reading") or Reading()
                deal.next_step_on = task.due_at.astimezone(reading.tz).date()
                session.flush()
    return activity, task


def _plan(
    session: Session, client_id: int, next_step: tuple[str, Any], activity: Mapping[str, Any]
) -> Task:
    line, due_at = next_step
    if due_at not in (None, "") and not line.strip():
        # Whoever only names the day means to talk again.
        kinds = records.registry_of(session).activity_kinds
        kind = kinds.get(activity["kind"])
        line = str(kind.title if kind and kind.is_contact else kinds["call"].title)
    if due_at in (None, ""):
        plan = planned(line, now(), (session.info.get("reading") or Reading()).tz)
        line, due_at = plan.title, plan.due_at
    values: dict[str, Any] = {
        "client_id": client_id,
        "title": line,
        "due_at": due_at,
        "owner_id": actor_of(session).user_id,
        "contact_id": activity.get("contact_id"),
        "deal_id": activity.get("deal_id"),
    }
    entity = records.registry_of(session).entity("task")
    return records.create(session, entity, {n: v for n, v in values.items() if v is not None})


def _renamed(errors: Mapping[str, str]) -> dict[str, str]:
    """Put the errors of the task under the names its form uses; those both share stay once."""
    names = {"title": NEXT_TITLE, "due_at": NEXT_DUE}
    return {names[name]: text for name, text in errors.items() if name in names}
