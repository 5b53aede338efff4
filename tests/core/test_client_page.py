"""The page of a client: everything on it, in a bounded number of statements."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from acme_dummy import plugin as acme_plugin
from sqlalchemy import select

from kartoteka.api import Panel, PluginInfo, hookimpl, now
from kartoteka.models import (
    Activity,
    Client,
    ClientCompetitor,
    ClientSource,
    Competitor,
    Contact,
    ContactPoint,
    Contract,
    Deal,
    DmuMember,
    Employment,
    Indicator,
    IndicatorValue,
    Purchase,
    Region,
    Source,
    Task,
)
from kartoteka.services.dmu import seat
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm, statements
from tests.conftest import sale_plugin


def new_client(firm: Firm, name: str = "Ромашка", who: str = "manager1") -> int:
    with firm.session(who) as session:
        client = Client(name=name)
        session.add(client)
        session.commit()
        return client.id


def fill(firm: Firm, client_id: int, times: int) -> None:
    with firm.session() as session:
        rival = Competitor(name="Rival")
        region = Region(name="Тула")
        measure = Indicator(code=f"people_{client_id}", title="Population of Tula",
                            section="society")  # fmt: skip
        session.add_all([rival, region, measure])
        session.flush()
        session.add(IndicatorValue(region_id=region.id, indicator_id=measure.id, value=Decimal(500),
                                   period=now().date()))  # fmt: skip
        session.get_one(Client, client_id).region_id = region.id
        source = session.scalars(select(Source.id).where(Source.code == "exhibition")).one()
        for number in range(times):
            person = add_person(
                session, client_id, name=f"Person {number}",
                points=[("mobile", f"+7912000000{number}")],
            )  # fmt: skip
            seat(session, client_id, person.id, roles=["user"])
            deal = Deal(client_id=client_id, title=f"Deal {number}", amount=Decimal(100))
            session.add(deal)
            session.flush()
            session.add_all([
                Purchase(client_id=client_id, bought_on=now().date(), amount=Decimal(10)),
                Task(client_id=client_id, title=f"Task {number}", due_at=now()),
                Contract(client_id=client_id, number=f"K-{number}", ends_on=now().date()),
                Activity(client_id=client_id, kind="call", happened_at=now(),
                         contact_id=person.id, deal_id=deal.id, subject=f"Call {number}"),
                ClientSource(client_id=client_id, source_id=source),
                ClientCompetitor(client_id=client_id, competitor_id=rival.id),
                ContactPoint(client_id=client_id, kind="phone", value=f"+7495123456{number}"),
            ])  # fmt: skip
        session.commit()


def counted(firm: Firm, browser: Any, address: str) -> tuple[Any, list[str]]:
    with statements(firm) as seen:
        return browser.get(address), seen


def test_the_page_takes_the_same_few_statements_for_any_client(firm: Firm) -> None:
    few, many = new_client(firm, "Few"), new_client(firm, "Many")
    fill(firm, few, 2)
    fill(firm, many, 8)
    browser = firm.browser("manager1")
    browser.get(f"/client/show/{few}")
    page, small = counted(firm, browser, f"/client/show/{few}")
    assert page.status_code == 200
    page, big = counted(firm, browser, f"/client/show/{many}")
    assert page.status_code == 200
    assert len(big) == len(small)
    assert len(big) <= 15
    rest = [counted(firm, browser, f"/client/rest/{number}")[1] for number in (few, many)]
    assert len(rest[0]) == len(rest[1])


def test_an_empty_client_says_what_to_do(firm: Firm) -> None:
    text = firm.browser("manager1").get(f"/client/show/{new_client(firm)}").text
    for sentence in (
        "Nobody is known there.", "Nothing happened yet.", "No deals yet.", "Nothing planned.",
        "Nobody knows yet who decides here.", "Next to find out:", "Region",
    ):  # fmt: skip
        assert sentence in text


def test_manager_and_department_region_and_district_are_set_apart(firm: Firm) -> None:
    client = new_client(firm)
    page = firm.browser("manager1").get(f"/client/show/{client}").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert "Manager1 Test · North" in text


def test_a_list_without_rows_is_a_sentence_and_not_a_bare_head(make: Any) -> None:
    firm = make(sale_plugin(), acme_plugin)
    client = new_client(firm)
    page = firm.browser("manager1").get(f"/client/rest/{client}").text
    section = page.split('id="list-acme_visit"')[1].split("</section>")[0]
    assert "<table" not in section
    assert "Nothing here yet." in section


def test_a_long_name_is_whole_on_hover(firm: Firm) -> None:
    name = "Ромашка " * 31
    client = new_client(firm, name.strip())
    page = firm.browser("manager1").get(f"/client/show/{client}").text
    assert f'<h1 title="{name.strip()}">' in page


def test_the_page_shows_everything_that_is_known(firm: Firm) -> None:
    client = new_client(firm)
    fill(firm, client, 2)
    text = firm.browser("manager1").get(f"/client/show/{client}?panels=all").text
    for word in (
        "Ромашка", "Manager1 Test", "North", "Тула", "Person 1", "tel:+79120000001",
        "tel:+74951234560", "Deal 1", "Call 1", "Task 1", "K-1", "Rival", "Exhibition",
        "No decider is known.", "empty seat", "Not paid yet",
    ):  # fmt: skip
        assert word in text, word


def test_the_blocks_further_down_come_after_the_page(firm: Firm) -> None:
    client = new_client(firm)
    fill(firm, client, 2)
    browser = firm.browser("manager1")
    page = browser.get(f"/client/show/{client}").text
    rest = browser.get(f"/client/rest/{client}")
    assert "<html" not in rest.text
    assert 'href="?panels=all"' in page  # the way without script
    for word in ("Not paid yet", "K-1", "Rival", "Exhibition", "Last 12 months"):
        assert word not in page
        assert word in rest.text, word
    assert "Population of Tula" in rest.text
    places = set(re.findall(r'data-part-of="(\w+)"', page))
    assert places == set(re.findall(r'data-part="(\w+)"', rest.text))
    foreign = new_client(firm, "Other", "manager3")
    assert browser.get(f"/client/rest/{foreign}").status_code in (403, 404)


def test_the_page_has_no_inline_script_or_style(firm: Firm) -> None:
    client = new_client(firm)
    fill(firm, client, 1)
    text = firm.browser("manager1").get(f"/client/show/{client}").text
    assert "<script>" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert "javascript:" not in text


def test_a_client_of_another_manager_is_refused_on_every_address(firm: Firm) -> None:
    client = new_client(firm, who="manager3")
    with firm.session("manager3") as session:
        add_person(session, client, name="Anna")
        session.commit()
        job = session.scalars(select(Employment.id)).one()
    browser = firm.browser("manager1")
    for address in (
        f"/client/show/{client}", f"/client/timeline/{client}", f"/client/person/{client}",
        f"/client/seat/{client}",
    ):  # fmt: skip
        assert browser.get(address).status_code in (403, 404), address
    for address in (f"/client/log/{client}", f"/client/person/{client}", f"/client/left/{job}"):
        assert browser.post(address, data={"kind": "call", "name": "x"}).status_code in (403, 404)
    with firm.session() as session:
        assert session.scalars(select(Activity)).all() == []
        assert session.scalars(select(Contact.name)).all() == ["Anna"]
        assert session.scalars(select(Employment.until)).all() == [None]


def test_a_call_is_logged_with_its_next_step_from_one_form(firm: Firm) -> None:
    client = new_client(firm)
    browser = firm.browser("manager1")
    answer = browser.post(
        f"/client/log/{client}",
        data={"kind": "call", "subject": "Wants prices", "text": "Ten boxes",
              "next_title": "tomorrow 10:00 send prices"},
        follow_redirects=True,
    )  # fmt: skip
    assert answer.status_code == 200
    for word in ("Wants prices", "Ten boxes", "send prices"):
        assert word in answer.text
    assert re.search(r"Next step, \d{1,2} \w{3}, 10:00: send prices\.", answer.text)


def test_a_refused_call_keeps_what_was_typed_and_writes_nothing(firm: Firm) -> None:
    client = new_client(firm)
    answer = firm.browser("manager1").post(
        f"/client/log/{client}",
        data={"kind": "meeting", "subject": "Keep me", "minutes": "many",
              "next_title": "Call", "next_due_at": "some day"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert 'value="Keep me"' in answer.text
    assert "is not a number" in answer.text
    assert "is not a date and time" in answer.text
    with firm.session() as session:
        assert session.scalars(select(Activity)).all() == []
        assert session.scalars(select(Task)).all() == []


def test_the_main_contact_is_proposed_for_the_next_call(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        add_person(session, client, name="Anna")
        boris = add_person(session, client, name="Boris", is_main=True).id
        session.commit()
    text = firm.browser("manager1").get(f"/client/show/{client}").text
    assert f'<option value="{boris}" selected>Boris</option>' in text


def test_one_form_adds_a_person_with_two_phones(firm: Firm) -> None:
    client = new_client(firm)
    browser = firm.browser("manager1")
    assert browser.get(f"/client/person/{client}").status_code == 200
    answer = browser.post(
        f"/client/person/{client}",
        data={"name": "Анна Иванова", "position": "Закупки", "is_main": "1",
              "point_kind": ["mobile", "phone", "email"],
              "point": ["8 912 345-67-89", "+7 495 123-45-67 доб. 12", ""]},
        follow_redirects=True,
    )  # fmt: skip
    assert answer.status_code == 200
    for word in ("Анна Иванова", "Закупки", "tel:+79123456789", "tel:+74951234567,12"):
        assert word in answer.text


def test_a_bad_phone_is_named_and_the_rest_is_kept(firm: Firm) -> None:
    client = new_client(firm)
    answer = firm.browser("manager1").post(
        f"/client/person/{client}",
        data={"name": "Anna", "point_kind": ["mobile", "email"],
              "point": ["12", "anna@example.com"]},
    )  # fmt: skip
    assert answer.status_code == 400
    assert "is not a phone number" in answer.text
    assert 'value="anna@example.com"' in answer.text
    with firm.session() as session:
        assert session.scalars(select(Contact)).all() == []


def test_who_left_is_shown_apart_and_keeps_the_history(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        add_person(session, client, name="Anna")
        session.commit()
        job = session.scalars(select(Employment.id)).one()
    browser = firm.browser("manager1")
    text = browser.post(f"/client/left/{job}", follow_redirects=True).text
    assert "Worked there before: 1" in text
    with firm.session() as session:
        assert session.scalars(select(Employment.until)).one() is not None
        person = session.scalars(select(Contact.id)).one()
    page = browser.get(f"/contact/show/{person}").text
    assert "has left" in page
    assert "Ромашка" in page


def test_a_person_is_seated_and_assessed(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        person = add_person(session, client, name="Boris").id
        session.commit()
    browser = firm.browser("manager1")
    assert browser.get(f"/client/seat/{client}").status_code == 200
    answer = browser.post(
        f"/client/seat/{client}",
        data={"contact_id": str(person), "base.roles": "", "roles": ["decider", "buyer"],
              "influence": "5", "attitude": "-1", "coverage": "deep",
              "evidence": "Told so himself"},
        follow_redirects=True,
    )  # fmt: skip
    for word in ("Boris (decider) is against us.", "Told so himself", "Decider"):
        assert word in answer.text
    refused = browser.post(
        f"/client/seat/{client}", data={"contact_id": str(person), "influence": "9"}
    )
    assert refused.status_code == 400
    assert "out of range" in refused.text
    assert browser.post(f"/client/seat/{client}", data={"influence": "1"}).status_code == 400
    with firm.session() as session:
        assert session.scalars(select(DmuMember.influence)).all() == [5]


def test_the_timeline_is_narrowed_and_paged(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        session.add_all(
            Activity(client_id=client, kind="call" if number % 2 else "note",
                     happened_at=now() - timedelta(days=number), subject=f"Entry {number:02}")
            for number in range(70)
        )  # fmt: skip
        session.commit()
    browser = firm.browser("manager1")
    page = browser.get(f"/client/show/{client}?kind=call").text
    assert "Entry 01" in page
    assert "Entry 00" not in page
    first = browser.get(f"/client/show/{client}").text
    assert "Entry 14" in first
    assert "Entry 16" not in first
    address = first.split('data-older="')[1].split('"')[0].replace("&amp;", "&")
    older = browser.get(address).text
    assert "<html" not in older
    assert "Entry 16" in older
    assert "Entry 44" in older
    assert "Entry 14" not in older
    assert browser.get(f"/client/show/{client}?before=damaged").status_code == 400


def test_a_broken_panel_is_a_box_and_the_page_opens(make: Any) -> None:
    def broken(_session: Any, _record: Any) -> Any:
        raise RuntimeError("no")

    info = PluginInfo(name="weather", title="Weather", version="1", requires_core=">=0.1,<1")
    panel = Panel(
        code="weather.now", title="Weather", template="kartoteka/parts/history.html", data=broken
    )
    firm: Firm = make(SimpleNamespace(PLUGIN=info, panels=hookimpl(lambda: [panel])))
    answer = firm.browser("manager1").get(f"/client/show/{new_client(firm)}")
    assert answer.status_code == 200
    assert "plugin weather failed" in answer.text


@pytest.mark.parametrize(("who", "offered"), [("manager1", False), ("curator1", True)])
def test_only_heads_are_offered_to_hand_a_client_over(firm: Firm, who: str, offered: bool) -> None:
    text = firm.browser(who).get(f"/client/show/{new_client(firm)}").text
    assert ("/handover/?ids=" in text) is offered


def test_hostile_names_are_shown_as_text(firm: Firm) -> None:
    evil = "<img src=x onerror=alert(1)>"
    client = new_client(firm, evil)
    with firm.session("manager1") as session:
        person = add_person(session, client, name=evil, position=evil).id
        seat(session, client, person, roles=["user"], evidence=evil)
        session.add(Activity(client_id=client, kind="note", happened_at=now(), subject=evil,
                             text=evil, outcome=evil))  # fmt: skip
        session.commit()
    text = firm.browser("manager1").get(f"/client/show/{client}").text
    assert evil not in text
    assert "&lt;img src=x" in text
