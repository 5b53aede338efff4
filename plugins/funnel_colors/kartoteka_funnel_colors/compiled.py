"""Turn the rules into SQL: for some clients, and for the whole base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Select,
    SelectBase,
    String,
    bindparam,
    case,
    literal,
    null,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from kartoteka.api import Client, Invalid, PluginError, criteria, registry_of
from kartoteka_funnel_colors.scheme import NAME, Scheme, scheme_of

CLIENT: Any = Client.__table__
_kept: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()
_MOST_KEPT = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class OfSome:
    """What some clients have and what is due to them, in two SELECTs.

    The parameter `ids` says which clients; the columns are id, color, reason, due (the rule), owner
    and department.

    Args:
        own: asks the first rules, those that look at the client's own row alone, and locks the
            clients; `due` is NULL where none of them holds. A database plans it in no time, and
            for whoever has bought it is enough.
        whole: asks all rules; None when `own` does.
    """

    own: Select[*tuple[Any, ...]]
    whole: Select[*tuple[Any, ...]] | None


def of_some(session: Session) -> OfSome:
    """Return how some clients are asked for.

    It is made once for a day: putting the rules together takes longer than asking them.

    Args:
        session: of the system.

    Raises:
        PluginError: a rule asks for something that is not there.
    """
    reader = criteria.reader_of(session)
    registry = registry_of(session)
    kept = _kept.setdefault(registry, {})
    key = reader.dialect, reader.today, str(reader.reading.tz)
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = _of_some(session, scheme_of(registry))
    return kept[key]


def of_all(session: Session) -> Select[*tuple[Any, ...]]:
    """Return the SELECT of id and due rule of every client, each ledger read once.

    Args:
        session: of the system.

    Raises:
        PluginError: a rule asks for something that is not there.
    """
    registry = registry_of(session)
    scheme = scheme_of(registry)
    trees = {rule.code: rule.when for rule in scheme.rules}
    try:
        found = criteria.joined(session, registry.entity("client"), trees)
    except Invalid as error:
        raise _broken(error) from error
    due = _due(found.conditions)
    return select(Client.id, due.label("due")).select_from(found.source)


def color_of_rule(scheme: Scheme, rule: Any) -> ColumnElement[Any]:
    """Return the colour a rule gives, in SQL."""
    if not scheme.rules:
        return null()
    whens = {one.code: literal(one.color, String(60)) for one in scheme.rules}
    return case(whens, value=rule, else_=null())


def _of_some(session: Session, scheme: Scheme) -> OfSome:
    entity = registry_of(session).entity("client")
    conditions: dict[str, ColumnElement[bool]] = {}
    for rule in scheme.rules:
        try:
            conditions[rule.code] = criteria.condition(session, entity, rule.when)
        except Invalid as error:
            raise _broken(error, rule.code) from error
    own = dict(takewhile(lambda one: _is_own(one[1]), conditions.items()))
    return OfSome(
        own=_asked(own).order_by(CLIENT.c.id).with_for_update(),
        whole=None if len(own) == len(conditions) else _asked(conditions),
    )


def _asked(conditions: Mapping[str, ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    return select(
        CLIENT.c.id,
        CLIENT.c.funnel_colors_color.label("color"),
        CLIENT.c.funnel_colors_reason.label("reason"),
        _due(conditions).label("due"),
        CLIENT.c.owner_id,
        CLIENT.c.department_id,
    ).where(CLIENT.c.id.in_(bindparam("ids", expanding=True)))


def _is_own(condition: ColumnElement[bool]) -> bool:
    """Say whether a condition looks at no other rows than the client's."""
    return not any(isinstance(node, SelectBase) for node in visitors.iterate(condition))


def _due(conditions: Mapping[str, ColumnElement[bool]]) -> ColumnElement[Any]:
    if not conditions:
        return literal(None, String(60))
    whens = [(condition, literal(code, String(60))) for code, condition in conditions.items()]
    return case(*whens, else_=null())


def _broken(error: Invalid, rule: str = "") -> PluginError:
    said = "; ".join(f"{path}: {text}" for path, text in error.errors.items())
    which = f"rule {rule!r}" if rule else "the rules"
    return PluginError(NAME, f"{which} can not be asked: {said} Correct what changes the colours.")


__all__ = ["CLIENT", "OfSome", "color_of_rule", "of_all", "of_some"]
