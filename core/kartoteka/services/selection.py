"""Say which records of a list are meant: everything it is narrowed to, or the rows ticked in it.

Exports, totals and mass actions take a selection. It travels as JSON in the arguments of a job and
is read again with the rights of who asked, so it means what that person sees when the job runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import Session

from kartoteka.criteria import document
from kartoteka.criteria.tree import Tree
from kartoteka.errors import Invalid
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext, ngettext
from kartoteka.services import criteria
from kartoteka.services.choice_order import place_of
from kartoteka.services.filtering import MAX_FILTERS, Filter, condition_of, conditions_of
from kartoteka.services.list_search import is_searchable, search_condition
from kartoteka.services.listing import order_of
from kartoteka.services.records import visible_fields

MOST_TICKED = 1000
_NAMES = frozenset({"filters", "search", "order", "criteria", "ids"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Records of one list, in its order. Whatever is set narrows; all of it holds together.

    Args:
        filters: those of the list.
        search: words of quick search.
        order: as in `Query`.
        criteria: a tree of criteria, as the author of a saved view wrote it.
        ids: rows that were ticked; empty for all.
    """

    filters: Sequence[Filter] = ()
    search: str = ""
    order: str = ""
    criteria: Tree | None = None
    ids: Sequence[int] = ()


def plain(selection: Selection) -> dict[str, Any]:
    """Return a selection as JSON, for the arguments of a job and for hidden inputs."""
    found: dict[str, Any] = {
        "filters": [[item.field, item.op, item.value] for item in selection.filters],
        "search": selection.search,
        "order": selection.order,
        "criteria": None if selection.criteria is None else document.write(selection.criteria),
        "ids": list(selection.ids),
    }
    return {name: value for name, value in found.items() if value}


def read(session: Session, entity: Entity, given: Any) -> Selection:
    """Read a selection from its JSON form.

    Raises:
        Invalid: it has another form, or criteria that do not fit, with a sentence for each part.
    """
    if not isinstance(given, Mapping) or set(given) - _NAMES:  # pyright: ignore[reportUnknownArgumentType]
        raise Invalid({"selection": gettext("This does not say which records are meant.")})
    sent: Mapping[str, Any] = given  # pyright: ignore[reportUnknownVariableType]
    filters, ids = sent.get("filters") or [], sent.get("ids") or []
    texts = [sent.get("search") or "", sent.get("order") or ""]
    fits = (
        isinstance(filters, list)
        and len(filters) <= MAX_FILTERS  # pyright: ignore[reportUnknownArgumentType]
        and all(_is_filter(item) for item in filters)  # pyright: ignore[reportUnknownVariableType]
        and all(isinstance(text, str) and len(text) <= 200 for text in texts)
        and isinstance(ids, list)
        and all(type(one) is int and 0 < one < 2**31 for one in ids)  # pyright: ignore[reportUnknownVariableType]
    )
    if not fits:
        raise Invalid({"selection": gettext("This does not say which records are meant.")})
    if len(ids) > MOST_TICKED:  # pyright: ignore[reportUnknownArgumentType]
        text = gettext("Tick at most %(most)s rows, or take the whole list.", most=MOST_TICKED)
        raise Invalid({"ids": text})
    tree = sent.get("criteria")
    return Selection(
        filters=tuple(Filter(field=name, op=op, value=value) for name, op, value in filters),  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        search=texts[0],
        order=texts[1],
        criteria=None if tree is None else criteria.read(session, entity, tree),
        ids=tuple(dict.fromkeys(ids)),  # pyright: ignore[reportUnknownArgumentType]
    )


def conditions(session: Session, entity: Entity, selection: Selection) -> list[ColumnElement[bool]]:
    """Return what the records of a selection have in common, for `where(*…)`.

    Raises:
        Invalid: a filter or criteria that do not fit, named.
    """
    model = entity.model
    found = conditions_of(session, entity, selection.filters)
    if selection.search.strip():
        if not is_searchable(session, entity):
            raise Invalid({"search": gettext("This list can not be searched by words.")})
        wanted = search_condition(session, entity, selection.search)
        found.append(false() if wanted.nothing else wanted.condition)
    if selection.criteria is not None:
        found.append(model.id.in_(criteria.matching(session, entity, selection.criteria)))
    if selection.ids:
        found.append(model.id.in_(sorted(selection.ids)))
    return found


def count(session: Session, entity: Entity, selection: Selection) -> int:
    """Return how many records the person sees of a selection: exact, one statement."""
    wanted = conditions(session, entity, selection)
    statement = select(func.count()).select_from(entity.model).where(*wanted)
    return session.scalar(statement) or 0


def ordered(
    session: Session, entity: Entity, selection: Selection, columns: Sequence[Any]
) -> list[Select[Any]]:
    """Return one to three statements that yield the columns of all records in the list's order.

    Records without a value in the sorted column stand last, as in the list: where there may be
    such, they come by a statement of their own, so that each can walk an index.
    """
    model = entity.model
    fields = visible_fields(session, entity)
    order = order_of(entity, fields, selection.order)
    column = order.column
    base: Any = select(*columns).select_from(model).where(*conditions(session, entity, selection))
    last = model.id.desc() if order.descending else model.id
    if column.key == "id":
        return [base.order_by(last)]
    sorted_by = place_of(column, order.ranks) if order.ranks else column
    first = sorted_by.desc() if order.descending else sorted_by
    filled = base.where(column.is_not(None)) if order.nullable else base
    empty = [base.where(column.is_(None)).order_by(last)] if order.nullable else []
    if not order.ranks:
        return [filled.order_by(first, last), *empty]
    return [
        filled.where(column.in_(order.ranks)).order_by(first, last),
        filled.where(column.not_in(order.ranks)).order_by(last),
        *empty,
    ]


def in_words(session: Session, entity: Entity, selection: Selection) -> list[str]:
    """Return what narrows a selection as sentences in the reader's language; none: everything."""
    trees = [condition_of(item) for item in selection.filters]
    if selection.criteria is not None:
        trees.append(selection.criteria)  # pyright: ignore[reportArgumentType]
    said = criteria.sentences(session, entity, trees) if trees else []
    if selection.search.strip():
        said.append(gettext("Search: %(words)s", words=selection.search))
    if selection.ids:
        said.append(ngettext("%(num)s ticked row", "%(num)s ticked rows", len(selection.ids)))
    return said


def _is_filter(item: Any) -> bool:
    if not isinstance(item, list) or len(item) != 3:  # pyright: ignore[reportUnknownArgumentType]
        return False
    return isinstance(item[0], str) and isinstance(item[1], str)


__all__ = [
    "MOST_TICKED", "Selection", "conditions", "count", "in_words", "ordered", "plain", "read",
]  # fmt: skip
