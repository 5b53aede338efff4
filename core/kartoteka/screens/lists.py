"""A list as a page: what the address asks for, columns, rows, and the links between pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Choices, LongText, Reference
from kartoteka.hooks.contributions import Action, Entity, RowStyle
from kartoteka.i18n import gettext, ngettext
from kartoteka.screens import filters
from kartoteka.screens.cells import Cell, cells_of
from kartoteka.screens.colors import is_color
from kartoteka.screens.list_address import Asked
from kartoteka.screens.widths import BY_VALUES, Width, widths
from kartoteka.services import criteria
from kartoteka.services.list_search import is_searchable
from kartoteka.services.listing import PAGE_SIZES, Page, fetch
from kartoteka.services.records import registry_of, visible_fields

MOST_COLUMNS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column: its field, and where a click on its head leads (nowhere: it is not sorted)."""

    field: Field[Any]
    href: str = ""
    sorted: str = ""
    width: Width = BY_VALUES

    @property
    def numeric(self) -> bool:
        """Figures stand on the right."""
        return self.field.kind.numeric


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One record of a list."""

    id: int
    record: Any
    cells: Mapping[str, Cell]
    style: RowStyle | None = None
    beneath: Sequence[Cell] = ()


#: Lines for under the names of records, by id; for a whole page at once.
Beneath = Callable[[Session, Sequence[Any]], Mapping[int, Sequence[Cell]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chip:
    """A filter in force: in words, the address without it, the address that opens it to change."""

    text: str
    without: str
    change: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Everything the template of a list shows."""

    entity: Entity
    asked: Asked
    columns: Sequence[Column]
    rows: Sequence[Row] = ()
    chips: Sequence[Chip] = ()
    total: str = ""
    first: str = ""
    previous: str = ""
    next: str = ""
    last: str = ""
    sizes: Sequence[tuple[int, str]] = ()
    choosable: Sequence[tuple[Field[Any], bool]] = ()
    filterable: Sequence[Field[Any]] = ()
    actions: Sequence[Action] = ()
    pending: filters.FilterInput | None = None
    searchable: bool = True
    words: str = ""
    #: What a saved view keeps: names of the columns with points between them, the order.
    shown: str = ""
    order: str = ""
    without_criteria: str = ""
    #: The whole list, without a view, and the same rows by an address that needs no view.
    everything: str = ""
    for_others: str = ""
    errors: Sequence[str] = field(default_factory=tuple)

    @property
    def narrowed(self) -> bool:
        """Say whether a filter or search is in force."""
        return bool(self.asked.filters or self.asked.search or self.asked.criteria)


def columns_in_force(asked: Asked, chosen: Sequence[str]) -> Sequence[str]:
    """Return the columns of the address, else of its view, else those the person has chosen."""
    return asked.columns or (asked.in_force.columns if asked.in_force else ()) or chosen


def listing(
    session: Session,
    entity: Entity,
    asked: Asked,
    chosen: Sequence[str],
    actions: Sequence[Action],
    beneath: Beneath | None = None,
) -> Listing:
    """Return the page of a list.

    Args:
        session: of the person served.
        entity: what is listed.
        asked: what the address says.
        chosen: names of columns the person has chosen; empty for the usual ones.
        actions: buttons over selected rows.
        beneath: tells a few lines for under the names; asked once for the page.
    """
    fields = visible_fields(session, entity)
    shown = columns_of(entity, fields, columns_in_force(asked, chosen))
    errors = asked.errors
    page = Page(records=(), total=0, is_capped=False, order="")
    try:
        if asked.is_readable:
            page = fetch(session, entity, asked.query())
    except Invalid as error:
        errors += tuple(sentences_of(session, entity, error))
    order = page.order or asked.order
    cells = cells_of(session, shown, page.records)
    wide = widths(entity.label, shown, cells)
    styles = row_styles(session, entity, page.records)
    words = beneath(session, page.records) if beneath and page.records else {}
    return replace(
        without_rows(session, entity, asked),
        columns=[
            replace(_column(entity, item, asked, order), width=wide[name])
            for name, item in shown.items()
        ],
        rows=[
            Row(
                id=record.id,
                record=record,
                cells=row,
                style=styles.get(record.id),
                beneath=words.get(record.id, ()),
            )
            for record, row in zip(page.records, cells, strict=True)
        ],
        total=total_in_words(page),
        first=asked.address() if page.previous else "",
        previous=asked.address(before=page.previous) if page.previous else "",
        next=asked.address(after=page.next) if page.next else "",
        last=asked.address(last=True) if page.next else "",
        sizes=[(size, asked.address(size=size)) for size in PAGE_SIZES],
        choosable=[(item, name in shown) for name, item in fields.items() if _is_column(item)],
        actions=actions,
        shown=".".join(shown),
        order=order,
        for_others=_for_others(asked, shown, order),
        errors=errors,
    )


def without_rows(session: Session, entity: Entity, asked: Asked) -> Listing:
    """Return what narrows a list, for the bar above its records however they are shown."""
    fields = visible_fields(session, entity)
    tree = asked.criteria
    return Listing(
        entity=entity,
        asked=asked,
        columns=(),
        chips=_chips(session, entity, asked),
        filterable=[item for item in fields.values() if item.filterable],
        words=criteria.words(session, entity, tree) if tree is not None else "",
        without_criteria=asked.address(tree=None, view="0", in_force=None, typed=asked.search),
        everything=f"{asked.place}?view=0",
        pending=_pending(session, fields),
        searchable=is_searchable(session, entity),
        errors=asked.errors,
    )


