"""Requests of sites wait for the curator, who gives each to a manager with one click."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kartoteka.api import (
    Client,
    Deal,
    Rejected,
    hand_over,
    now,
)
from kartoteka.models import IntakeRequest
from kartoteka.services import intake_assigning
from kartoteka.services.staff import set_active
from kartoteka.testing import Firm, statements
from tests.core.web_requests import ASK, send, site, texts, the_only


def test_one_click_gives_a_request_to_a_manager_who_is_told_once(firm: Firm) -> None:
    _number, address = site(firm)
    request = send(firm, address).json["request"]
    mine = firm.users["manager1"]
    browser = firm.browser("curator1")
    assert "Ромашка" in browser.get("/requests/").text
    assert "Ромашка" in browser.get("/").text
    answer = browser.post(f"/requests/assign/{request}", data={"owner_id": mine})
    assert answer.status_code == 302
    assert "Ромашка" not in browser.get("/requests/").text.partition('class="requests"')[2]
    deal = the_only(firm, Deal)
    assert (deal.owner_id, the_only(firm, Client).owner_id) == (mine, mine)
    assert texts(firm, "manager1") == [
        "A request for you: Request from shop.example (Curator1 Test)"
    ]
    with firm.session("manager1") as session:
        assert session.scalar(select(IntakeRequest.id)) == request


def test_who_may_not_give_clients_away_can_not_assign(firm: Firm) -> None:
    _number, address = site(firm)
    request = send(firm, address).json["request"]
    page = f"/requests/assign/{request}"
    for who, taker in [
        ("manager1", "manager1"),
        ("curator2", "manager1"),
        ("curator1", "manager3"),
    ]:
        answer = firm.browser(who).post(page, data={"owner_id": firm.users[taker]})
        assert answer.status_code == 403, who
    assert the_only(firm, Client).owner_id is None


def test_the_second_of_two_curators_is_told_who_has_it(firm: Firm) -> None:
    _number, address = site(firm)
    request = send(firm, address).json["request"]
    with firm.session("curator1") as session:
        intake_assigning.assign(session, request, firm.users["manager1"])
        session.commit()
    with firm.session("director") as session, pytest.raises(Rejected, match="Manager1 Test has"):
        intake_assigning.assign(session, request, firm.users["manager2"])


def test_a_request_of_a_client_whose_manager_left_waits_for_the_curator(firm: Firm) -> None:
    _number, address = site(firm)
    send(firm, address)
    with firm.session("director") as session:
        client = session.scalars(select(Client.id)).one()
        hand_over(session, [client], firm.users["manager2"])
        set_active(session, firm.users["manager2"], False)
        session.commit()
    send(firm, address, {**ASK, "message": "again"})
    assert texts(firm, "curator1") == ["New request: Ромашка"] * 2
    with firm.session("curator1") as session:
        assert intake_assigning.waiting(session).count == 2


def test_the_list_of_requests_asks_as_often_for_many_as_for_few(firm: Firm) -> None:
    _number, address = site(firm)
    browser = firm.browser("curator1")
    counts: list[int] = []
    for part in (range(1, 3), range(3, 12)):
        for n in part:
            send(firm, address, {"company": f"Firm {n}", "phone": f"+749511122{n:02}"})
        with statements(firm) as sent:
            browser.get("/requests/")
        counts.append(len(sent))
    assert counts[0] == counts[1]
    with statements(firm) as sent:
        assert send(firm, address, {**ASK}).status_code == 201
    assert len(sent) <= 110  # a client, a person with job and two addresses, a deal, a request


def test_who_takes_the_fewest_is_proposed_first(firm: Firm) -> None:
    _number, address = site(firm)
    request = send(firm, address).json["request"]
    with firm.app.test_request_context(), firm.session("curator1") as session:
        first = intake_assigning.candidates(session, now())[0]
        assert first.is_manager
        intake_assigning.assign(session, request, first.id)
        assert intake_assigning.candidates(session, now())[0].id != first.id
