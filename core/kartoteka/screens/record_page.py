"""What the page of a record shows: its values in groups, what belongs to it, panels, history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_appbuilder.security.sqla.models import User
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kartoteka.errors import NotAllowed
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reading, Reference
from kartoteka.history.log import changes_of
from kartoteka.hooks.contributions import Action, Entity, Panel
from kartoteka.i18n import gettext
from kartoteka.models.change import Change
from kartoteka.screens import rights
from kartoteka.screens.cells import Cell, Labels, cells_of, cells_of_one, day_or_time, show
from kartoteka.screens.forms import currency_companions, grouped
from kartoteka.screens.lists import Column, Row, columns_of, row_styles, total_in_words
from kartoteka.services import records
from kartoteka.services.filtering import Filter
from kartoteka.services.listing import Query, fetch
from kartoteka.services.records import registry_of, visible_fields

logger = logging.getLogger(__name__)
CHILD_ROWS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A group of values of a record."""

    code: str
    title: str
    items: Sequence[tuple[Field[Any], Cell]]

    @property
    def is_empty(self) -> bool:
        """Say whether no field of the group is filled."""
        return all(not cell.text or cell.kind == "no" for _field, cell in self.items)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildList:
    """The first records of one kind that belong to a record."""

    entity: Entity
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: str
    has_more: bool
    all: str
    add: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelBox:
    """A plugin's block, rendered.

    Args:
        broken: the plugin whose block failed.
        late: the address the block is fetched from once the page stands.
    """

    code: str
    title: str
    html: str = ""
    broken: str = ""
    late: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry:
    """One act of the history in words."""

    who: str
    on_behalf_of: str
    when: str
    way: str
    act: str
    changes: Sequence[tuple[str, str, str]] = ()
    is_long: bool = False


def blocks(
    session: Session, entity: Entity, record: Any, known: Labels | None = None
) -> list[Block]:
    """Return the values of a record in the groups of its form.

    Args:
        known: names of other records the page has read already: table → id → name.
    """
    fields = visible_fields(session, entity)
    companions = set(currency_companions(fields).values())
    cells = cells_of_one(session, fields, record, known or {})
    return [
        Block(
            code=code, title=title,
            items=[(fields[n], cells[n]) for n in names if n not in companions],
        )
        for code, title, names in grouped(registry_of(session), fields)
    ]  # fmt: skip


def child_lists(
    session: Session, entity: Entity, record: Any, skip: Sequence[str] = ()
) -> list[ChildList]:
    """Return the first rows of every kind of record whose `parent` is this one.

    Args:
        skip: codes of entities the page shows in its own way.
    """
    found: list[ChildList] = []
    for child in registry_of(session).entities.values():
        if child.code in skip or not rights.may("list", child):
            continue
        fields = visible_fields(session, child)
        parent = fields.get(child.parent)
        if parent is None or not isinstance(parent.kind, Reference):
            continue
        if parent.kind.table == entity.code:
            found.append(_children(session, entity, record, child, fields))
    return found


def panels(session: Session, place: str, record: Any = None) -> list[PanelBox]:
    """Return the panels of a place, rendered; a broken one becomes a box that names its plugin.

    A late one of a record's page becomes a box with the address it is fetched from, unless the
    address of the page asks for all at once (`?panels=all`).
    """
    at_once = request.args.get("panels") == "all"
    found: list[PanelBox] = []
    wanted = [one for one in registry_of(session).panels.values() if one.place == place]
    for one in sorted(wanted, key=lambda one: one.weight):
        if not rights.holds(one.permission):
            continue
        if one.late and record is not None and not at_once:
            address = url_for(f"{place}.panel", pk=record.id, code=one.code)
            found.append(PanelBox(code=one.code, title=str(one.title), late=address))
        elif box := _rendered(session, one, record):
            found.append(box)
    return found


def panel(session: Session, place: str, code: str, record: Any) -> PanelBox | None:
    """Return one panel of a record, rendered; None when it has nothing to say.

    Raises:
        NotAllowed: there is no such panel for the person.
    """
    one = registry_of(session).panels.get(code)
    if one is None or one.place != place or not rights.holds(one.permission):
        raise NotAllowed(gettext("There is no such block, or you have no right to it."))
    return _rendered(session, one, record)


def _rendered(session: Session, one: Panel, record: Any) -> PanelBox | None:
    try:
        data = one.data(session, record)
        html = render_template(one.template, record=record, panel=one, **data)
    except Exception as error:
        plugin = registry_of(session).plugin_of("panels", one.code)
        logger.exception("Panel %r of plugin %r failed", one.code, plugin)
        if isinstance(error, SQLAlchemyError):
            session.rollback()  # a failed statement spoils the transaction for the others
        return PanelBox(code=one.code, title=str(one.title), broken=plugin)
    if not html.strip():
        return None  # a block that has nothing to say takes no place
    return PanelBox(code=one.code, title=str(one.title), html=Markup(html))


