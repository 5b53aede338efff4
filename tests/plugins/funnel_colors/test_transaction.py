"""The colour is right in the transaction of the fact, whoever writes it and whichever way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update as sql_update

from kartoteka.api import (
    Activity,
    Client,
    Consent,
    Contact,
    Dmu,
    DmuMember,
    Employment,
    Purchase,
    create,
    now,
    registry_of,
)
from kartoteka.testing import Firm, statements
from kartoteka_funnel_colors.moves import ColorMove
from kartoteka_funnel_colors.recolor import recolor_all
from tests.plugins.funnel_colors.making import buy, color_of, consent, new_client, person_at


def moves(session: Any) -> list[tuple[str | None, str | None]]:
    rows = session.execute(select(ColorMove.old_color, ColorMove.new_color).order_by(ColorMove.id))
    return [tuple(row) for row in rows]


def test_a_purchase_colours_its_client_before_the_commit(colored: Firm) -> None:
    with colored.session("manager1") as session:
        client = new_client(session)
        session.commit()
        since = client.funnel_colors_since  # pyright: ignore[reportAttributeAccessIssue]
        entity = registry_of(session).entity("purchase")
        create(session, entity, {"client_id": client.id, "amount": "10", "bought_on": "2020-01-01"})
        assert color_of(client) == ("gold", "bought")
        kept = session.execute(
            select(Client.funnel_colors_color, Client.funnel_colors_since)  # pyright: ignore
        ).one()
        assert kept[0] == "gold"
        assert kept[1] > since
        assert moves(session) == [(None, "white"), ("white", "gold")]
        last = session.scalars(select(ColorMove).order_by(ColorMove.id.desc())).first()
        assert last is not None
        assert last.created_by_id == last.owner_id == colored.users["manager1"]


def test_what_is_rolled_back_leaves_colour_and_movements_as_they_were(colored: Firm) -> None:
    with colored.session("director") as session:
        client = new_client(session)
        session.commit()
        buy(session, client, 1)
        assert color_of(client)[0] == "gold"
        session.rollback()
        assert color_of(client)[0] == "white"
        assert moves(session) == [(None, "white")]


def test_a_savepoint_taken_back_takes_the_colour_back(colored: Firm) -> None:
    with colored.session("director") as session:
        client = new_client(session)
        with session.begin_nested() as savepoint:
            buy(session, client, 1)
            savepoint.rollback()
        assert color_of(client)[0] == "white"
        session.commit()
        assert moves(session) == [(None, "white")]


def test_a_second_purchase_moves_nothing(colored: Firm) -> None:
    with colored.session("director") as session:
        client = new_client(session)
        buy(session, client, 1)
        since = client.funnel_colors_since  # pyright: ignore[reportAttributeAccessIssue]
        buy(session, client, 2)
        assert client.funnel_colors_since == since  # pyright: ignore[reportAttributeAccessIssue]
        assert moves(session) == [(None, "white"), ("white", "gold")]


def test_statements_over_many_rows_colour_their_clients_too(colored: Firm) -> None:
    with colored.session("director") as session:
        clients = [new_client(session, f"Firm {number}") for number in range(3)]
        for client in clients:
            buy(session, client, 300, 301)
        assert {color_of(client)[0] for client in clients} == {"red_gold"}
        session.execute(sql_update(Purchase).values(bought_on=datetime.now(UTC).date()))
        session.expire_all()
        assert {color_of(client)[0] for client in clients} == {"gold"}


def test_the_colour_does_not_hang_on_who_writes(colored: Firm) -> None:
    """An assistant's day, language or hidden fields change nothing."""
    with colored.session("assistant1") as session:
        client = new_client(session, owner_id=colored.users["manager1"])
        buy(session, client, 180, 200)
        assert color_of(client) == ("red_gold", "few_silent")
        assert session.info["actor"].user_id == colored.users["assistant1"]


def test_the_price_of_a_purchase_is_few_statements(colored: Firm) -> None:
    with colored.session("director") as session:
        client = new_client(session)
        buy(session, client, 1, 2, 3)
        session.commit()
        assert client.purchase_count == 3
        with statements(colored) as sent:
            buy(session, client, 4)
        ours = [one for one in sent if "funnel_colors" in one or "FOR UPDATE" in one]
        assert len(ours) == 1


