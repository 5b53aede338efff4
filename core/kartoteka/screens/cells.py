"""Show values of records: names instead of numbers, amounts with currency, phones to call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_time
from flask import url_for
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from kartoteka.app import kartoteka
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import (
    Email,
    Kind,
    Money,
    Percent,
    Phone,
    Reading,
    Reference,
    Url,
    YesNo,
)
from kartoteka.fields.units import with_unit
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.screens import rights
from kartoteka.services import records
from kartoteka.services.deals import StageView, all_stages

Labels = Mapping[str, Mapping[int, str]]
_NONE: Labels = {}
#: Fields that hold a stage; it is shown with its colour, under the name staff gave it.
_STAGES = {("deal", "stage"), ("stage_change", "old_stage"), ("stage_change", "new_stage")}
#: A day in a list, where many stand under each other; other languages use their medium form.
_DAY = {"ru": "dd.MM.y", "bg": "dd.MM.y"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One value as it is shown. `kind` is the code of the field's kind, for the style.

    A value with a `color` is shown as a badge.
    """

    text: str = ""
    kind: str = "text"
    color: str = ""
    href: str = ""
    is_outside: bool = False
    is_hidden: bool = False
    numeric: bool = False


def cells_of(
    session: Session, fields: Mapping[str, Field[Any]], rows: Sequence[Any], known: Labels = _NONE
) -> list[dict[str, Cell]]:
    """Return for each record its cells by field name.

    What the records refer to is looked up once, not once for each row, and only what is not
    `known` to the caller.
    """
    labels = labels_for(session, fields, rows, known)
    reading: Reading = session.info.get("reading") or Reading()
    opens = {table: _opens(table) for table in labels}
    has_stages = bool(rows) and any(_is_stage(item) for item in fields.values())
    stages = all_stages(session) if has_stages else {}
    return [
        {name: _cell(item, row, reading, labels, opens, stages) for name, item in fields.items()}
        for row in rows
    ]


def cells_of_one(
    session: Session, fields: Mapping[str, Field[Any]], record: Any, known: Labels = _NONE
) -> dict[str, Cell]:
    """Return the cells of one record."""
    return cells_of(session, fields, [record], known)[0]


def labels_for(
    session: Session, fields: Mapping[str, Field[Any]], rows: Iterable[Any], known: Labels = _NONE
) -> dict[str, dict[int, str]]:
    """Return what the records refer to is called: table → id → name; one statement for all."""
    wanted: dict[str, set[int]] = {}
    held = list(rows)
    for item in fields.values():
        if isinstance(item.kind, Reference):
            ids = {value for row in held if (value := item.get(row)) is not None}
            ids -= known.get(item.kind.table, {}).keys()
            wanted.setdefault(item.kind.table, set()).update(ids)
    found = records.labels_of_tables(session, wanted)
    return {table: {**known.get(table, {}), **names} for table, names in found.items()}


def label_of(session: Session, entity: Entity, record: Any) -> str:
    """Return what a record is called."""
    item = kartoteka().registry.fields(entity).get(entity.label)
    if item is not None and isinstance(item.kind, Reference):
        return records.labels(session, entity.code, {record.id}).get(record.id, "")
    value = getattr(record, entity.label)
    reading: Reading = session.info.get("reading") or Reading()
    text = item.kind.show(value, reading) if item is not None else str(value or "")
    return text or f"{entity.title} № {record.id}"


def address_of(table: str, record_id: int) -> str:
    """Return the page of a record; empty when there is none the person may open."""
    return url_for(f"{table}.show", pk=record_id) if _opens(table) else ""


def day_or_time(value: date, reading: Reading) -> str:
    """Return a day as people read it in lists; behind that of a moment its hour, no seconds."""
    style, locale = _DAY.get(reading.babel.language, "medium"), reading.babel
    if not isinstance(value, datetime):
        return format_date(value, style, locale=locale)
    day = format_date(value.astimezone(reading.tz), style, locale=locale)
    return f"{day}, {format_time(value, 'short', tzinfo=reading.tz, locale=locale)}"


def _is_stage(item: Field[Any]) -> bool:
    return (item.on.__tablename__, item.name) in _STAGES


def _opens(table: str) -> bool:
    return table != User.__tablename__ and (
        kartoteka().registry.entity_of_table(table) is not None and rights.may("show", table)
    )


def _cell(
    item: Field[Any], row: Any, reading: Reading, labels: Labels, opens: Mapping[str, bool],
    stages: Mapping[tuple[str, str], StageView],
) -> Cell:  # fmt: skip
    value, kind = item.get(row), item.kind
    if value is None or value == ():
        return Cell(kind=kind.code, numeric=kind.numeric)
    if isinstance(kind, Reference):
        text = labels.get(kind.table, {}).get(value)
        if text is None:
            return Cell(text=gettext("hidden"), kind=kind.code, is_hidden=True)
        href = url_for(f"{kind.table}.show", pk=value) if opens.get(kind.table) else ""
        return Cell(text=text, kind=kind.code, href=href)
    if isinstance(kind, Money):
        currency = getattr(row, kind.currency_column(item.name), None)
        style = kind.code if value else f"{kind.code} zero"
        return Cell(text=kind.show_in(value, currency, reading), kind=style, numeric=True)
    if stages and _is_stage(item) and (stage := stages.get((row.pipeline, value))) is not None:
        return Cell(text=stage.title, kind=kind.code, color=stage.color)
    text = show(kind, value, reading)
    if item.unit and text and not isinstance(kind, Percent):
        text = with_unit(text, value, str(item.unit)).replace(" ", "\u00a0")
    href = _outside(kind, value)
    return Cell(
        text=text, kind=_style(kind, value), href=href, numeric=kind.numeric,
        is_outside=bool(href) and isinstance(kind, Url),
    )  # fmt: skip


def show(kind: Kind[Any], value: Any, reading: Reading) -> str:
    """Return a value as people read it in lists; days and moments in one style."""
    if isinstance(value, date):
        return day_or_time(value, reading)
    return kind.show(value, reading)


def _style(kind: Kind[Any], value: Any) -> str:
    if isinstance(kind, YesNo):
        return "yes" if value else "no"
    return kind.code


def _outside(kind: Kind[Any], value: Any) -> str:
    if isinstance(kind, Phone):
        return f"tel:{value}"
    if isinstance(kind, Email):
        return f"mailto:{value}"
    # Kept values were checked, but an import or another program may have written this one.
    if isinstance(kind, Url) and str(value).startswith(("https://", "http://")):
        return str(value)
    return ""


__all__ = [
    "Cell", "address_of", "cells_of", "cells_of_one", "day_or_time", "label_of", "labels_for",
    "show",
]  # fmt: skip
