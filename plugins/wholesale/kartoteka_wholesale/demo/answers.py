"""Make up what clients said to our offer and what their people agreed to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, case, insert, literal, select, update

from kartoteka.api import Client, Consent, Deal, Employment

#: Of clients who never asked for anything: field of another plugin, value and which of eight.
ANSWERS = (
    ("funnel_colors_offer", "agreed", (0, 1)),
    ("funnel_colors_offer", "refused", (3,)),
)
WORDING_RU = "Согласен получать новости и предложения по электронной почте"
WORDING_BG = "Съгласен съм да получавам новини и предложения по имейл"


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


def consent(connection: Connection) -> None:
    """Let the main contacts of every fourth client agree to get letters; some took it back."""
    client: Any = Client.__table__
    job: Any = Employment.__table__
    table: Any = Consent.__table__
    names = ("contact_id", "channel", "purpose", "act", "way", "wording", "happened_at",
             "created_at", "created_by_id", "updated_at", "updated_by_id", "version")  # fmt: skip
    words = case((client.c.currency == "EUR", WORDING_BG), else_=WORDING_RU)
    said = (
        ("given", words, job.c.created_at, client.c.id % 8 > 0),
        ("withdrawn", literal(None, table.c.wording.type), client.c.updated_at,
         client.c.id % 64 == 2),
    )  # fmt: skip
    for act, wording, at, which in said:
        rows = (
            select(
                job.c.contact_id, literal("email"), literal("marketing"), literal(act),
                literal("form" if act == "given" else "link"), wording, at, at,
                client.c.owner_id, at, client.c.owner_id, literal(1),
            )
            .where(job.c.client_id == client.c.id, job.c.is_main, client.c.id % 8 <= 2, which)
            .order_by(client.c.id)
        )  # fmt: skip
        connection.execute(insert(table).from_select(names, rows))