def test_many_clients_written_at_once_cost_as_many_statements_as_one(colored: Firm) -> None:
    counts: list[int] = []
    with colored.session("director") as session:
        for many in (2, 40):
            with statements(colored) as sent:
                session.add_all(Client(name=f"Firm {number}") for number in range(many))
                session.flush()
            # The drivers insert the clients themselves one by one or at once; that is not ours.
            ours = [one for one in sent if not one.startswith("INSERT INTO client")]
            counts.append(sum("funnel_colors" in one for one in ours))
    assert counts[1] <= counts[0]


def test_a_colour_is_no_change_of_the_record(colored: Firm) -> None:
    """Whoever edits the client meanwhile is not told of a conflict, the history stays short."""
    with colored.session() as session:
        client = new_client(session)
        session.commit()
        version = client.version
        buy(session, client, 1)
        session.commit()
        assert client.version == version
        told = session.execute(text("SELECT count(*) FROM change WHERE entity = 'client'"))
        assert told.scalar_one() == 1
        assert session.scalar(select(func.count()).select_from(ColorMove)) == 2


@pytest.mark.parametrize("way", ["flush", "statement"])
def test_a_client_whose_decider_is_deleted_is_grey_at_once(colored: Firm, way: str) -> None:
    with colored.session() as session:
        client: Any = new_client(session)
        contact = Contact(name="Decider")
        session.add(contact)
        session.flush()
        number = contact.id
        session.add(Employment(client_id=client.id, contact_id=number))
        unit = Dmu(client_id=client.id, title="Unit")
        session.add(unit)
        session.flush()
        session.add(
            DmuMember(dmu_id=unit.id, client_id=client.id, contact_id=number, roles=("decider",))
        )
        session.add(Activity(client_id=client.id, kind="call", happened_at=now()))
        session.flush()
        assert color_of(client) == ("white", "only_there")
        session.commit()
        if way == "flush":
            session.delete(session.get_one(Contact, number))
            session.flush()
        else:
            session.execute(delete(Contact).where(Contact.id == number))
        assert color_of(client) == ("grey", "no_decider")
        session.commit()
    with colored.session() as session:
        assert recolor_all(session).changed == 0


def test_a_consent_given_and_withdrawn_colours_every_client_of_the_person_at_once(
    colored: Firm,
) -> None:
    with colored.session() as session:
        clients = [new_client(session, name) for name in ("Alfa", "Beta")]
        other = new_client(session, "Gamma")
        person_at(session, other)
        person = person_at(session, *clients).id
        for act, color in (("given", "yellow"), ("withdrawn", "white"), ("given", "yellow")):
            consent(session, person, act)
            assert [color_of(one)[0] for one in [*clients, other]] == [color, color, "white"]
            assert recolor_all(session).changed == 0
        job = session.scalars(select(Employment).where(Employment.client_id == clients[0].id)).one()
        job.until = datetime.now(UTC).date()
        session.flush()
        assert [color_of(one)[0] for one in clients] == ["white", "yellow"]
        session.rollback()
    with colored.session() as session:
        assert session.scalar(select(func.count()).select_from(ColorMove)) == 0


def test_a_consent_colours_clients_its_writer_does_not_see(colored: Firm) -> None:
    """Half of the person's work is for another department."""
    with colored.session() as session:
        mine, theirs = (
            new_client(session, name, owner_id=colored.users[who])
            for name, who in (("Alfa", "manager1"), ("Beta", "manager3"))
        )
        person, numbers = person_at(session, mine, theirs).id, (mine.id, theirs.id)
        session.commit()
    with colored.session("manager1") as session:
        consent(session, person)
        session.commit()
    with colored.session() as session:
        assert [color_of(session.get(Client, one))[0] for one in numbers] == ["yellow", "yellow"]


def test_many_consents_cost_as_many_statements_as_one(colored: Firm) -> None:
    counts: list[int] = []
    with colored.session() as session:
        people = [person_at(session, new_client(session, f"Firm {one}")).id for one in range(30)]
        for some in (people[:2], people[2:]):
            with statements(colored) as sent:
                for one in some:
                    session.add(Consent(contact_id=one, channel="email", purpose="marketing",
                                        act="given", way="form", wording="Yes"))  # fmt: skip
                session.flush()
            counts.append(sum("INSERT INTO consent" not in one for one in sent))
    assert counts[0] == counts[1]
