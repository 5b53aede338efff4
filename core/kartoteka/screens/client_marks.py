"""Find how plugins mark clients that are named outside their own list."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.hooks.contributions import RowStyle
from kartoteka.models.client import Client
from kartoteka.screens.lists import row_styles
from kartoteka.services.records import registry_of


def client_marks(session: Session, client_ids: Collection[int]) -> dict[int, RowStyle]:
    """Return the styles of clients by id: one statement, none where no plugin marks rows."""
    registry = registry_of(session)
    if not client_ids or not registry.plugins.implementers("row_styles"):
        return {}
    clients = session.scalars(select(Client).where(Client.id.in_(client_ids))).all()
    return row_styles(session, registry.entity("client"), clients)


__all__ = ["client_marks"]
