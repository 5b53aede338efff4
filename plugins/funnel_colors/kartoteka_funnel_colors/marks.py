"""Mark the rows of lists with the colours of clients: their own, and those of the client's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from kartoteka.api import Client, Employment, RowStyle, gettext, registry_of
from kartoteka_funnel_colors.scheme import scheme_of

#: Whose rows show the colour of the client they belong to.
OF_CLIENT = ("deal", "task")


def styles_of(entity: str, records: Sequence[Any]) -> Mapping[int, RowStyle]:
    """Return the marks of one page of a list.

    Clients are asked nothing. Deals and tasks show the sign of their client, contacts that of the
    client whose main contact they are, else of the first they work for: one statement for a page.
    The edge of these rows is left to whoever has something to say of the row itself.
    """
    session = object_session(records[0]) if records else None
    if session is None:
        return {}
    if entity == "client":
        return _of_clients(session, records)
    if entity in OF_CLIENT:
        found = _of_their_clients(session, records)
    elif entity == "contact":
        found = _of_employers(session, [contact.id for contact in records])
    else:
        return {}
    scheme = scheme_of(registry_of(session))
    styles = {code: _style(scheme.named(code)) for code in set(found.values()) if code}
    return {number: styles[code] for number, code in found.items() if code}


def _of_clients(session: Session, clients: Sequence[Any]) -> dict[int, RowStyle]:
    """Return the colour of each client with its reason; those of one colour and reason share it."""
    scheme = scheme_of(registry_of(session))
    reasons, made = scheme.reasons, dict[Any, RowStyle]()
    found: dict[int, RowStyle] = {}
    for client in clients:
        code, rule = client.funnel_colors_color, client.funnel_colors_reason
        if not code:
            continue
        if (code, rule) not in made:
            color: Any = scheme.named(code)
            made[code, rule] = RowStyle(
                color=color.paint, hint=color.title, mark=color.mark, reason=reasons.get(rule, "")
            )
        found[client.id] = made[code, rule]
    return found


def _style(color: Any) -> RowStyle:
    hint = gettext("Client: %(color)s", color=str(color.title))
    return RowStyle(color="", hint=hint, mark=color.mark, paint=color.paint)


def _of_their_clients(session: Session, records: Sequence[Any]) -> dict[int, str | None]:
    ids = {record.client_id for record in records} - {None}
    if not ids:
        return {}
    color: Any = Client.funnel_colors_color  # pyright: ignore[reportAttributeAccessIssue]
    rows = session.execute(select(Client.id, color).where(Client.id.in_(ids)))
    colors: dict[int, str | None] = {row[0]: row[1] for row in rows}
    return {record.id: colors.get(record.client_id) for record in records}


def _of_employers(session: Session, contacts: Sequence[int]) -> dict[int, str | None]:
    color: Any = Client.funnel_colors_color  # pyright: ignore[reportAttributeAccessIssue]
    rows = session.execute(
        select(Employment.contact_id, color)
        .join(Client, Client.id == Employment.client_id)
        .where(Employment.contact_id.in_(contacts), Employment.until.is_(None))
        .order_by(Employment.is_main, Employment.id.desc())
    )
    return {row[0]: row[1] for row in rows}


__all__ = ["OF_CLIENT", "styles_of"]