def sentences_of(session: Session, entity: Entity, error: Invalid) -> list[str]:
    """Return what is wrong with what a list was asked, each beginning with its field."""
    fields = visible_fields(session, entity)
    return [_sentence(fields, name, text) for name, text in error.errors.items()]


def _for_others(asked: Asked, shown: Iterable[str], order: str) -> str:
    """Return an address that shows these rows to whoever does not have the view."""
    whole = asked.whole
    return asked.address(
        filters=(), tree=whole if whole.parts else None, view="", in_force=None, order=order,
        typed=asked.search, columns=tuple(shown),
    )  # fmt: skip


def columns_of(
    entity: Entity, fields: Mapping[str, Field[Any]], chosen: Iterable[str] = (), without: str = ""
) -> dict[str, Field[Any]]:
    """Return the columns of a list: those chosen, else the listed ones; the label stands first."""
    wanted = [name for name in chosen if name in fields and _is_column(fields[name])]
    names = wanted or [name for name, item in fields.items() if item.listed]
    if entity.label in fields:
        names = [entity.label, *(name for name in names if name != entity.label)]
    return {name: fields[name] for name in names[:MOST_COLUMNS] if name != without}


def row_styles(session: Session, entity: Entity, records: Sequence[Any]) -> dict[int, RowStyle]:
    """Return how plugins mark these rows; a failing one is skipped."""
    found: dict[int, RowStyle] = {}
    if not records:
        return found
    plugins = registry_of(session).plugins
    for _plugin, styles in plugins.safely("row_styles", entity=entity.code, records=records):
        for record_id, style in dict(styles).items():
            if isinstance(style, RowStyle) and _is_shown(style):
                known = found.get(record_id)
                found[record_id] = style if known is None else _together(known, style)
    return found


def _is_shown(style: RowStyle) -> bool:
    """Say whether there is something to show: a colour, or a mark that leaves the colour to others.

    A plugin's word that is no colour shows nothing.
    """
    if style.color:
        return is_color(style.color)
    return bool(style.mark) and (not style.paint or is_color(style.paint))


def _together(first: RowStyle, other: RowStyle) -> RowStyle:
    """Put the colour and the mark of two plugins together; what the first has stands."""
    takes_mark = bool(other.mark) and not first.mark
    takes_color = bool(other.color) and not first.color
    first = replace(first, reason=first.reason or other.reason)
    if not takes_mark and not takes_color:
        return first
    hints = ", ".join(str(hint) for hint in (first.hint, other.hint) if hint)
    if takes_mark:
        paint = other.paint if is_color(other.paint) else other.color
        first = replace(first, mark=other.mark, paint=paint)
    return replace(first, color=first.color or other.color, hint=hints)


def total_in_words(page: Page) -> str:
    """Return how many records there are, as far as they were counted."""
    if page.is_capped:
        return gettext("more than %(num)s", num=f"{page.total:,}".replace(",", "\u00a0"))
    return ngettext("%(num)s record", "%(num)s records", page.total)


def _is_column(item: Field[Any]) -> bool:
    return not isinstance(item.kind, LongText) and not item.name.endswith("_currency")


def _column(entity: Entity, item: Field[Any], asked: Asked, order: str) -> Column:
    sortable = (item.filterable or item.readonly) and not isinstance(item.kind, Reference | Choices)
    if not sortable:
        return Column(field=item)
    down = order == f"-{item.name}"
    up = order == item.name
    first = f"-{item.name}" if item.kind.numeric else item.name
    step = item.name if down else f"-{item.name}" if up else first
    return Column(
        field=item,
        href=asked.address(order=step),
        sorted="descending" if down else "ascending" if up else "",
    )


def _chips(session: Session, entity: Entity, asked: Asked) -> list[Chip]:
    said = filters.in_words(session, entity, asked.filters)
    return [_chip(asked, index, text) for index, text in enumerate(said)]


def _chip(asked: Asked, index: int, text: str) -> Chip:
    item = asked.filters[index]
    others = asked.filters[:index] + asked.filters[index + 1 :]
    return Chip(
        text=text,
        without=asked.address(filters=others),
        change=asked.address(
            ("pending", "1"), ("ff", item.field), ("fo", item.op), ("fv", str(item.value)),
            filters=others,
        ),
    )  # fmt: skip


def _pending(session: Session, fields: Mapping[str, Field[Any]]) -> filters.FilterInput | None:
    """Return the filter that is being typed, when the address opens one."""
    name = request.args.get("ff", "")
    if name not in fields or not fields[name].filterable:
        return None
    op, value = request.args.get("fo", ""), request.args.get("fv", "")
    is_open = bool(request.args.get("pending")) or not (value or op in filters.VALUELESS)
    return filters.filter_input(session, fields[name], op, value) if is_open else None


def _sentence(fields: Mapping[str, Field[Any]], name: str, text: str) -> str:
    return f"{fields[name].title}: {text}" if name in fields else text


__all__ = [
    "Asked",
    "Column",
    "Listing",
    "Row",
    "columns_of",
    "listing",
    "row_styles",
    "sentences_of",
    "total_in_words",
    "without_rows",
]
