"""Requests of web sites become deals: once each, of the right client, with nothing lost."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from acme_dummy import plugin as acme
from sqlalchemy import func, select, update

from kartoteka.api import (
    Client,
    ClientSource,
    Contact,
    ContactPoint,
    Deal,
    Rejected,
    Source,
    hand_over,
    now,
    unscoped,
)
from kartoteka.models import IntakeRequest, IntakeSite, Notification
from kartoteka.services import bell, intake_assigning, intake_sites
from kartoteka.services.staff import set_active
from kartoteka.testing import Firm, statements
from tests.conftest import sale_plugin
from tests.core.naughty import strings

ASK: dict[str, Any] = {
    "name": "Анна Петрова", "company": "Ромашка", "phone": "+7 495 123-45-67",
    "email": "anna@romashka.example", "message": "Нужна бумага",
}  # fmt: skip


def site(firm: Firm, **more: Any) -> tuple[int, str]:
    """Make a site of the department North; return its number and the address to send to."""
    with firm.session("director") as session:
        source = Source(name="Our site")
        session.add(source)
        session.flush()
        values: dict[str, Any] = {
            "name": "shop.example", "department_id": firm.departments["North"],
            "pipeline": "sale", "source_id": source.id, **more,
        }  # fmt: skip
        made = IntakeSite(**values)
        session.add(made)
        session.flush()
        key = intake_sites.new_key(session, made)
        session.commit()
        return made.id, f"/api/v1/intake/{key}"


def send(firm: Firm, address: str, body: Any = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return firm.app.test_client().post(address, json=ASK if body is None else body, headers=named)


def count(firm: Firm, model: type[Any]) -> int:
    with firm.session() as session:
        return session.scalar(select(func.count(model.id))) or 0


def the_only(firm: Firm, model: type[Any]) -> Any:
    with firm.session() as session:
        (found,) = session.scalars(select(model))
        session.expunge_all()
        return found


def texts(firm: Firm, who: str) -> list[str]:
    with firm.app.test_request_context(), firm.session(who) as session:
        return [one.text for one in bell.told(session)]


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


def test_limits_of_the_site_and_of_one_address(firm: Firm) -> None:
    _number, address = site(firm, per_minute=2)
    codes = [send(firm, address, {**ASK, "message": str(n)}).status_code for n in range(3)]
    assert codes == [201, 201, 429]
    _number, address = site(firm, per_address=1)
    assert send(firm, address).status_code == 201
    late = send(firm, address, {**ASK, "message": "again"})
    assert (late.status_code, late.headers["Retry-After"]) == (429, "3600")
    assert late.json["message"] == "Too many requests from you. Try again in an hour."
    assert send(firm, address).status_code == 200  # what was taken already is no new one


HOSTILE: dict[str, tuple[Any, int]] = {
    "a list": ([1, 2], 400),
    "an object inside": ({**ASK, "name": {"a": 1}}, 422),
    "lists in lists": ({**ASK, "name": [[1]]}, 422),
    "nobody to answer": ({"name": "x", "message": "y"}, 422),
    "no phone": ({**ASK, "phone": "call me", "email": "me"}, 422),
    "nothing": ({}, 422),
    "the trap": ({**ASK, "leave_empty": "http://spam.example"}, 422),
    "NUL": ({**ASK, "message": "a\0b"}, 422),
    "half a character": ({**ASK, "message": "\ud800"}, 422),
    "a long text": ({**ASK, "message": "x" * 16_000}, 413),
    "many fields": ({**ASK, **{f"f{n}": "x" for n in range(101)}}, 413),
    "a megabyte": ({**ASK, "message": "x" * 1_000_000}, 413),
    "a long name": ({**ASK, "n" * 101: "x"}, 422),
    "a long key": ({**ASK, "idempotency_key": "k" * 101}, 422),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_damaged_is_refused_with_a_sentence_and_leaves_nothing(
    firm: Firm, what: str
) -> None:
    body, status = HOSTILE[what]
    _number, address = site(firm)
    answer = send(firm, address, body)
    assert (answer.status_code, bool(answer.json["message"])) == (status, True), answer.text
    assert [count(firm, m) for m in (Client, Contact, Deal, IntakeRequest, Notification)] == [0] * 5


def test_other_ways_to_be_wrong_get_a_sentence_too(firm: Firm) -> None:
    _number, address = site(firm)
    browser = firm.app.test_client()
    for data, kind, status in [
        (b"{", "application/json", 400), (b"<a/>", "application/xml", 415), (b"", "", 415),
        (b'{"name": NaN}', "application/json", 400), (b"\xff", "application/json", 400),
        (b"[" * 5000, "application/json", 400), (b"a=" + b"x" * 1_000_000,
         "application/x-www-form-urlencoded", 413),
    ]:  # fmt: skip
        answer = browser.post(address, data=data, content_type=kind)
        assert (answer.status_code, "Traceback" in answer.text) == (status, False), (
            data[:20],
            kind,
        )
    file = {"phone": "+74951234567", "file": (io.BytesIO(b"x"), "a.txt")}
    assert browser.post(address, data=file).status_code == 400
    for wrong in ("/api/v1/intake/site_nothing", "/api/v1/intake/x", f"{address}x"):
        assert send(firm, wrong).status_code == 404
    assert browser.put(address, json=ASK).status_code == 405
    assert count(firm, Deal) == 0


def test_naughty_strings_are_kept_or_refused_and_never_break(firm: Firm) -> None:
    _number, address = site(firm, per_minute=10_000, per_address=10_000)
    codes: set[int] = set()
    some = strings()
    for number, text in enumerate(some[:: max(1, len(some) // 40)]):
        body = {"name": text, "company": text, "message": text, text[:50]: "x",
                "phone": f"+7495{1000000 + number}"}  # fmt: skip
        answer = send(firm, address, body)
        codes.add(answer.status_code)
        assert answer.status_code in (200, 201, 422), (text, answer.text)
    assert 201 in codes


def test_scripts_are_shown_as_text(firm: Firm) -> None:
    _number, address = site(firm)
    evil = "<script>alert(1)</script>"
    send(firm, address, {**ASK, "company": evil, "message": evil, evil: evil})
    page = firm.browser("curator1").get("/requests/").text
    assert (evil in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_a_key_ends_with_the_next_one_and_with_its_site(firm: Firm) -> None:
    number, address = site(firm)
    director = firm.browser("director")
    page = director.post(f"/intake_site/key/{number}").text
    assert send(firm, address).status_code == 404
    key = page.partition('<code class="site-key">')[2].partition("<")[0]
    assert send(firm, f"/api/v1/intake/{key}").status_code == 201
    shown = director.get(f"/intake_site/show/{number}").text
    assert (key in shown, key[:11] in shown) == (False, True)
    assert firm.browser("curator1").post(f"/intake_site/key/{number}").status_code == 403
    with firm.session("director") as session:
        session.get_one(IntakeSite, number).is_active = False
        session.commit()
    assert send(firm, f"/api/v1/intake/{key}").status_code == 404


def test_only_scripts_of_the_sites_own_pages_may_send(firm: Firm) -> None:
    _number, address = site(firm, origins="https://shop.example/contacts\nwww.shop.example")
    browser = firm.app.test_client()
    for origin, allowed in [("https://shop.example", True), ("https://www.shop.example", True),
                            ("https://evil.example", False), ("null", False)]:  # fmt: skip
        asked = browser.options(address, headers={"Origin": origin})
        assert ("Access-Control-Allow-Origin" in asked.headers) is allowed
        answer = send(firm, address, Origin=origin)
        assert (answer.status_code in (200, 201)) is allowed
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
    form = dict(ASK)
    strange = browser.post(address, data=form, headers={"Origin": "https://evil.example"})
    assert strange.status_code == 403


def test_a_plain_form_is_answered_with_a_page_or_the_sites_own(firm: Firm) -> None:
    _number, address = site(firm)
    browser = firm.app.test_client()
    html = {"Accept": "text/html"}
    shown = browser.get(f"{address}?utm_source=ya", headers={"Referer": "https://ya.example/"})
    assert shown.status_code == 200
    assert 'name="utm_source" value="ya"' in shown.text
    answer = browser.post(address, data={**ASK, "utm_source": "ya"}, headers=html)
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    bad = browser.post(address, data={"phone": "x"}, headers=html)
    assert bad.status_code == 422
    assert "Give a phone number or an e-mail address" in bad.text
    _number, address = site(firm, thanks_url="https://shop.example/thanks")
    away = browser.post(address, data=ASK, headers=html)
    assert (away.status_code, away.location) == (303, "https://shop.example/thanks")


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
