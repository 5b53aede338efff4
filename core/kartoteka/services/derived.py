"""Keep what is computed from a record right in the transaction that changes it.

Before a flush: signatures, sort keys, manager and department of child rows, normalised contact
points, completeness. After it: search texts and totals of the clients concerned. The flush is
the one door all writes go through, so the form, REST, import and plugins are all covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import event, inspect as sa_inspect, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from kartoteka.access.actor import Actor
from kartoteka.access.scope import actor_of, connection_of, unscoped
from kartoteka.errors import Rejected
from kartoteka.fields.field import Field, fields_of
from kartoteka.fields.kinds import Money, Reading
from kartoteka.fields.text import fold, unkeepable
from kartoteka.fields.types import now
from kartoteka.hooks.manager import Plugins
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, ContactPoint
from kartoteka.models.dmu import DmuMember
from kartoteka.models.money import Purchase
from kartoteka.models.people import Staff
from kartoteka.models.record import OfClient, Owned, Record, Searchable
from kartoteka.models.work import Activity
from kartoteka.services import (
    contact_points,
    handover,
    main_ones,
    same_client,
    totals,
    written,
)
from kartoteka.services.search_texts import refresh_search

_TOUCHED = "kartoteka.touched"
_OWNER = {"owner_id"}


def install(session_class: type[Session]) -> None:
    """Derive for all sessions of this class."""
    event.listen(session_class, "before_flush", _before)
    event.listen(session_class, "after_flush", _after)
    event.listen(session_class, "after_soft_rollback", _forget)


def fill_keys(record: Record) -> None:
    """Set the folded twins of a record's sorted fields."""
    for name, item in fields_of(type(record)).items():
        if item.sort_key:
            value = getattr(record, name)
            setattr(record, f"{name}_key", None if value is None else fold(value)[:255])


def completeness(record: Any, fields: Mapping[str, Field[Any]]) -> int:
    """Return how much of a card is filled, in percent of the fields the business expects."""
    expected = [name for name, item in fields.items() if item.is_expected_of(record)]
    filled = sum(getattr(record, name) not in (None, "", ()) for name in expected)
    return round(100 * filled / len(expected)) if expected else 100


def _before(session: Session, context: UOWTransaction, instances: Any) -> None:
    session.info[_TOUCHED] = []
    derive(session)


def derive(session: Session) -> None:
    """Derive everything the records about to be written need; doing it again changes nothing."""
    with session.no_autoflush:
        main_ones.keep_one(
            session, [r for r in [*session.dirty, *session.new] if isinstance(r, Record)]
        )
    changed = [r for r in session.dirty if isinstance(r, Record) and session.is_modified(r)]
    written = [*(r for r in session.new if isinstance(r, Record)), *changed]
    touched: list[Any] = session.info[_TOUCHED]
    touched.extend(r for r in [*written, *session.deleted] if isinstance(r, Record))
    if not written:
        return
    with session.no_autoflush:
        _sign(session, written)
        _own(session, written)
        _currencies(session, written)
        for record in changed:
            if isinstance(record, Client) and _owner_changed(record) and record.owner_id:
                handover.bring_along(session, record.id, record.owner_id, record.department_id)
        for record in written:
            _demand_keepable(record)
            fill_keys(record)
            if isinstance(record, ContactPoint):
                contact_points.normalise(record, _reading(session))
            if isinstance(record, Client):
                _client(session, record)


def _demand_keepable(record: Record) -> None:
    """Refuse what a form checks by kinds, and services take as plain texts: notes, titles."""
    for name, value in record.__dict__.items():
        if isinstance(value, str) and (wrong := unkeepable(value)):
            raise Rejected(wrong, name)


def _client(session: Session, client: Client) -> None:
    if client.left_on is not None and client.lost_reason_id is None:
        raise Rejected(gettext("Say why the client left: choose a reason."), "lost_reason_id")
    registry = session.info.get("registry")
    if registry is not None:
        client.completeness = completeness(client, registry.fields("client"))
    if client.currency is None:
        client.currency = session.info.get("currency", "RUB")


def _sign(session: Session, records: Iterable[Record]) -> None:
    actor = actor_of(session)
    moment = now()
    for record in records:
        if sa_inspect(record).identity is None:
            record.created_at = record.created_at or moment
            if record.created_by_id is None:
                record.created_by_id = actor.user_id
        record.updated_at = moment
        record.updated_by_id = actor.user_id
        if isinstance(record, Activity) and record.author_id is None:
            record.author_id = actor.user_id
        if isinstance(record, DmuMember):
            record.assessed_by_id, record.assessed_at = actor.user_id, moment


