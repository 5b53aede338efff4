"""The plugin's own record: a visit to a client."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped

from kartoteka.api import Day, Integer, OfClient, Record, Reference, Text, field


class Visit(OfClient, Record):
    """One visit to a shop of a client."""

    __tablename__ = "acme_visit"

    title: Mapped[str] = field(Text(120), "What for", required=True, listed=True, searchable=True)
    visited_on: Mapped[date | None] = field(Day(), "Date", listed=True)
    marks: Mapped[int | None] = field(Integer(1, 5), "Marks", hidden_from=("assistant",))
    contact_id: Mapped[int | None] = field(Reference("contact"), "Met", index=True)
