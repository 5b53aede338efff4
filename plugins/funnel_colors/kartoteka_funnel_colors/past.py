"""Tell from the ledgers how the clients of a base that was loaded at once came to their colours.

A base that people work with needs none of it: there each movement is written when it happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from kartoteka.api import Deal, Purchase, as_system, now, registry_of
from kartoteka_funnel_colors.compiled import CLIENT
from kartoteka_funnel_colors.moves import ColorMove
from kartoteka_funnel_colors.recolor import WHY, recolor_all
from kartoteka_funnel_colors.scheme import Scheme, scheme_of

#: Beyond it the base is there to measure.
MOST = 50_000
_MOVE: Any = ColorMove.__table__
_PURCHASE: Any = Purchase.__table__
_DEAL: Any = Deal.__table__


def color_loaded(session: Session) -> None:
    """Colour all clients, and date their movements by their first deals and purchases."""
    found = recolor_all(session)
    if not found.clients or found.clients > MOST:
        return
    with as_system(session, WHY):
        connection = session.connection()
        moves = list(_moves(connection, scheme_of(registry_of(session))))
        if not moves:
            return
        connection.execute(_MOVE.delete())
        connection.execute(insert(_MOVE), [row for _number, rows in moves for row in rows])
        connection.execute(
            update(CLIENT)
            .where(CLIENT.c.id == bindparam("key"))
            .values(funnel_colors_since=bindparam("since")),
            [{"key": number, "since": rows[-1]["moved_at"]} for number, rows in moves],
        )


def _moves(connection: Any, scheme: Scheme) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    days = _days_of_purchases(connection)
    first = select(_DEAL.c.client_id, func.min(_DEAL.c.opened_at)).group_by(_DEAL.c.client_id)
    asked: dict[int, datetime] = {row[0]: row[1] for row in connection.execute(first)}
    first_rule = {rule.color: rule.code for rule in reversed(scheme.rules)}
    columns = ("id", "created_at", "owner_id", "department_id", "left_on", "last_contact_at",
               "funnel_colors_color", "funnel_colors_reason")  # fmt: skip
    for client in connection.execute(select(*(CLIENT.c[name] for name in columns))):
        if client.funnel_colors_color is None:
            continue
        steps = _steps(client, asked.get(client.id), days.get(client.id, []), scheme)
        rows: list[dict[str, Any]] = []
        before: str | None = None
        for at, color in steps:
            last = color == client.funnel_colors_color
            rows.append({
                "client_id": client.id, "owner_id": client.owner_id,
                "department_id": client.department_id, "old_color": before, "new_color": color,
                "reason": client.funnel_colors_reason if last else first_rule.get(color),
                "moved_at": at, "created_at": at, "updated_at": at,
            })  # fmt: skip
            before = color
        yield client.id, rows


def _steps(
    client: Any, asked: datetime | None, bought: list[datetime], scheme: Scheme
) -> list[tuple[datetime, str]]:
    """Return when the client came to which colour; the last is the one it has now."""
    final, settings = client.funnel_colors_color, scheme.settings
    known = [("green_gold", asked), ("gold", bought[0] if bought else None)]
    if len(bought) >= settings["platinum_purchases"]:
        known.append(("platinum", bought[settings["platinum_purchases"] - 1]))
    dated = [(at, color) for color, at in known if at is not None]
    steps = [(min([client.created_at, *(at for at, _color in dated)]), "white"), *dated]
    steps = _forward([step for step in steps if step[1] in scheme.colors and step[1] != final])
    if scheme.colors[final].is_red:
        at = _lost_at(client, bought, settings["silent_days"])
    elif final == "platinum" and len(bought) >= settings["platinum_purchases"]:
        at = bought[settings["platinum_purchases"] - 1]
    else:
        at = dict(known).get(final) or client.last_contact_at or client.created_at
    at = min(at, now())
    return [step for step in steps if step[0] < at] + [(at, final)]


def _forward(steps: list[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
    """Leave out what came after a later step: a buyer does not ask for the first time."""
    found: list[tuple[datetime, str]] = []
    latest = None
    for at, color in reversed(steps):
        if latest is None or at < latest:
            found.insert(0, (at, color))
            latest = at
    return found


def _lost_at(client: Any, bought: list[datetime], silent: int) -> datetime:
    if client.left_on is not None:
        return _noon(client.left_on)
    if bought:
        return bought[-1] + timedelta(days=silent)
    return client.last_contact_at or client.created_at


def _days_of_purchases(connection: Any) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = {}
    rows = connection.execute(
        select(_PURCHASE.c.client_id, _PURCHASE.c.bought_on).order_by(_PURCHASE.c.bought_on)
    )
    for number, day in rows:
        found.setdefault(number, []).append(_noon(day))
    return found


def _noon(day: Any) -> datetime:
    return datetime.combine(day, time(9), tzinfo=UTC)


__all__ = ["MOST", "color_loaded"]