def _own(session: Session, records: Iterable[Record]) -> None:
    """Give each row its manager and department: from its client, or from the person named."""
    owned = [r for r in records if isinstance(r, Owned)]
    holders = _holders(session, owned)
    actor = actor_of(session)
    for record in owned:
        holder = _holder_of(record, holders)
        if isinstance(record, OfClient | ContactPoint):
            if holder is not None:
                record.owner_id, record.department_id = holder
        elif record.owner_id is None and sa_inspect(record).identity is None:
            named = None if holder is None else holder[0]
            record.owner_id = named or _first_owner(session, actor, record)
    people = {r.owner_id for r in owned if _follows_person(r) and r.owner_id is not None}
    departments = _departments(session, people)
    for record in owned:
        if _follows_person(record) and _owner_changed(record):
            if record.owner_id is not None:
                record.department_id = departments.get(record.owner_id)
            elif record.department_id is None:
                record.department_id = actor.department_id


def _first_owner(session: Session, actor: Actor, record: Owned) -> int | None:
    """Return whose a new row is when nothing says it: who writes it, or whom plugins choose."""
    # A director's new client without a manager waits to be given to somebody.
    mine = None if actor.sees_all and isinstance(record, Client) else actor.user_id
    if mine is not None or not isinstance(record, Client):
        return mine
    plugins: Plugins | None = session.info.get("plugins")
    return (
        None if plugins is None else plugins.first("assign_manager", session=session, client=record)
    )


def _currencies(session: Session, records: Iterable[Record]) -> None:
    """Give each amount a currency: that of the client's account, else of the installation."""
    open_ones: list[tuple[Record, str]] = []
    for record in records:
        for name, item in fields_of(type(record)).items():
            if isinstance(item.kind, Money) and item.kind.has_own_currency:
                column = item.kind.currency_column(name)
                if getattr(record, name) is not None and getattr(record, column) is None:
                    open_ones.append((record, column))
    ids = {getattr(record, "client_id", None) for record, _column in open_ones} - {None}
    known: dict[int, str | None] = {}
    if ids:
        with unscoped(session, "the currency of a row's client; the guard checks the link"):
            rows = session.execute(select(Client.id, Client.currency).where(Client.id.in_(ids)))
            known = {row[0]: row[1] for row in rows}
    for record, column in open_ones:
        mine = known.get(getattr(record, "client_id", 0))
        setattr(record, column, mine or session.info.get("currency", "RUB"))


def _follows_person(record: Owned) -> bool:
    return not isinstance(record, OfClient | ContactPoint)


def _owner_changed(record: Any) -> bool:
    return (
        sa_inspect(record).identity is None
        or sa_inspect(record).attrs.owner_id.history.has_changes()
    )


def _holders(
    session: Session, records: Iterable[Any]
) -> dict[tuple[type[Any], int], tuple[int | None, int | None]]:
    """Return manager and department of the clients and contacts that rows belong to."""
    found: dict[tuple[type[Any], int], tuple[int | None, int | None]] = {}
    for model, name in ((Client, "client_id"), (Contact, "contact_id")):
        ids = {getattr(record, name, None) for record in records} - {None}
        if ids:
            with unscoped(session, "the manager of a row's client; the guard checks the link"):
                for row in session.execute(
                    select(model.id, model.owner_id, model.department_id).where(model.id.in_(ids))
                ):
                    found[model, row[0]] = row[1], row[2]
    return found


def _holder_of(
    record: Any, holders: Mapping[tuple[type[Any], int], tuple[int | None, int | None]]
) -> tuple[int | None, int | None] | None:
    client_id = getattr(record, "client_id", None)
    if client_id is not None:
        return holders.get((Client, client_id))
    contact_id = getattr(record, "contact_id", None)
    return None if contact_id is None else holders.get((Contact, contact_id))


def _departments(session: Session, people: set[int]) -> dict[int, int | None]:
    if not people:
        return {}
    rows = session.execute(select(Staff.id, Staff.department_id).where(Staff.id.in_(people)))
    return {row[0]: row[1] for row in rows}


