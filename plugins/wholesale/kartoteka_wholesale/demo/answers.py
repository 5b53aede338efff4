"""Make up what clients who never asked for anything said to our offer, for other plugins' demos."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select, update

from kartoteka.api import Client, Deal

#: Every so many-th of these clients: field, value and which of eight.
ANSWERS = (
    ("funnel_colors_offer", "agreed", (0, 1)),
    ("funnel_colors_mailings", True, (1, 2)),
    ("funnel_colors_offer", "refused", (3,)),
)


def answer(connection: Connection, fields: Collection[str]) -> None:
    """Write answers into those fields that the installation has, by the number of the client."""
    table: Any = Client.__table__
    asked = select(Deal.__table__.c.client_id)
    for name, value, which in ANSWERS:
        if name in fields:
            connection.execute(
                update(table)
                .where(table.c.purchase_count == 0, table.c.id.not_in(asked))
                .where((table.c.id % 8).in_(which))
                .values({name: value})
            )
