"""What is kept of a person: all of it in one file, and erased when the person asks.

GDPR, articles 15, 17 and 20; Federal Law 152-FZ of Russia, articles 14 and 21.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, connection_of, unscoped
from kartoteka.errors import NotAllowed
from kartoteka.fields.types import now
from kartoteka.history import log
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.merging.settling import settle
from kartoteka.merging.ways import numbers, ways_to
from kartoteka.models.change import Change
from kartoteka.models.contact import Contact, ContactPoint
from kartoteka.models.record import Base, Record
from kartoteka.models.removal import Removal
from kartoteka.services import permissions, records

#: The right of the hook `permissions()`.
ERASE = "erase_personal_data"
#: What stands in the history where a value was.
GONE = "…"
#: So many packages of the bin are looked into at once.
_PACKAGES = 100
#: What people wrote about the person beside the card; erased with it.
_TEXTS = (
    "text", "note", "subject", "outcome", "evidence", "wording", "proof", "position", "unit",
    "answer_note",
)  # fmt: skip


def collected(session: Session, contact: Contact) -> dict[str, Any]:
    """Return everything that is kept of a person, as plain values for a file.

    The card, phones and addresses, places of work, consents and every other record that names the
    person, of plugins too, with the history of changes of the card. What the actor does not see is
    not in it; the director's copy is the whole.
    """
    registry = records.registry_of(session)
    told: dict[str, Any] = {
        "made_at": now().isoformat(),
        "contact": _plain(session, registry.entity("contact"), contact),
        "history": [
            {"at": one.at.isoformat(), "action": one.action, "way": one.way,
             "changes": one.changes}
            for one in log.changes_of(session, "contact", contact.id, 10_000)
        ],
    }  # fmt: skip
    for way in ways_to("contact"):
        entity = registry.entity_of_table(way.table.name)
        if entity is None or way.column not in records.visible_fields(session, entity):
            continue
        column = getattr(entity.model, way.column)
        rows = session.scalars(
            select(entity.model).where(column == contact.id).order_by(entity.model.id)
        )
        told.setdefault(entity.code, []).extend(_plain(session, entity, row) for row in rows)
    return told


def erase(session: Session, contact: Contact) -> int:
    """Overwrite what is kept of a person, in the caller's transaction; nothing brings it back.

    Name, birthday, notes and all other fields of the card; phones and addresses go; the wordings
    of consents go, that and when they were given stays; remarks in records that name the person;
    the same in the history and in the bin. Deals, purchases and talks stay, with a person without
    a name. What others wrote about the person in records that do not name it can not be found.

    Returns:
        how many values of the history were overwritten.

    Raises:
        NotAllowed: the actor may not erase personal data.
    """
    if not permissions.holds(session, ERASE):
        raise NotAllowed(gettext("You have no right to erase personal data."))
    session.flush()
    connection, number = connection_of(session), contact.id
    points: Table = ContactPoint.__table__  # pyright: ignore[reportAssignmentType]
    once = _once_merged(session, number)
    ids: dict[str, set[int]] = {"contact": once}
    changed: dict[type[Record], set[int]] = {}
    for way in ways_to("contact"):
        if "id" not in way.table.c:
            continue
        found = set(
            connection.scalars(select(way.table.c.id).where(way.table.c[way.column] == number))
        )
        ids.setdefault(way.table.name, set()).update(found)
    # Points that were deleted before stand in the history with the person's number.
    ids["contact_point"] |= _once_of(session, "contact_point", once)
    for code, some in ids.items():
        entity = records.registry_of(session).entity_of_table(code)
        if entity is None or not some or code in ("contact", "contact_point"):
            continue
        emptied = _emptied(entity, _TEXTS)
        if emptied:
            table: Any = entity.model.__table__
            connection.execute(
                update(table).where(table.c.id.in_(numbers(connection, some))).values(emptied)
            )
            changed[entity.model] = some
    connection.execute(points.delete().where(points.c.contact_id == number))
    table = Contact.__table__
    fields = records.registry_of(session).fields("contact")
    values = {n: None for n, f in fields.items() if not f.required and not f.readonly
              and n not in ("owner_id", "department_id")}  # fmt: skip
    name = gettext("Erased person")
    connection.execute(
        update(table).where(table.c.id == number)
        .values({**values, "name": name, "name_key": name.casefold(),
                 "version": table.c.version + 1, "updated_at": now(),
                 "updated_by_id": actor_of(session).user_id})
    )  # fmt: skip
    overwritten = _overwrite(session, ids)
    _empty_packages(session, once)
    log.write(session, [
        {"entity": "contact", "record_id": number, "action": "erase",
         "changes": {"name": [GONE, name]}},
    ])  # fmt: skip
    session.expire_all()
    settle(session, records.registry_of(session).entity("contact"), {number}, changed,
           {ContactPoint: ids["contact_point"]})  # fmt: skip
    return overwritten


def _plain(session: Session, entity: Entity, record: Any) -> dict[str, Any]:
    fields = records.visible_fields(session, entity)
    return {
        "id": record.id,
        **{name: item.kind.plain(getattr(record, name)) for name, item in fields.items()},
    }


def _emptied(entity: Entity, names: Iterable[str]) -> dict[str, Any]:
    """Return the remarks of a kind of record that can stand empty."""
    columns = entity.model.__table__.c
    return {name: None for name in names if name in columns and columns[name].nullable}


def _once_merged(session: Session, number: int) -> set[int]:
    """Return the numbers under which the person stood: its own, and those merged into it."""
    found, waiting = {number}, {number}
    while waiting:
        with unscoped(session, "personal data are erased wherever they are"):
            more = session.scalars(
                select(Removal.record_id).where(
                    Removal.entity == "contact", Removal.kind == "merged",
                    Removal.state == "kept", Removal.kept_id.in_(sorted(waiting)),
                )
            ).all()  # fmt: skip
        waiting = set(more) - found
        found |= waiting
    return found


def _once_of(session: Session, entity: str, contacts: set[int]) -> set[int]:
    """Return the rows whose history says that they were the person's."""
    sides = [Change.changes["contact_id", side].as_integer() for side in (0, 1)]
    was_theirs = or_(*(side.in_(sorted(contacts)) for side in sides))
    with unscoped(session, "personal data are erased wherever they are"):
        found = session.scalars(
            select(Change.record_id).where(Change.entity == entity, was_theirs)
        ).all()
    return set(found)


