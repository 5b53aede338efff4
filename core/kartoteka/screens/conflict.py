"""Two people changed one record: what stood there, what the other wrote, what I wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reading, Reference
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.screens.forms import texts_of
from kartoteka.services import records
from kartoteka.services.records import editable_fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """What one form held: as an input keeps it, and as people read it."""

    text: str
    shown: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One field two people changed to different values."""

    name: str
    title: str
    base: Side
    theirs: Side
    mine: Side


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A conflict, field by field.

    Args:
        clashes: both changed it; the person has to choose.
        mine: only I changed it; it is saved as I wrote it.
        theirs: only the other changed it; it stays.
    """

    clashes: Sequence[Difference]
    mine: Sequence[Difference]
    theirs: Sequence[Difference]


def version_of(form: MultiDict[str, str], record: Any) -> int:
    """Return the version the form was opened with.

    A form without one is taken for one of the present version: a quick form that changes a field
    or two and knows of no other.
    """
    sent = form.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else record.version


def compare(
    session: Session,
    entity: Entity,
    record: Any,
    texts: Mapping[str, str],
    base: Mapping[str, str],
) -> Comparison:
    """Sort what differs between the form as opened, the record as it is, and the form as sent."""
    fields = editable_fields(session, entity)
    now = texts_of(session, entity, record)
    clashes: list[Difference] = []
    mine: list[Difference] = []
    theirs: list[Difference] = []
    for name, item in fields.items():
        if name not in base:
            continue
        before, here, there = base[name], texts.get(name, base[name]), now[name]
        i_changed, they_changed = here != before, there != before
        if here == there or not (i_changed or they_changed):
            continue
        found = _difference(session, item, before, there, here)
        (clashes if i_changed and they_changed else mine if i_changed else theirs).append(found)
    return Comparison(clashes=clashes, mine=mine, theirs=theirs)


def _difference(
    session: Session, item: Field[Any], base: str, theirs: str, mine: str
) -> Difference:
    return Difference(
        name=item.name,
        title=str(item.title),
        base=_side(session, item, base),
        theirs=_side(session, item, theirs),
        mine=_side(session, item, mine),
    )


def _side(session: Session, item: Field[Any], text: str) -> Side:
    reading: Reading = session.info.get("reading") or Reading()
    try:
        value = item.kind.parse(text, reading)
        if isinstance(item.kind, Reference) and value is not None:
            names = records.labels(session, item.kind.table, {value})
            return Side(text=text, shown=names.get(value, gettext("hidden")))
        return Side(text=text, shown=item.kind.show(value, reading))
    except ValueError:
        return Side(text=text, shown=text)


__all__ = ["Comparison", "Difference", "Side", "compare", "version_of"]
