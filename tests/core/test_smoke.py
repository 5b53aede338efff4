"""A firm can be made, and its people work in it."""

from __future__ import annotations

from kartoteka.api import create
from kartoteka.testing import Firm


def test_manager_creates_a_client(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "Ёлка"})
        session.commit()
        assert (client.owner_id, client.name_key) == (firm.users["manager1"], "елка")