def _overwrite(session: Session, ids: Mapping[str, set[int]]) -> int:
    """Overwrite texts in the history of rows: what was there, and what came instead."""
    connection = connection_of(session)
    table: Any = Change.__table__
    entities = records.registry_of(session).entities
    count = 0
    for code, some in ids.items():
        if code not in entities or not some:
            continue
        fields = records.registry_of(session).fields(code)
        personal = {
            name
            for name in fields
            if name in _TEXTS
            or (code in ("contact", "contact_point") and name not in ("contact_id", "client_id"))
        }
        rows = connection.execute(
            select(table.c.id, table.c.changes).where(
                table.c.entity == code, table.c.record_id.in_(numbers(connection, some))
            )
        ).all()
        written: list[dict[str, Any]] = []
        for number, changes in rows:
            told = personal & changes.keys()
            if told:
                count += len(told)
                new = {n: [_covered(v) for v in pair] if n in told else pair
                       for n, pair in changes.items()}  # fmt: skip
                written.append({"of_change": number, "covered": new})
        if written:
            connection.execute(
                update(table)
                .where(table.c.id == bindparam("of_change"))
                .values(changes=bindparam("covered", type_=table.c.changes.type)),
                written,
            )
    return count


def _covered(value: Any) -> Any:
    return GONE if isinstance(value, str) and value else value


def _empty_packages(session: Session, contacts: set[int]) -> None:
    """Forget what the bin and merges kept of the person; the person can not be brought back."""
    of_person = Removal.record_id.in_(contacts) | Removal.kept_id.in_(contacts)
    by = actor_of(session).user_id
    with unscoped(session, "personal data are erased wherever they are"):
        session.execute(
            update(Removal)
            .where(Removal.entity == "contact", of_person, Removal.state == "kept")
            .values(contents=None, state="erased", label=GONE, ended_at=now(), ended_by_id=by)
        )
        last = 0
        others = select(Removal.id, Removal.contents).where(Removal.contents.is_not(None))
        while some := session.execute(
            others.where(Removal.id > last).order_by(Removal.id).limit(_PACKAGES)
        ).all():
            last = some[-1][0]
            for number, contents in some:
                if contents and _cleaned(contents, contacts):
                    session.execute(
                        update(Removal).where(Removal.id == number).values(contents=contents)
                    )


def _cleaned(contents: Mapping[str, Any], contacts: set[int]) -> bool:
    """Empty what rows of a package say of people; say whether there was anything."""
    found = False
    for name, part in contents.get("rows", {}).items():
        columns: list[str] = part["columns"]
        if "contact_id" not in columns:
            continue
        place, table = columns.index("contact_id"), Base.metadata.tables.get(name)
        theirs = [row for row in part["rows"] if row[place] in contacts]
        found = found or bool(theirs)
        if name == "contact_point":
            part["rows"] = [row for row in part["rows"] if row[place] not in contacts]
        for row in theirs:
            for text in (*_TEXTS, "search_text"):
                if text in columns and row[columns.index(text)]:
                    # A text that must be there could not come back empty.
                    may_be_empty = table is not None and table.c[text].nullable
                    row[columns.index(text)] = None if may_be_empty else GONE
    return found


__all__ = ["ERASE", "collected", "erase"]
