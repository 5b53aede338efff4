"""Derive for many rows together what `services.derived` derives for each of a flush."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import compress
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, unscoped
from kartoteka.db.among import among
from kartoteka.errors import Rejected
from kartoteka.fields.agreement import broken
from kartoteka.fields.field import Field, fields_of
from kartoteka.fields.kinds import Money, Reading
from kartoteka.fields.text import fold, fold_all, unkeepable
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.models.contact import ContactPoint
from kartoteka.models.record import Owned
from kartoteka.models.work import Activity
from kartoteka.services import main_ones
from kartoteka.services.contact_points import normalised
from kartoteka.services.many_owners import Holders, give_owners
from kartoteka.services.many_rows import Rows, are_filled


def derive_new(session: Session, rows: Rows, holders: Holders | None = None) -> None:
    """Derive what new rows need, in the order of a flush.

    Args:
        rows: with their fields as they were given; completed here.
        holders: of each row, when it is not in the database yet.

    Raises:
        Refused: what a flush would have said of the first row it would have refused.
    """
    with session.no_autoflush:
        _sign(session, rows)
        if issubclass(rows.model, Owned):
            give_owners(session, rows, holders)
        _currencies(session, rows)
        _keepable(rows, rows.columns)
        _keys(rows)
        if rows.model is ContactPoint:
            _normalise(session, rows)
        if rows.model is Client:
            _client(session, rows)
        rows.demand()
        _agree(rows, None)
        rows.demand()


def derive_changed(
    session: Session, rows: Rows, given: set[str], changed: Mapping[str, Sequence[bool]]
) -> None:
    """Derive what changed rows need, in the order of a flush.

    Args:
        rows: with all their fields, those that stay included; completed here.
        given: the fields that may be another.
        changed: of them those that are, and in which rows.

    Raises:
        Refused: what a flush would have said of the first row it would have refused.
    """
    with session.no_autoflush:
        rows.fill("updated_at", now())
        rows.fill("updated_by_id", actor_of(session).user_id)
        _currencies(session, rows)
        _keepable(rows, given)
        _keys(rows)
        if rows.model is Client:
            _client(session, rows)
        rows.demand()
        _agree(rows, changed)
        rows.demand()


def leave_last_main(rows: Rows) -> dict[tuple[Any, ...], int]:
    """Let one new row be the main one among its like: the last one that says so, as in a flush.

    Returns:
        the rows that are main, by what makes records alike.
    """
    names = rows.model.main_among
    if not names or not any(marked := [bool(one) for one in rows.get("is_main")]):
        return {}
    keys = list(zip(*(rows.get(name) for name in names), strict=True))
    last = {keys[row]: row for row in compress(range(rows.count), marked)}
    main = rows.get("is_main")
    for row in compress(range(rows.count), marked):
        if last[keys[row]] != row:
            main[row] = False
    return last


def unmark_others(session: Session, model: Any, keys: Collection[tuple[Any, ...]]) -> None:
    """Let records no longer be main that are like new main ones.

    They are changed as objects, with all that belongs to a change.
    """
    if not keys:
        return
    for other in main_ones.marked(session, model, keys):
        other.is_main = False
    session.flush()


def complete_new(rows: Rows) -> None:
    """Fill the defaults of columns, as an INSERT of the ORM does where a value is None."""
    for column in rows.model.__table__.columns:
        default: Any = column.default
        if default is None or column.computed is not None or column.primary_key:
            continue
        values = rows.columns.get(column.name)
        if values is None:
            given = [_default(default)] * rows.count
        elif None in values:
            given = [_default(default) if value is None else value for value in values]
        else:
            continue
        rows.columns[column.name] = given


def _default(default: Any) -> Any:
    return default.arg(None) if default.is_callable else default.arg


def _sign(session: Session, rows: Rows) -> None:
    user_id, moment = actor_of(session).user_id, now()
    for name, value in (("created_at", moment), ("created_by_id", user_id)):
        given = rows.columns.get(name)
        if given is None or None in given:
            old = rows.get(name)
            missing = [one is None for one in old]
            rows.set_some(name, [value if one is None else one for one in old], missing)
    rows.fill("updated_at", moment)
    rows.fill("updated_by_id", user_id)
    if rows.model is Activity:
        authors = rows.get("author_id")
        rows.set("author_id", [user_id if one is None else one for one in authors])


def _currencies(session: Session, rows: Rows) -> None:
    """Give each amount a currency: that of the client's account, else of the installation."""
    for name, item in fields_of(rows.model).items():
        if not isinstance(item.kind, Money) or not item.kind.has_own_currency:
            continue
        column = item.kind.currency_column(name)
        pairs = zip(rows.get(name), rows.get(column), strict=True)
        is_open = [amount is not None and code is None for amount, code in pairs]
        if not any(is_open):
            continue
        ours = session.info.get("currency", "RUB")
        known: dict[int, str | None] = {}
        clients = rows.get("client_id")
        if ids := rows.ids_of("client_id", is_open):
            with unscoped(session, "the currency of a row's client; the guard checks the link"):
                asked = select(Client.id, Client.currency).where(
                    among(Client.id, ids, session.get_bind().dialect.name)
                )
                known = {row[0]: row[1] for row in session.execute(asked)}
        rows.set_some(column, [known.get(one or 0) or ours for one in clients], is_open)


