"""Requests of web sites become deals: once each, of the right client, with nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

from acme_dummy import plugin as acme
from sqlalchemy import select, update

from kartoteka.api import (
    Client,
    ClientSource,
    Contact,
    ContactPoint,
    Deal,
    unscoped,
)
from kartoteka.models import IntakeRequest, IntakeSite
from kartoteka.testing import Firm
from tests.conftest import sale_plugin
from tests.core.web_requests import ASK, count, send, site, texts, the_only


def test_a_request_makes_a_client_a_person_a_deal_and_rings_the_curator(firm: Firm) -> None:
    number, address = site(firm)
    answer = send(firm, address, {**ASK, "utm_source": "ya", "page": "https://shop.example/paper"})
    assert answer.status_code == 201, answer.text
    client, deal, person = (the_only(firm, model) for model in (Client, Deal, Contact))
    assert (client.name, client.kind, client.owner_id) == ("Ромашка", "organisation", None)
    assert client.department_id == firm.departments["North"]
    assert (person.name, deal.contact_id, deal.client_id) == ("Анна Петрова", person.id, client.id)
    assert (deal.pipeline, deal.stage, deal.channel) == ("sale", "new", "shop.example")
    assert (deal.note, deal.title) == ("Нужна бумага", "Request from shop.example")
    request = the_only(firm, IntakeRequest)
    assert (request.id, request.site_id) == (answer.json["request"], number)
    assert (request.utm_source, request.page) == ("ya", "https://shop.example/paper")
    assert deal.source_id == the_only(firm, ClientSource).source_id is not None
    assert texts(firm, "curator1") == ["New request: Ромашка"]
    assert [texts(firm, who) for who in ("curator2", "manager1", "director")] == [[], [], []]
    with firm.session() as session:
        rows = session.execute(select(ContactPoint.kind, ContactPoint.normalised))
        points = {(row[0], row[1]) for row in rows}
    assert points == {("phone", "+74951234567"), ("email", "anna@romashka.example")}


def test_a_client_of_somebody_is_recognised_and_its_manager_told(firm: Firm) -> None:
    _number, address = site(firm)
    with firm.session("manager2") as session:
        known = Client(name="ООО «Ромашка»", website="https://romashka.example")
        session.add(known)
        session.flush()
        session.add(ContactPoint(client_id=known.id, kind="phone", value="8 (495) 123 45 67"))
        session.commit()
        number = known.id
    answer = send(firm, address, {**ASK, "address": "Москва, Ленина 1"})
    assert answer.status_code == 201
    deal = the_only(firm, Deal)
    assert (deal.client_id, deal.owner_id) == (number, firm.users["manager2"])
    # What a stranger says does not change a client; it stands in the deal.
    assert deal.note == "Нужна бумага\naddress: Москва, Ленина 1\ncompany: Ромашка"
    assert the_only(firm, Client).address is None
    assert texts(firm, "manager2") == ["New request of your client: Request from shop.example"]
    assert texts(firm, "curator1") == []


def test_the_same_name_alone_is_no_proof(firm: Firm) -> None:
    _number, address = site(firm)
    with firm.session("manager2") as session:
        session.add(Client(name="Ромашка"))
        session.commit()
    send(firm, address)
    assert count(firm, Client) == 2


def test_the_person_who_asks_again_is_the_same_person(firm: Firm) -> None:
    _number, address = site(firm)
    send(firm, address)
    send(firm, address, {**ASK, "message": "И картон"})
    assert [count(firm, model) for model in (Client, Contact, ContactPoint, Deal)] == [1, 1, 2, 2]


def test_without_a_company_the_person_is_the_client(firm: Firm) -> None:
    _number, address = site(firm)
    send(firm, address, {"Ваше имя": "Иван", "Телефон": "84951112233"})
    client = the_only(firm, Client)
    assert (client.name, client.kind) == ("Иван", "person")
    send(firm, address, {"tel": "+7 495 765-43-21"})
    with firm.session() as session:
        assert set(session.scalars(select(Client.name))) == {"Иван", "+7 495 765-43-21"}


def test_fields_are_known_by_titles_synonyms_and_those_of_plugins(
    make: Callable[..., Firm],
) -> None:
    firm = make(sale_plugin(), acme)
    _number, address = site(firm)
    body = {
        **ASK, "ИНН": "7707083893", "client.website": "romashka.example", "прозвище": "Ромаша",
        "amount": "1500,50", "Должность": "закупщик", "Сколько листов": "500", "industry": None,
    }  # fmt: skip
    assert send(firm, address, body).status_code == 201
    client, deal = the_only(firm, Client), the_only(firm, Deal)
    assert (client.tax_id, client.website) == ("7707083893", "https://romashka.example")
    assert (client.acme_nickname, str(deal.amount)) == ("Ромаша", "1500.50")
    assert deal.note == "Нужна бумага\nСколько листов: 500"


def test_what_can_not_be_read_or_is_not_for_strangers_stays_as_text(firm: Firm) -> None:
    _number, address = site(firm)
    body = {
        **ASK, "amount": "about ten", "important": True, "client.owner_id": 1, "mobile": "none",
        "tags": ["a", "b"], "client.bankrupt": "yes", "stage": "won",
    }  # fmt: skip
    assert send(firm, address, body).status_code == 201
    deal, client = the_only(firm, Deal), the_only(firm, Client)
    assert (deal.amount, deal.important, deal.stage) == (None, False, "new")
    assert (client.owner_id, client.bankrupt) == (None, False)
    lines = set(deal.note.splitlines())
    assert lines >= {"amount: about ten", "important: yes", "client.owner_id: 1", "mobile: none",
                     "tags: a, b", "stage: won"}  # fmt: skip


def test_the_same_request_twice_is_one(firm: Firm) -> None:
    number, address = site(firm)
    first = send(firm, address)
    again = send(firm, address, {**ASK, "message": "  Нужна   бумага "})
    assert (again.status_code, again.json["repeated"]) == (200, True)
    assert again.json["request"] == first.json["request"]
    assert send(firm, address, {**ASK, "message": "Другое"}).status_code == 201
    with firm.session() as session, unscoped(session, "half an hour later"):
        session.execute(update(IntakeSite).where(IntakeSite.id == number).values(same_minutes=0))
        session.commit()
    assert send(firm, address).status_code == 201
    assert count(firm, Deal) == 3


def test_an_idempotency_key_holds_for_ever_and_for_one_content(firm: Firm) -> None:
    _number, address = site(firm, same_minutes=0)
    first = send(firm, address, Idempotency_Key="a1")
    assert send(firm, address, Idempotency_Key="a1").json["request"] == first.json["request"]
    other = send(firm, address, {**ASK, "message": "x"}, Idempotency_Key="a1")
    assert (other.status_code, "idempotency_key" in other.json["errors"]) == (422, True)
    assert send(firm, address, Idempotency_Key="a2").status_code == 201
    assert count(firm, Deal) == 2


def test_of_equal_requests_at_once_one_makes_a_deal(firm: Firm) -> None:
    _number, address = site(firm)
    codes: list[int] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        codes.append(send(firm, address).status_code)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 200, 200, 201]
    assert count(firm, Deal) == 1
