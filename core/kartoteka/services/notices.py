"""Write down what people are told of, in the transaction of the fact.

What is rolled back was never told. Who gives something to somebody is known to the flush, to a
handover and to the quick way of many rows, so those three say it here; jobs and requests of sites
call `notify` themselves, as plugins do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, event, inspect as sa_inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, UOWTransaction

from kartoteka.access.scope import actor_of, connection_of
from kartoteka.errors import KartotekaError
from kartoteka.fields.types import now
from kartoteka.hooks.registry import Registry
from kartoteka.models.client import Client
from kartoteka.models.deal import Deal
from kartoteka.models.letter import LetterLine
from kartoteka.models.notification import Notification, NotificationSetting
from kartoteka.models.record import Record
from kartoteka.models.work import Task

CLIENTS, DEALS, TASKS = "client_given", "deal_given", "task_given"
REMINDER = "reminder"
JOB_DONE, JOB_FAILED = "job_done", "job_failed"
#: What is told of whoever is given a record; deals follow their client, so only new ones are told.
_GIVEN: Mapping[type[Any], str] = {Client: CLIENTS, Deal: DEALS, Task: TASKS}
_TABLE: Table = Notification.__table__  # pyright: ignore[reportAssignmentType]
_LINE: Table = LetterLine.__table__  # pyright: ignore[reportAssignmentType]
_SETTING: Table = NotificationSetting.__table__  # pyright: ignore[reportAssignmentType]


def install(session_class: type[Session]) -> None:
    """Tell of what is given to somebody in all sessions of this class."""
    event.listen(session_class, "after_flush", _tell_given)


def notify(
    session: Session, kind: str, recipients: Iterable[int], *, entity: str = "",
    record_id: int | None = None, count: int = 1, values: Mapping[str, Any] | None = None,
    only_key: str = "",
) -> None:  # fmt: skip
    """Tell people of something, once the caller's transaction is committed, and only then.

    Who switched the kind off is not told; who wants letters gets one, and reads it in the bell's
    history. Two statements, however many people; one more where somebody wants letters.

    Args:
        session: its actor is who did it.
        kind: code of a `NotificationKind` that a plugin declares.
        recipients: ids of users.
        entity, record_id: the record it is about; whoever may not see it when they read, is not
            told what it is called.
        count: of how many records it tells.
        values: what else the text needs: JSON, codes and numbers; names of records do not belong
            here, they would outlive the right to see them.
        only_key: facts with one key become one notification, whose count grows.

    Raises:
        KartotekaError: no plugin declares the kind.
    """
    registry: Registry = session.info["registry"]
    if kind not in registry.notification_kinds:
        raise KartotekaError(
            f"No plugin declares the notification {kind!r}. Return it from notification_kinds()."
        )
    people = set(recipients)
    if not people:
        return
    connection = connection_of(session)
    chosen: Any = connection.execute(
        select(_SETTING.c.user_id, _SETTING.c.channel).where(
            _SETTING.c.user_id.in_(sorted(people)), _SETTING.c.kind == kind
        )
    )
    ways: dict[int, str] = {row[0]: row[1] for row in chosen}
    people -= {person for person, way in ways.items() if way == "off"}
    if not people:
        return
    # Where no letters are sent any more, nobody is left without the news.
    sends = session.info.get("letter_pause") is not None
    by_mail = {person for person in people if sends and ways.get(person) in ("mail", "both")}
    only_mail = {person for person in by_mail if ways[person] == "mail"}
    moment, author = now(), actor_of(session).user_id
    rows: list[dict[str, Any]] = [
        {
            "recipient_id": person, "kind": kind, "entity": entity or None, "record_id": record_id,
            "count": count, "by_id": author, "at": moment, "values": dict(values or {}),
            "read_at": moment if person in only_mail else None,
            "only_key": f"{only_key}:{person}"[:200] if only_key else None, "version": 1,
            "created_at": moment, "updated_at": moment, "created_by_id": author,
            "updated_by_id": author,
        }
        for person in sorted(people)
    ]  # fmt: skip
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = dialect.insert(_TABLE)
    if only_key:
        grown = {
            "count": _TABLE.c["count"] + added.excluded["count"], "at": moment,
            "read_at": added.excluded["read_at"],
        }  # fmt: skip
        added = added.on_conflict_do_update(index_elements=["only_key"], set_=grown)
    if not by_mail:
        connection.execute(added, rows)
        return
    told: Any = connection.execute(added.returning(_TABLE.c.id, _TABLE.c.recipient_id), rows)
    lines = [{"notification_id": row[0]} for row in told if row[1] in by_mail]
    waiting = dialect.insert(_LINE).on_conflict_do_nothing(
        index_elements=["notification_id"], index_where=_LINE.c.letter_id.is_(None)
    )
    connection.execute(waiting, lines)


def tell_given(
    session: Session, model: type[Record], ids: Sequence[int], owners: Sequence[int | None]
) -> None:
    """Tell people that somebody else gave them records.

    What a person takes, and what the system hands out by itself, is no news of this kind. Records
    of one import or mass action are one line.

    Args:
        ids: the records; owners: whom each was given to.
    """
    kind, actor = _GIVEN.get(model), actor_of(session)
    if kind is None or actor.user_id is None:
        return
    given: dict[int, list[int]] = defaultdict(list)
    for number, owner in zip(ids, owners, strict=True):
        if owner is not None and owner != actor.user_id:
            given[owner].append(number)
    for owner, numbers in given.items():
        notify(
            session, kind, [owner], entity=model.__tablename__, record_id=numbers[0],
            count=len(numbers), only_key=f"{kind}:{actor.batch}" if actor.batch else "",
        )  # fmt: skip


def job_ended(session: Session, job_id: int, code: str, state: str, asked_by: int | None) -> None:
    """Tell who asked for a job that it is done or failed; whoever cancels one knows it."""
    kind = {"done": JOB_DONE, "failed": JOB_FAILED}.get(state)
    if kind is not None and asked_by is not None:
        notify(session, kind, [asked_by], entity="job", record_id=job_id, values={"job": code})


def _tell_given(session: Session, context: UOWTransaction) -> None:
    actor = session.info.get("actor")
    if actor is None or actor.user_id is None:
        return
    new: Collection[Any] = session.new
    for model in _GIVEN:
        given = [record for record in new if isinstance(record, model)]
        if model is not Deal:
            given += [r for r in session.dirty if isinstance(r, model) and _is_given(r)]
        if model is Task:
            given = [task for task in given if task.done_at is None]
        if given:
            tell_given(session, model, [r.id for r in given], [r.owner_id for r in given])


def _is_given(record: Any) -> bool:
    return bool(sa_inspect(record).attrs.owner_id.history.added)


__all__ = ["CLIENTS", "DEALS", "REMINDER", "TASKS", "install", "job_ended", "notify", "tell_given"]