def _keepable(rows: Rows, names: Collection[str]) -> None:
    for order, (name, values) in enumerate(rows.columns.items()):
        if name not in names:
            continue
        types = set(map(type, values))
        if not any(issubclass(one, str) for one in types):
            continue
        texts = values if types == {str} else [one for one in values if isinstance(one, str)]
        if unkeepable("".join(texts)):
            row = rows.first(name, lambda v: isinstance(v, str) and bool(unkeepable(v)))
            if row is not None:
                rows.blame(row, 0, order, Rejected(unkeepable(values[row]), name))


def _keys(rows: Rows) -> None:
    """Fill the folded twins of sorted fields; `name_key` is no field, so nothing tells of it."""
    for name, item in fields_of(rows.model).items():
        if item.sort_key:
            values = rows.get(name)
            folded = iter(fold_all([value for value in values if value is not None]))
            rows.columns[f"{name}_key"] = [
                None if value is None else next(folded)[:255] for value in values
            ]


def _normalise(session: Session, rows: Rows) -> None:
    reading: Reading = session.info.get("reading") or Reading()
    known: dict[tuple[Any, Any], str] = {}
    found: list[str | None] = []
    points = zip(rows.get("kind"), rows.get("value"), rows.get("is_valid"), strict=True)
    for row, (kind, value, is_valid) in enumerate(points):
        form = known.get((kind, value))
        if form is None:
            try:
                form = known[kind, value] = normalised(kind, value, reading)
            except ValueError as error:
                if is_valid is not False:
                    rows.blame(row, 1, 0, Rejected(str(error), "value"))
                form = fold(value)
        found.append(form)
    rows.set("normalised", found)


def _client(session: Session, rows: Rows) -> None:
    if "left_on" in rows.columns:
        pairs = zip(rows.get("left_on"), rows.get("lost_reason_id"), strict=True)
        for row, (left_on, reason) in enumerate(pairs):
            if left_on is not None and reason is None:
                text = gettext("Say why the client left: choose a reason.")
                rows.blame(row, 2, 0, Rejected(text, "lost_reason_id"))
                break
    registry = session.info.get("registry")
    if registry is not None:
        rows.set("completeness", completeness_of(rows, registry.fields("client")))
    ours = session.info.get("currency", "RUB")
    codes = rows.get("currency")
    rows.set_some("currency", [ours if one is None else one for one in codes],
                  [one is None for one in codes])  # fmt: skip


def completeness_of(rows: Rows, fields: Mapping[str, Field[Any]]) -> list[int]:
    """Return how much of each card is filled: `derived.completeness` by columns."""
    filled, expected = [0] * rows.count, [0] * rows.count
    always = 0
    for name, item in fields.items():
        if item.step <= 0:
            continue
        is_filled = are_filled(rows.get(name))
        if item.step_for:
            asked = [True] * rows.count
            for other, values in item.step_for.items():
                asked = [
                    one and value in values
                    for one, value in zip(asked, rows.get(other), strict=True)
                ]
            expected = [n + one for n, one in zip(expected, asked, strict=True)]
            is_filled = [a and b for a, b in zip(asked, is_filled, strict=True)]
        else:
            always += 1
        if any(is_filled):
            filled = [n + one for n, one in zip(filled, is_filled, strict=True)]
    return [
        round(100 * have / (of + always)) if of + always else 100
        for have, of in zip(filled, expected, strict=True)
    ]


def _agree(rows: Rows, changed: Mapping[str, Sequence[bool]] | None) -> None:
    """Blame the first row whose values contradict each other; of changed rows what is changed."""
    agreements = rows.model.agreements
    names = {name for agreement in agreements for name in agreement.fields}
    for agreement in agreements:
        columns = [rows.get(name) for name in agreement.fields]
        if changed is not None and not set(agreement.fields) & set(changed):
            continue
        for row, given in enumerate(zip(*columns, strict=True)):
            if None in given:
                continue
            touched = names if changed is None else {name for name in changed if changed[name][row]}
            values = dict(zip(agreement.fields, given, strict=True))
            if found := next(broken([agreement], values, touched), None):
                name, text = found
                rows.blame(row, 3, agreements.index(agreement), Rejected(str(text), name))
                break


__all__ = [
    "complete_new", "completeness_of", "derive_changed", "derive_new",
    "leave_last_main", "unmark_others",
]  # fmt: skip
