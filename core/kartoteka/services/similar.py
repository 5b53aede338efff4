"""Find clients like one: whom to name as a reference, and what such clients buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from kartoteka.models import Client
from kartoteka.services.records import registry_of, visible_fields

MOST_SIMILAR = 5
#: So many of a region are looked at: there are regions with tens of thousands of clients.
MOST_ASKED = 2000
#: What makes clients alike besides the region, and how much each weighs.
_WEIGHTS = {"industry": 3, "size_class": 2, "kind": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Similar:
    """A client like another one.

    Args:
        alike: titles of the fields in which both are the same.
        bought: what it bought in all; None where that is hidden.
    """

    id: int
    name: str
    alike: Sequence[str]
    is_reference: bool
    bought: Decimal | None
    currency: str


def similar_to(session: Session, client: Client) -> Sequence[Similar]:
    """Return the clients of the same region most like this one; who buys most stands first.

    Nothing without a region and a line of business: then nobody is alike. Only clients the actor
    sees, by fields that exist for them; one statement.
    """
    fields = visible_fields(session, registry_of(session).entity("client"))
    if {"name", "region_id", "industry"} - fields.keys() or not client.region_id:
        return ()
    compared = [name for name in _WEIGHTS if name in fields and getattr(client, name)]
    if "industry" not in compared:
        return ()
    sees_money = "purchase_total" in fields
    same: dict[str, Any] = {
        name: case((getattr(Client, name) == getattr(client, name), 1), else_=0)
        for name in compared
    }
    weight: Any = sum((same[name] * _WEIGHTS[name] for name in compared[1:]), same["industry"] * 3)
    near = (
        select(Client.id)
        .where(Client.region_id == client.region_id, Client.id != client.id)
        .limit(MOST_ASKED)
        .subquery()
    )
    rows = session.execute(
        select(
            Client.id, Client.name, Client.is_reference, Client.purchase_total, Client.currency,
            *(same[name].label(f"same_{name}") for name in compared),
        )
        .where(Client.id.in_(select(near.c.id)), func.coalesce(same["industry"], 0) == 1)
        .order_by(
            weight.desc(), Client.is_reference.desc(),
            *([Client.purchase_total.desc()] if sees_money else []), Client.id,
        )
        .limit(MOST_SIMILAR)
    )  # fmt: skip
    return [
        Similar(
            id=number, name=name, is_reference=bool(reference),
            alike=[
                str(fields["region_id"].title),
                *(str(fields[n].title) for n, held in zip(compared, alike, strict=True) if held),
            ],
            bought=total if sees_money else None, currency=currency or "",
        )
        for number, name, reference, total, currency, *alike in rows
    ]  # fmt: skip


__all__ = ["Similar", "similar_to"]