def _after(session: Session, context: UOWTransaction) -> None:
    touched: list[Record] = list(dict.fromkeys(session.info.pop(_TOUCHED, [])))
    if not touched:
        return
    _search_texts(session, touched)
    # Asked once: the session puts its lists together anew each time.
    others = {id(record) for record in [*session.deleted, *session.new]}
    there = [record for record in touched if id(record) not in others]
    moved = {r.id for r in there if isinstance(r, Client) and _has_changed(r, _OWNER)}
    if moved:
        handover.carry_children(session, moved)
    people = {r.id for r in there if isinstance(r, Contact) and _has_changed(r, _OWNER)}
    if people:
        handover.carry_points(session, people)
    bought, talked = _clients_of(Purchase, touched), _clients_of(Activity, touched)
    for model, ids in _given(there).items():
        more_bought, more_talked = carry_along(session, model, ids)
        bought |= more_bought
        talked |= more_talked
    currencies = {r.id for r in there if isinstance(r, Client) and _has_changed(r, {"currency"})}
    refresh_totals(session, bought | currencies, talked)


def _given(touched: Iterable[Record]) -> dict[type[Record], set[int]]:
    """Return the records that were given to another client."""
    found: dict[type[Record], set[int]] = {}
    for record in touched:
        if "client_id" in sa_inspect(record).attrs and _has_changed(record, {"client_id"}):
            found.setdefault(type(record), set()).add(record.id)
    return found


def carry_along(
    session: Session, model: type[Record], ids: Iterable[int]
) -> tuple[set[int], set[int]]:
    """Bring what hangs on records to their new client.

    Returns:
        clients whose purchases changed, and clients whose activities did.
    """
    before, after = same_client.follow(session, model, ids)
    written.gather_moved(session, before, after)

    def clients(kind: type[Record]) -> set[int]:
        rows = [*before.get(kind, {}).values(), *after.get(kind, {}).values()]
        return {row["client_id"] for row in rows}

    return clients(Purchase), clients(Activity)


def _has_changed(record: Any, names: set[str]) -> bool:
    """Say whether one of these values of a record that was there before was changed."""
    attributes = sa_inspect(record).attrs
    return any(attributes[name].history.has_changes() for name in names)


def refresh_totals(session: Session, bought: set[int], talked: set[int]) -> None:
    """Compute the totals of clients anew: of purchases, and the moment of the last contact."""
    if bought:
        totals.refresh_purchases(connection_of(session), bought)
    if talked:
        totals.refresh_contacts(connection_of(session), talked, _contact_kinds(session))
    changed = {(number,) for number in bought | talked}
    # By identity: the number of one that a statement deleted can not be read any more.
    for client in [r for r in session if sa_inspect(r).identity in changed]:
        if not isinstance(client, Client):
            continue
        session.expire(
            client,
            ["first_purchase_on", "last_purchase_on", "purchase_count", "purchase_total",
             "debt_total", "last_contact_at"],
        )  # fmt: skip


def _forget(session: Session, _transaction: SessionTransaction) -> None:
    """Drop what a failed flush had gathered: the next one is about other records."""
    session.info.pop(_TOUCHED, None)


def _contact_kinds(session: Session) -> list[str] | None:
    registry = session.info.get("registry")
    if registry is None:
        return None
    return [code for code, kind in registry.activity_kinds.items() if kind.is_contact]


def _clients_of(model: type[Any], records: Iterable[Any]) -> set[int]:
    ids: set[int] = set()
    for record in records:
        if isinstance(record, model):
            ids.add(record.client_id)
            ids.update(sa_inspect(record).attrs.client_id.history.deleted or ())
    return ids - {None}  # pyright: ignore[reportReturnType]


def _search_texts(session: Session, touched: Iterable[Record]) -> None:
    wanted: dict[type[Any], set[int]] = {}
    gone = session.deleted
    for record in touched:
        if isinstance(record, Searchable) and record not in gone:
            wanted.setdefault(type(record), set()).add(record.id)
        if isinstance(record, ContactPoint):
            if record.client_id is not None:
                wanted.setdefault(Client, set()).add(record.client_id)
            if record.contact_id is not None:
                wanted.setdefault(Contact, set()).add(record.contact_id)
    for model, ids in wanted.items():
        refresh_search(session, model, ids)


def _reading(session: Session) -> Reading:
    return session.info.get("reading") or Reading()


__all__ = [
    "carry_along", "completeness", "derive", "fill_keys", "install", "refresh_search",
    "refresh_totals",
]  # fmt: skip
