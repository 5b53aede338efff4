"""The map of a decision-making unit on the pages of a client and of a deal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.models import Client, Contact, Deal, DmuMember, DmuRelation
from kartoteka.services.dmu import seat, units_of
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm, statements


def hide(firm: Firm, entity: str, name: str, *roles: str) -> None:
    """Hide a field from roles in this application."""
    fields = firm.made.registry._fields
    fields[entity] = {**fields[entity], name: replace(fields[entity][name], hidden_from=roles)}


@pytest.fixture
def client(firm: Firm) -> int:
    """A client whose director decides and whose clerk reports to them; nobody buys."""
    with firm.session("manager1") as session:
        made = Client(name="Завод")
        session.add(made)
        session.flush()
        sit(session, made.id, "Борис Волков", "Директор", roles=["decider"], influence=5,
            attitude=2, coverage="deep", evidence="Подписал сам")  # fmt: skip
        sit(session, made.id, "Анна Иванова", "Секретарь", roles=["user"], influence=1,
            attitude=-1, coverage="brief")  # fmt: skip
        relate(session, made.id, "reports_to")
        session.commit()
        return made.id


def sit(session: Any, client: int, name: str, position: str, **values: Any) -> int:
    person = add_person(session, client, name=name, position=position)
    return seat(session, client, person.id, **values).id


def relate(session: Any, client: int, kind: str) -> None:
    boss, clerk = session.scalars(select(DmuMember.id).order_by(DmuMember.id)).all()[:2]
    session.add(DmuRelation(client_id=client, member_id=clerk, kind=kind, other_id=boss))


def nodes(page: str) -> list[str]:
    """Return what a screen reader says of each person and empty seat of the map."""
    drawn = page.split('<svg class="map"')[1].split('<div class="map-legend')[0]
    return re.findall(r'(?:<a href|<g class="node)[^>]*aria-label="([^"]*)"', drawn)


def test_the_map_shows_people_their_lines_and_the_empty_seat(firm: Firm, client: int) -> None:
    page = firm.browser("manager1").get(f"/client/show/{client}").text
    boss, clerk, empty = nodes(page)
    assert boss == (
        "Борис Волков. Директор. Decider. Influence 5 of 5. strongly for us. Deep. Подписал сам"
    )
    assert clerk.startswith("Анна Иванова. Секретарь. User. Influence 1 of 5. against us. Brief.")
    assert "reports to Борис Волков" in clerk
    assert empty == "Empty seat: Buyer"
    assert page.count('class="tie-line"') == 2  # the line, and its sample in the legend
    assert f"/client/seat/{client}?dmu_id=1&amp;next=/client/show/{client}&amp;role=buyer" in page
    assert "<b>" not in page.split('<svg class="map"')[1].split("</svg>")[0]
    assert " style=" not in page


def test_each_kind_of_line_has_a_style_and_a_name(firm: Firm, client: int) -> None:
    with firm.session("manager1") as session:
        for kind in ("influences", "conflicts_with"):
            relate(session, client, kind)
        session.commit()
    page = firm.browser("manager1").get(f"/client/show/{client}").text
    for kind in ("reports-to", "influences", "conflicts-with"):
        assert f'<g class="tie tie-{kind}"' in page
    for words in ("reports to whom", "influences whom", "in conflict"):
        assert words in page


def test_a_hostile_name_is_text_in_the_map(firm: Firm, client: int) -> None:
    with firm.session("manager1") as session:
        sit(session, client, '"><script>alert(1)</script>', "<b>", roles=["blocker"])
        session.commit()
    page = firm.browser("manager1").get(f"/client/show/{client}").text
    assert "<script>alert" not in page


def test_the_large_map_and_the_card_ask_no_more_for_more_people(firm: Firm, client: int) -> None:
    browser = firm.browser("manager1")
    counts: list[tuple[int, ...]] = []
    for _ in range(2):
        found: list[int] = []
        for address in (f"/client/map/{client}", f"/client/show/{client}"):
            browser.get(address)
            with statements(firm) as sent:
                assert browser.get(address).status_code == 200
            found.append(len(sent))
        counts.append(tuple(found))
        with firm.session("manager1") as session:
            for number in range(12):
                sit(session, client, f"Person {number}", "", roles=["influencer"])
            session.commit()
    assert counts[0] == counts[1]


def test_the_light_changes_when_an_empty_seat_is_filled_with_somebody_new(
    firm: Firm, client: int
) -> None:
    browser = firm.browser("manager1")
    assert "Not known: buyer." in browser.get(f"/client/show/{client}").text
    form = browser.get(f"/client/seat/{client}?dmu_id=1&role=buyer").text
    assert 'value="buyer" checked' in form
    answer = browser.post(
        f"/client/seat/{client}?dmu_id=1&role=buyer",
        data={"new_name": "Вера Новая", "new_position": "Закупщик", "roles": "buyer",
              "base.roles": "", "relation": "conflicts_with", "relation_to": "1"},
    )  # fmt: skip
    assert answer.location == f"/client/show/{client}#dmu"
    page = browser.get(f"/client/show/{client}").text
    assert "state-green" in page
    assert len(nodes(page)) == 3
    with firm.session() as session:
        assert session.scalars(select(DmuRelation.kind)).all() == ["reports_to", "conflicts_with"]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"roles": "buyer"}, "Choose a person, or name a new one below."),
        ({"new_position": "Закупщик", "roles": "buyer"}, "Fill this in."),
        ({"new_name": "Вера", "base.roles": ""}, "Fill this in."),
        ({"new_name": "Вера", "roles": "buyer", "relation": "influences"},
         "Say both how they relate and to whom."),
        ({"new_name": "Вера", "roles": "buyer", "relation": "hates", "relation_to": "1"},
         "is not one of"),
        ({"new_name": "Вера", "roles": "buyer", "relation": "influences", "relation_to": "77"},
         "There is no such record"),
    ],
)  # fmt: skip
def test_a_refused_seat_says_why_and_leaves_nothing_behind(
    firm: Firm, client: int, sent: dict[str, str], sentence: str
) -> None:
    answer = firm.browser("manager1").post(f"/client/seat/{client}", data=sent)
    assert answer.status_code == 400
    assert sentence in answer.text
    with firm.session() as session:
        assert len(session.scalars(select(Contact.id)).all()) == 2
        assert len(session.scalars(select(DmuMember.id)).all()) == 2


def test_a_line_does_not_lead_into_another_unit(firm: Firm, client: int) -> None:
    with firm.session("manager1") as session:
        deal = Deal(client_id=client, title="Paper")
        session.add(deal)
        session.flush()
        person = add_person(session, client, name="Vera")
        other = seat(session, client, person.id, deal_id=deal.id, roles=["user"]).id
        session.commit()
    answer = firm.browser("manager1").post(
        f"/client/seat/{client}",
        data={"contact_id": "1", "relation": "influences", "relation_to": str(other)},
    )
    assert answer.status_code == 400
    assert "sits in another unit" in answer.text


def test_a_deal_shows_its_own_map_else_that_of_the_client(firm: Firm, client: int) -> None:
    with firm.session("manager1") as session:
        deal = Deal(client_id=client, title="Paper")
        session.add(deal)
        session.commit()
        number = deal.id
    browser = firm.browser("manager1")
    page = browser.get(f"/deal/show/{number}").text
    assert [words.split(".")[0] for words in nodes(page)][:2] == ["Борис Волков", "Анна Иванова"]
    assert f"next=/deal/show/{number}&amp;role=buyer" in page
    with firm.session("manager1") as session:
        seat(session, client, 2, deal_id=number, roles=["decider", "buyer"], coverage="deep")
        session.commit()
    page = browser.get(f"/deal/show/{number}").text
    assert [words.split(".")[0] for words in nodes(page)] == ["Анна Иванова"]
    assert "state-green" in page


def test_whoever_the_reader_does_not_see_has_neither_name_nor_link(firm: Firm, client: int) -> None:
    with firm.session() as session:
        secret = Contact(name="Secret Adviser", owner_id=firm.users["manager3"])
        session.add(secret)
        session.flush()
        number = secret.id
        seat(session, client, number, roles=["buyer"], attitude=-2)
        relation = DmuRelation(client_id=client, member_id=3, kind="influences", other_id=1)
        session.add(relation)
        session.commit()
    for address in (f"/client/show/{client}", f"/client/map/{client}"):
        page = firm.browser("manager1").get(address).text
        assert "Secret" not in page
        assert f"contact_id={number}" not in page
        # As in the list beside it: somebody is there, but has left, and so buys nothing.
        assert "Empty seat: Buyer" in nodes(page)
    assert "Secret Adviser" in firm.browser("director").get(f"/client/show/{client}").text


@pytest.mark.parametrize(
    ("field", "gone"),
    [("attitude", "strongly for us"), ("influence", "Influence 5 of 5"), ("coverage", "Deep"),
     ("roles", "Decider"), ("evidence", "Подписал сам")],
)  # fmt: skip
def test_a_field_hidden_from_the_reader_is_nowhere_on_the_map(
    make: Callable[..., Firm], dialect: str, field: str, gone: str
) -> None:
    firm = make()
    with firm.session("manager1") as session:
        made = Client(name="Завод")
        session.add(made)
        session.flush()
        sit(session, made.id, "Boris", "Boss", roles=["decider"], influence=5, attitude=2,
            coverage="deep", evidence="Подписал сам")  # fmt: skip
        session.commit()
        number = made.id
    assert gone in firm.browser("manager1").get(f"/client/show/{number}").text
    hide(firm, "dmu_member", field, "manager")
    page = firm.browser("manager1").get(f"/client/show/{number}").text
    drawn = page.split('id="dmu"')[1].split("</section>")[0]
    assert "Boris" in drawn
    assert gone not in drawn.split("How to read the map")[0]
    assert gone not in drawn.split('class="seat-list"')[1]
    if field != "evidence":
        assert "depends on fields you do not see" in drawn
        assert "state-" not in drawn


def test_without_a_right_to_relations_there_are_no_lines(firm: Firm, client: int) -> None:
    with firm.session("manager1") as session:
        unit = units_of(session, client, without={"dmu_relation"})[0]
        assert [one.relations for one in unit.seats] == [(), ()]
        named = units_of(session, client, without={"contact"})[0]
        assert [one.name for one in named.seats] == ["hidden", "hidden"]


def test_nobody_else_opens_the_large_map(firm: Firm, client: int) -> None:
    for who, address in (("manager3", "/client/map/1"), ("manager1", "/client/map/1?dmu_id=99")):
        assert firm.browser(who).get(address).status_code in (403, 404)


def test_who_left_is_assessed_anew_and_keeps_their_seat(firm: Firm, client: int) -> None:
    with firm.session("manager1") as session:
        other = Contact(name="Adviser", owner_id=firm.users["manager1"])
        session.add(other)
        session.flush()
        seat(session, client, other.id, roles=["influencer"])
        session.commit()
        number = other.id
    form = firm.browser("manager1").get(f"/client/seat/{client}?contact_id={number}").text
    assert f'<option value="{number}" selected>Adviser</option>' in form


def test_the_first_member_may_be_somebody_nobody_knew(firm: Firm) -> None:
    with firm.session("manager1") as session:
        made = Client(name="Пусто")
        session.add(made)
        session.commit()
        number = made.id
    browser = firm.browser("manager1")
    page = browser.get(f"/client/show/{number}").text
    assert "Nobody knows yet who decides here." in page
    assert f'href="/client/seat/{number}"' in page
    browser.post(f"/client/seat/{number}", data={"new_name": "Вера", "roles": "decider"})
    page = browser.get(f"/client/show/{number}").text
    assert nodes(page) == ["Вера. Decider", "Empty seat: Buyer"]
