"""A statement that was let pass once passes again; what is made of it is looked through anew."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from kartoteka.api import NotAllowed
from kartoteka.models import Change, Client, Deal
from kartoteka.testing import Firm


def test_what_is_derived_from_a_passed_statement_is_looked_through(firm: Firm) -> None:
    known = select(Client.name)
    bare = Deal.__table__
    with firm.session("manager1") as session:
        for _again in range(2):
            assert session.scalars(known).all() == []
        derived = (
            known.join(bare, bare.c.client_id == Client.id),
            known.add_columns(bare.c.title),
            known.where(Client.id.in_(select(Change.record_id))),
            known.where(text("1 = (SELECT count(*) FROM deal)")),
        )
        for statement in derived:
            for _again in range(2):
                with pytest.raises(NotAllowed):
                    session.execute(statement).all()


def test_a_passed_statement_is_narrowed_for_whoever_asks(firm: Firm) -> None:
    with firm.session() as session:
        session.add(Client(name="Ромашка", owner_id=firm.users["manager1"]))
        session.commit()
    known = select(Client.name)
    for who, seen in (("manager1", 1), ("manager3", 0), ("manager1", 1), ("director", 1)):
        with firm.session(who) as session:
            assert len(session.scalars(known).all()) == seen