def actions_for(session: Session, entity: Entity) -> list[Action]:
    """Return the buttons over records of an entity that the person may press."""
    registry = registry_of(session)
    return [
        action
        for action in registry.actions.values()
        if action.place == entity.code
        and rights.holds(action.permission)
        and (not action.act or rights.may(action.act, entity))
    ]


def history(session: Session, entity: Entity, record_id: int, most: int = 20) -> list[HistoryEntry]:
    """Return the history of a record in words; fields hidden from the person are left out."""
    fields = visible_fields(session, entity)
    changes = changes_of(session, entity.code, record_id, most)
    labels = _labels(session, fields, changes)
    reading: Reading = session.info.get("reading") or Reading()

    def told(change: Change) -> list[tuple[str, str, str]]:
        return [
            (
                str(fields[name].title),
                _in_words(fields[name], old, reading, labels),
                _in_words(fields[name], new, reading, labels),
            )
            for name, (old, new) in change.changes.items()
            if name in fields
        ]

    return entries(session, changes, told)


def entries(
    session: Session,
    changes: Sequence[Change],
    told: Callable[[Change], list[tuple[str, str, str]]],
) -> list[HistoryEntry]:
    """Return changes in words: one statement for the names of who made them.

    Args:
        told: returns title, old and new value of each field of a change, in words.
    """
    people = {c.user_id for c in changes} | {c.on_behalf_of_id for c in changes}
    names = records.labels(session, User.__tablename__, {p for p in people if p is not None})
    reading: Reading = session.info.get("reading") or Reading()
    return [
        HistoryEntry(
            who=names.get(change.user_id or 0, gettext("Kartoteka")),
            on_behalf_of=names.get(change.on_behalf_of_id or 0, ""),
            when=day_or_time(change.at, reading),
            way=way_in_words(change.way),
            act=act_in_words(change.action),
            is_long=change.action in ("create", "delete", "restore"),
            changes=told(change),
        )
        for change in changes
    ]


def way_in_words(way: str) -> str:
    """Return by which way a change came, in words."""
    return {
        "screen": gettext("on screen"), "api": gettext("by API"), "import": gettext("by import"),
        "job": gettext("by a job"), "cli": gettext("from the command line"),
        "plugin": gettext("by a plugin"), "system": gettext("by the system"),
    }.get(way, way)  # fmt: skip


def act_in_words(action: str) -> str:
    """Return what was done, in words."""
    return {
        "create": gettext("created"), "update": gettext("changed"), "delete": gettext("deleted"),
        "merge": gettext("merged it with another record"), "restore": gettext("restored"),
        "unmerge": gettext("took a merge back"), "erase": gettext("erased the personal data"),
    }.get(action, action)  # fmt: skip


def _children(
    session: Session, entity: Entity, record: Any, child: Entity, fields: Mapping[str, Field[Any]]
) -> ChildList:
    belongs = Filter(field=child.parent, op="eq", value=record.id)
    page = fetch(session, child, Query(filters=(belongs,), size=CHILD_ROWS))
    columns = columns_of(child, fields, without=child.parent)
    rows = cells_of(session, columns, page.records)
    styles = row_styles(session, child, page.records)
    here = url_for(f"{entity.code}.show", pk=record.id)
    add = ""
    if child.addable and rights.may("add", child):
        preset: dict[str, Any] = {child.parent: record.id, "next": here}
        add = url_for(f"{child.code}.add", **preset)
    return ChildList(
        entity=child,
        columns=[Column(field=item) for item in columns.values()],
        rows=[
            Row(id=one.id, record=one, cells=cells, style=styles.get(one.id))
            for one, cells in zip(page.records, rows, strict=True)
        ],
        total=total_in_words(page),
        has_more=bool(page.next),
        all=url_for(f"{child.code}.list", f=f"{child.parent}:eq:{record.id}"),
        add=add,
    )


def _labels(
    session: Session, fields: Mapping[str, Field[Any]], changes: Sequence[Change]
) -> dict[str, dict[int, str]]:
    wanted: dict[str, set[int]] = {}
    for change in changes:
        for name, pair in change.changes.items():
            item = fields.get(name)
            if item is not None and isinstance(item.kind, Reference):
                ids = {value for value in pair if isinstance(value, int)}
                wanted.setdefault(item.kind.table, set()).update(ids)
    return records.labels_of_tables(session, wanted)


def _in_words(
    item: Field[Any], plain: Any, reading: Reading, labels: Mapping[str, Mapping[int, str]]
) -> str:
    if plain in (None, "", []):
        return ""
    if isinstance(item.kind, Reference):
        return labels.get(item.kind.table, {}).get(plain, gettext("hidden"))
    try:
        return show(item.kind, item.kind.parse(plain, reading), reading)
    except (ValueError, TypeError):
        return str(plain)


__all__ = [
    "Block", "ChildList", "HistoryEntry", "PanelBox", "act_in_words", "actions_for", "blocks",
    "child_lists", "history", "panels", "way_in_words",
]  # fmt: skip
