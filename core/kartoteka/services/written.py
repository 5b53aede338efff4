"""Tell plugins what was just written, while its transaction is still open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import event, inspect as sa_inspect, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from kartoteka.access.scope import connection_of
from kartoteka.history.cascade import Going
from kartoteka.history.log import GOING
from kartoteka.hooks.contributions import RecordWritten
from kartoteka.hooks.manager import Plugins
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, Employment
from kartoteka.models.record import Record

_WRITTEN = "kartoteka.written"
Act = Literal["create", "update", "delete"]


def install(session_class: type[Session]) -> None:
    """Tell for all sessions of this class, behind everything the core derives."""
    event.listen(session_class, "after_flush", _gather)
    event.listen(session_class, "after_flush_postexec", _tell)
    event.listen(session_class, "after_soft_rollback", _forget)


def tell_bulk(
    session: Session,
    model: type[Record],
    before: Mapping[int, Mapping[str, Any]],
    after: Mapping[int, Mapping[str, Any]],
    going: Iterable[Going] = (),
) -> None:
    """Tell of the rows an UPDATE or DELETE of many wrote; without `after` they were deleted.

    Args:
        going: what the database deletes with them.
    """
    action: Act = "update" if after else "delete"
    people: set[int] = set()
    if _is_of_person(model):
        people = {v["contact_id"] for v in (*before.values(), *after.values()) if "contact_id" in v}
    employers = _employers(session, people)
    rows: list[RecordWritten] = []
    for number, old in before.items():
        new = after.get(number, {})
        ids = {old.get("client_id"), new.get("client_id")} - {None}
        if model is Client:
            ids = {number}
        for person in {old.get("contact_id"), new.get("contact_id")}:
            ids |= employers.get(person, set())
        rows.append(_one(model, number, action, ids))
    _ask(session, [*session.info.pop(_WRITTEN, []), *rows, *_gone(session, going)])


def tell_rows(
    session: Session,
    model: type[Record],
    action: Act,
    ids: Sequence[int],
    clients: Sequence[int | None],
) -> None:
    """Tell of rows that were written set-wise.

    Args:
        model: a class whose rows belong to a client, or are clients.
        ids: the rows.
        clients: the client of each row.
    """
    if _plugins(session) is not None:
        told = [
            RecordWritten(
                entity=model.__tablename__, record_id=number, action=action,
                client_ids=frozenset((client,)) if client else frozenset[int](),
            )
            for number, client in zip(ids, clients, strict=True)
        ]  # fmt: skip
        session.info.setdefault(_WRITTEN, []).extend(told)


def tell_gone(session: Session, going: Iterable[Going]) -> None:
    """Tell of what the database deletes with rows that are deleted set-wise."""
    if _plugins(session) is not None:
        session.info.setdefault(_WRITTEN, []).extend(_gone(session, going))


def ask_told(session: Session) -> None:
    """Ask plugins about what was told of and not asked about yet."""
    _ask(session, session.info.pop(_WRITTEN, []))


def tell_settled(
    session: Session, rows: Mapping[tuple[type[Record], Act], Collection[int]], clients: set[int]
) -> None:
    """Tell of rows that were written set-wise and settled together.

    Args:
        rows: numbers by class and act.
        clients: the clients all of this concerns; those of people in the rows are added.
    """
    people = {number for (model, _act), ids in rows.items() if model is Contact for number in ids}
    concerned = clients.union(*_employers(session, people).values())
    _ask(session, [
        _one(model, number, action, concerned)
        for (model, action), ids in rows.items()
        for number in sorted(ids)
    ])  # fmt: skip


def gather_moved(
    session: Session,
    before: Mapping[type[Record], Mapping[int, Mapping[str, Any]]],
    after: Mapping[type[Record], Mapping[int, Mapping[str, Any]]],
) -> None:
    """Have rows told of that went to another client along with what was written."""
    if _plugins(session) is not None:
        session.info.setdefault(_WRITTEN, []).extend(
            _one(model, number, "update", {old["client_id"], after[model][number]["client_id"]})
            for model, rows in before.items()
            for number, old in rows.items()
        )


def _gather(session: Session, context: UOWTransaction) -> None:
    # The objects are looked at here: after the flush nothing tells any more what was new.
    if _plugins(session) is not None:
        told = session.info.setdefault(_WRITTEN, [])
        told.extend(_rows(session))
        told.extend(_gone(session, session.info.pop(GOING, ())))


def _rows(session: Session) -> Iterator[RecordWritten]:
    changed = [r for r in session.dirty if r not in session.deleted and session.is_modified(r)]
    acts: list[tuple[Act, Iterable[Any]]] = [
        ("create", session.new), ("delete", session.deleted), ("update", changed),
    ]  # fmt: skip
    written: list[tuple[Act, Record]] = [
        (action, record)
        for action, records in acts
        for record in records
        if isinstance(record, Record)
    ]
    people = {number: _people_of(record) for number, (_action, record) in enumerate(written)}
    employers = _employers(session, set[int]().union(*people.values()))
    for number, (action, record) in enumerate(written):
        ids = _clients_of(record).union(*(employers.get(one, ()) for one in people[number]))
        yield _one(type(record), record.id, action, ids)


def _gone(session: Session, going: Iterable[Going]) -> Iterator[RecordWritten]:
    """Yield what the database deletes with other records: a client may have lost its decider."""
    for code, number, values in going:
        model = session.info["registry"].entity(code).model
        yield _one(model, number, "delete", {values.get("client_id")} - {None})


def _clients_of(record: Record) -> set[Any]:
    return {record.id} if isinstance(record, Client) else _pointed_at(record, "client_id")


def _people_of(record: Record) -> set[Any]:
    return _pointed_at(record, "contact_id") if _is_of_person(type(record)) else set()


def _pointed_at(record: Record, name: str) -> set[Any]:
    """Return the ids a reference of a record holds and held before this flush."""
    state = sa_inspect(record)
    if name not in state.attrs:
        return set()
    return {state.dict.get(name), *(state.attrs[name].history.deleted or ())} - {None}


def _is_of_person(model: type[Record]) -> bool:
    """Say whether rows belong to a person and to no client; consents do."""
    columns = model.__table__.columns
    return "contact_id" in columns and "client_id" not in columns


def _employers(session: Session, people: Collection[int]) -> dict[int | None, set[int]]:
    """Return the clients at which people work or worked, whoever writes: one statement."""
    found: dict[int | None, set[int]] = {}
    if people:
        job: Any = Employment.__table__
        asked = select(job.c.contact_id, job.c.client_id).where(job.c.contact_id.in_(people))
        for person, client in connection_of(session).execute(asked):
            found.setdefault(person, set()).add(client)
    return found


def _one(model: type[Record], number: int, action: Act, ids: set[Any]) -> RecordWritten:
    return RecordWritten(
        entity=model.__tablename__, record_id=number, action=action, client_ids=frozenset(ids)
    )


def _tell(session: Session, context: UOWTransaction) -> None:
    _ask(session, session.info.pop(_WRITTEN, []))


def _ask(session: Session, rows: Sequence[RecordWritten]) -> None:
    plugins = _plugins(session)
    if plugins is not None and rows:
        for _plugin, _answer in plugins.each("after_save", session=session, written=rows):
            pass


def _plugins(session: Session) -> Plugins | None:
    plugins: Plugins | None = session.info.get("plugins")
    return plugins if plugins is not None and plugins.implementers("after_save") else None


def _forget(session: Session, _transaction: SessionTransaction) -> None:
    """Drop the news of a failed flush."""
    session.info.pop(_WRITTEN, None)


__all__ = [
    "ask_told", "gather_moved", "install", "tell_bulk", "tell_gone", "tell_rows", "tell_settled",
]  # fmt: skip
