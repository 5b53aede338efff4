"""Tell what a row would change in a record that is there: what it holds now, and what it would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import Field, Reading, Reference, labels, registry_of, visible_fields
from kartoteka_excel_import.checking.batch import Batch

_LONGEST = 200
#: Of a new record of a row that else only changes what is there, the field that names it.
_NAMES = ("name", "title", "number", "position")


@dataclass(frozen=True, kw_only=True, slots=True)
class RowChange:
    """One field of a record that a row would change.

    Args:
        record: code of the entity.
        field: its name, or behind `+` the kind of a phone or an address that is added; empty: the
            whole record is new.
        old, new: values of the field; what is added has no old one.
        earlier: the row of the file that brings the record; 0 where it is in the base.
    """

    row: int
    record: str
    field: str
    old: Any
    new: Any
    earlier: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldChange:
    """A change as a person reads it: titles and values are texts.

    A phone or an address that is added has its kind as field, `postal_address` where the record has
    a field of that name: as in the codes of targets.
    """

    row: int
    record: str
    field: str
    title: str
    old: str
    new: str
    earlier: int = 0


def changes_at(batch: Batch, place: int) -> Iterator[RowChange]:
    """Yield what a row would change in records that are there, or that earlier rows bring."""
    row = batch.numbers[place]
    is_update = batch.verdicts[place] == "update"
    for part in batch.parts.values():
        if not part.present[place]:
            continue
        earlier = part.same_as[place] or 0
        if is_update and not earlier and part.record_ids[place] is None:
            named = (part.columns[name][place] for name in _NAMES if name in part.columns)
            new = next((value for value in named if value), None)
            yield RowChange(row=row, record=part.entity, field="", old=None, new=new)
        for name, (old, new) in (part.changes[place] or {}).items():
            yield RowChange(
                row=row, record=part.entity, field=name, old=old, new=new, earlier=earlier
            )
    for code, kind, value in batch.added.get(place, ()):
        earlier = batch.parts[code].same_as[place] or 0
        yield RowChange(
            row=row, record=code, field=f"+{kind}", old=None, new=value, earlier=earlier
        )


def told_changes(session: Session, changes: Sequence[RowChange]) -> list[ToldChange]:
    """Return changes as the person of a session may read them; hidden fields are left out.

    Names of records that are pointed to cost one statement for each kind of record.
    """
    reading: Reading = session.info.get("reading") or Reading()
    title_of = titles_for(session)
    fields = registry_of(session).fields
    tables: dict[str, set[int]] = {}
    for one in changes:
        item = fields(one.record).get(one.field)
        if item is not None and isinstance(item.kind, Reference):
            known = tables.setdefault(item.kind.table, set())
            known.update(value for value in (one.old, one.new) if value is not None)
    names = {table: labels(session, table, ids) for table, ids in tables.items()}
    found: list[ToldChange] = []
    for one in changes:
        name = one.field.removeprefix("+")
        if name != one.field and name in fields(one.record):
            name = f"postal_{name}"
        title = title_of(one.record, name)
        if title:
            item = fields(one.record).get(one.field)
            old, new = (_told(item, value, names, reading) for value in (one.old, one.new))
            found.append(
                ToldChange(
                    row=one.row, record=one.record, field=name, title=title, old=old, new=new,
                    earlier=one.earlier,
                )
            )  # fmt: skip
    return found


def titles_for(session: Session) -> Any:
    """Return a function that names a field of a record for the person of a session.

    It takes the code of an entity and the name of a field, or a kind of contact point, and returns
    an empty text for what the person may not see.
    """
    registry = registry_of(session)

    @cache
    def seen(code: str) -> Mapping[str, Field[Any]]:
        return visible_fields(session, registry.entity(code))

    kinds: Mapping[str, Any] = getattr(registry.fields("contact_point")["kind"].kind, "options", {})

    def title_of(record: str, name: str) -> str:
        if not name:
            return str(registry.entity(record).title) if seen(record) else ""
        if name in registry.fields(record):
            return str(seen(record)[name].title) if name in seen(record) else ""
        is_seen = "value" in seen("contact_point")
        return str(kinds.get(name.removeprefix("postal_"), "")) if is_seen else ""

    return title_of


def _told(
    item: Field[Any] | None, value: Any, names: Mapping[str, Mapping[int, str]], reading: Reading
) -> str:
    if value is None:
        return ""
    if item is None:
        text = str(value)
    elif isinstance(item.kind, Reference):
        text = names[item.kind.table].get(value, "")
    else:
        text = item.kind.show(value, reading)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


__all__ = ["RowChange", "ToldChange", "changes_at", "titles_for", "told_changes"]
