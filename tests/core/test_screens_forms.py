"""Forms keep what was typed, say what is wrong at the field, and never overwrite another's work."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from markupsafe import escape

from kartoteka.api import Client, Deal, Panel, PluginInfo, create, hookimpl
from kartoteka.testing import Firm
from tests.conftest import sale_plugin


def new_client(firm: Firm, who: str = "manager1", **values: Any) -> int:
    with firm.session(who) as session:
        entity = firm.made.registry.entity("client")
        client = create(session, entity, {"name": "Ромашка", **values})
        session.commit()
        return client.id


def kept(firm: Firm, number: int) -> Client:
    with firm.session() as session:
        client = session.get_one(Client, number)
        session.expunge(client)
        return client


def form_of(page: Any) -> dict[str, str]:
    """Return what a browser would send of the inputs of a form, ticks and choices included."""
    body = page.text
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", body):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag) and name[1] != "q":
            found[name[1]] = _plain(value[1]) if value else ""
    for name, text in re.findall(
        r'<textarea name="([^"]*)"[^>]*>\n(.*?)</textarea>', body, re.DOTALL
    ):
        found[name] = _plain(text)
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def _plain(text: str) -> str:
    for sign, entity in (
        ("<", "&lt;"),
        (">", "&gt;"),
        ('"', "&#34;"),
        ("'", "&#39;"),
        ("&", "&amp;"),
    ):
        text = text.replace(entity, sign)
    return text


def test_a_wrong_value_stands_again_beside_its_sentence(firm: Firm) -> None:
    answer = firm.browser("manager1").post(
        "/client/add", data={"name": "Ромашка", "tax_id": "7707083890", "industry": "Куклы"}
    )

    assert answer.status_code == 400
    assert "check digit is wrong" in answer.text
    assert 'value="7707083890"' in answer.text
    assert 'value="Куклы"' in answer.text


def test_a_missing_name_is_asked_for(firm: Firm) -> None:
    answer = firm.browser("manager1").post("/client/add", data={"name": " ", "kind": "person"})

    assert answer.status_code == 400
    assert 'id="error-name"' in answer.text


def test_a_form_sent_back_unchanged_changes_nothing(firm: Firm) -> None:
    number = new_client(firm, important=True, website="https://example.ru/", note="Одна\nдве")
    browser = firm.browser("manager1")
    before = kept(firm, number)

    browser.post(f"/client/edit/{number}", data=form_of(browser.get(f"/client/edit/{number}")))

    after = kept(firm, number)
    assert (after.version, after.important, after.note) == (before.version, True, "Одна\nдве")


def test_a_tick_can_be_taken_away(firm: Firm) -> None:
    number = new_client(firm, important=True)
    browser = firm.browser("manager1")
    sent = form_of(browser.get(f"/client/edit/{number}"))
    del sent["important"]

    browser.post(f"/client/edit/{number}", data=sent)

    assert kept(firm, number).important is False


def test_two_people_edit_and_nothing_is_lost(firm: Firm) -> None:
    number = new_client(firm, industry="Куклы", address="Старая улица")
    first, second = firm.browser("director"), firm.browser("manager1")
    mine = form_of(second.get(f"/client/edit/{number}"))
    first.post(
        f"/client/edit/{number}",
        data={"industry": "Мячи", "base.industry": "Куклы", "working_hours": "9-18"},
    )

    answer = second.post(
        f"/client/edit/{number}", data={**mine, "industry": "Кубики", "address": "Новая улица"}
    )

    assert answer.status_code == 409
    for shown in ("Куклы", "Мячи", "Кубики", "Новая улица", "9-18", "Director Test"):
        assert shown in answer.text
    assert kept(firm, number).industry == "Мячи"
    choice = re.search(r'name="version" value="(\d+)"', answer.text)
    assert choice
    saved = second.post(
        f"/client/edit/{number}",
        data={
            "version": choice[1], "industry": "Кубики", "base.industry": "Мячи",
            "address": "Новая улица", "base.address": "Старая улица",
        },
    )  # fmt: skip
    assert saved.status_code == 302
    client = kept(firm, number)
    assert (client.industry, client.address, client.working_hours) == (
        "Кубики", "Новая улица", "9-18",
    )  # fmt: skip


def test_the_address_presets_fields_and_the_way_back(firm: Firm) -> None:
    number = new_client(firm)
    browser = firm.browser("manager1")

    form = browser.get(f"/deal/add?client_id={number}&next=/client/show/{number}")
    answer = browser.post(
        "/deal/add",
        data={**form_of(form), "title": "Куклы", "amount": "1 000,50", "pipeline": "sale"},
    )

    assert 'value="Ромашка"' in form.text
    assert answer.headers["Location"] == f"/client/show/{number}"
    with firm.session() as session:
        deal = session.query(Deal).one()
        assert (str(deal.amount), deal.amount_currency) == ("1000.50", "RUB")


@pytest.mark.parametrize("outside", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_to_strangers(firm: Firm, outside: str) -> None:
    answer = firm.browser("manager1").post("/client/add", data={"name": "A", "next": outside})

    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]


def test_a_foreign_client_is_refused_in_every_way(firm: Firm) -> None:
    foreign = new_client(firm, "manager3", note="Secret")
    browser = firm.browser("manager1")

    for address in ("show", "edit", "preview", "history", "delete"):
        answer = browser.get(f"/client/{address}/{foreign}")
        assert answer.status_code == 403
        assert "Ромашка" not in answer.text
    assert browser.post(f"/client/edit/{foreign}", data={"name": "Mine now"}).status_code == 403
    assert browser.post(f"/client/delete/{foreign}").status_code == 403
    assert kept(firm, foreign).name == "Ромашка"


def test_a_link_never_deletes_and_the_question_names_what_goes(firm: Firm) -> None:
    number = new_client(firm)
    with firm.session("manager1") as session:
        create(
            session, firm.made.registry.entity("deal"),
            {"client_id": number, "title": "Куклы", "pipeline": "sale"},
        )  # fmt: skip
        session.commit()
    browser = firm.browser("manager1")

    question = browser.get(f"/client/delete/{number}")

    assert "Deals: 1" in question.text
    assert kept(firm, number).name == "Ромашка"
    assert browser.post(f"/client/delete/{number}").status_code == 302
    with firm.session() as session:
        assert session.get(Client, number) is None


def test_what_others_refer_to_is_not_deleted_and_the_reason_is_said(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session() as session:
        source = create(session, entity("source"), {"name": "Friends"}).id
        session.commit()
    number = new_client(firm)
    with firm.session("manager1") as session:
        create(session, entity("client_source"), {"client_id": number, "source_id": source})
        session.commit()

    asked = firm.browser("director").get(f"/source/delete/{source}").text
    assert "It can not be deleted while these refer to it" in asked
    assert "The history keeps its last values." not in asked
    answer = firm.browser("director").post(f"/source/delete/{source}", follow_redirects=True)

    assert "Other records refer to this one." in answer.text


def test_an_assistant_has_no_delete(firm: Firm) -> None:
    number = new_client(firm)
    browser = firm.browser("assistant1")

    assert browser.get(f"/client/show/{number}").status_code == 200
    assert f"/client/delete/{number}" not in browser.get(f"/client/show/{number}").text
    assert browser.post(f"/client/delete/{number}").status_code == 403


def test_the_history_tells_who_and_on_whose_behalf(firm: Firm) -> None:
    number = new_client(firm, industry="Куклы")
    browser = firm.browser("assistant1")

    browser.post(f"/client/edit/{number}", data={"industry": "Мячи", "base.industry": "Куклы"})

    page = browser.get(f"/client/history/{number}").text
    assert "Assistant1 Test" in page
    assert "on behalf of Manager1 Test" in page
    assert "Куклы" in page
    assert "Мячи" in page


def test_a_broken_panel_becomes_a_box_that_names_its_plugin(make: Callable[..., Firm]) -> None:
    def fails(session: Any, record: Any) -> dict[str, Any]:
        return {"rows": session.query(Deal).filter(Deal.title + 1 == Deal.id.op("bogus")(2)).all()}

    panels = [
        Panel(
            code="bad.sums", title="Sums", template="kartoteka/parts/history.html", data=fails,
            place="competitor",
        ),
        Panel(
            code="bad.fine", title="Fine one", template="kartoteka/parts/history.html",
            data=lambda session, record: {"history": []}, place="competitor",
        ),
    ]  # fmt: skip
    bad = SimpleNamespace(
        PLUGIN=PluginInfo(name="bad", title="Bad", version="1", requires_core=">=0.1,<1"),
        panels=hookimpl(lambda: panels),
    )
    firm = make(sale_plugin(), bad)
    with firm.session() as session:
        rival = create(session, firm.made.registry.entity("competitor"), {"name": "Rival"})
        session.commit()
        number = rival.id

    page = firm.browser("director").get(f"/competitor/show/{number}")

    assert page.status_code == 200
    assert "plugin bad failed" in page.text
    assert "No changes yet." in page.text


def test_strange_texts_are_shown_as_text(firm: Firm) -> None:
    text = "<script>alert(1)</script>\"'&{{7*7}}"
    number = new_client(firm, name=text)
    browser = firm.browser("manager1")

    for address in ("list/", f"show/{number}", f"edit/{number}", f"delete/{number}"):
        page = browser.get(f"/client/{address}").text
        assert str(escape(text)) in page
        assert "<script>alert" not in page
    browser.post(f"/client/edit/{number}", data=form_of(browser.get(f"/client/edit/{number}")))
    assert kept(firm, number).name == text


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_errors_have_our_look_and_a_sentence(firm: Firm, status: int) -> None:
    browser = firm.browser("manager1")
    answer = {
        400: lambda: browser.get("/client/list/?sort=zzz"),
        403: lambda: browser.get("/department/add"),
        404: lambda: browser.get("/nowhere"),
        405: lambda: browser.post("/client/list/"),
    }[status]()

    assert answer.status_code == status
    assert 'class="nav"' in answer.text


def test_scripts_get_their_errors_as_json(firm: Firm) -> None:
    browser = firm.browser("manager1")

    answer = browser.get("/client/show/999", headers={"Accept": "application/json"})

    assert answer.status_code == 403
    assert answer.json["message"] == "There is no such record, or you have no right to it."


def test_a_stranger_is_sent_to_log_in_and_back(firm: Firm) -> None:
    stranger = firm.app.test_client()

    answer = stranger.get("/client/list/?q=a")

    assert answer.headers["Location"] == "/login/?next=/client/list/?q%3Da"
    assert stranger.get("/client/lookup", headers={"Accept": "application/json"}).status_code == 401


def test_each_person_reads_in_their_own_language(firm: Firm) -> None:
    browser = firm.browser("manager1")

    browser.post("/preferences/language", data={"language": "ru"})

    assert '<html lang="ru"' in browser.get("/client/list/").text
    assert '<html lang="ru"' in firm.browser("manager1").get("/client/list/").text
    assert '<html lang="en"' in firm.browser("manager2").get("/client/list/").text
    assert browser.post("/preferences/language", data={"language": "xx"}).status_code == 400


def test_every_entity_has_working_screens(make: Callable[..., Firm]) -> None:
    firm = make("wholesale")
    browser = firm.browser("director")

    for code, entity in firm.made.registry.entities.items():
        assert browser.get(f"/{code}/list/").status_code == 200, code
        assert browser.get(f"/{code}/lookup").status_code == 200, code
        if entity.addable and "add" in entity.rights["director"]:
            assert browser.get(f"/{code}/add").status_code == 200, code
            assert browser.post(f"/{code}/add", data={}).status_code == 400, code


def test_everything_wrong_is_named_at_the_top_with_a_link_to_its_input(firm: Firm) -> None:
    long = "no site at all, " * 20
    page = firm.browser("manager1").post(
        "/client/add", data={"name": " ", "tax_id": "123", "website": long}
    )

    assert page.status_code == 400
    top = page.text.split('role="alert"')[1].split("</ul>")[0]
    for name in ("name", "tax_id", "website"):
        assert f'<a href="#in-{name}" data-to-input>' in top
        assert f'id="in-{name}"' in page.text
    assert "…&#39; is not a web address" in top
    assert f'value="{long.strip()}"' in page.text or f'value="{long}"' in page.text


def test_a_client_given_to_a_stranger_is_refused_at_the_field(firm: Firm) -> None:
    page = firm.browser("manager1").post(
        "/client/add", data={"name": "Ромашка", "owner_id": str(firm.users["manager3"])}
    )
    assert page.status_code == 400
    assert 'id="error-owner_id"' in page.text


def test_the_box_of_search_shows_only_what_was_searched(firm: Firm) -> None:
    browser = firm.browser("manager1")
    found = browser.get("/search/?q=Ромашка").text
    assert 'name="q" value="Ромашка"' in found
    number = new_client(firm)
    refused = browser.post(f"/client/log/{number}", data={"kind": "call", "next_due_at": "x"})
    assert refused.status_code == 400
    assert 'name="q" value=""' in refused.text


def test_an_amount_that_a_record_does_not_have_yet_gets_a_currency_proposed(make: Any) -> None:
    firm = make(sale_plugin())
    with firm.session() as session:
        session.add(client := Client(name="Shop", currency="EUR", owner_id=firm.users["manager1"]))
        session.flush()
        session.add(deal := Deal(client_id=client.id, title="Order", pipeline="sale", stage="new"))
        session.commit()
        number = deal.id
    browser = firm.browser("manager1")
    page = browser.get(f"/deal/edit/{number}").text
    held = re.search(r'name="amount_currency"[^>]*value="(\w*)"', page)
    assert held is not None
    assert held[1] == firm.made.config.currency
    base = re.search(r'name="base.amount_currency" value="(\w*)"', page)
    assert base is not None
    assert base[1] == ""

    def save(**values: str) -> tuple[Any, Any, int]:
        form = {"base.title": "Order", "title": "Order", "base.amount": "", "amount": "",
                "base.amount_currency": "", "amount_currency": held[1], **values}  # fmt: skip
        assert browser.post(f"/deal/edit/{number}", data=form).status_code == 302
        with firm.session() as session:
            kept = session.get_one(Deal, number)
            return kept.amount, kept.amount_currency, kept.version

    assert save() == (None, None, 1)  # nothing was changed
    assert save(title="New")[:2] == (None, None)
    assert save(amount="12,5", **{"base.title": "New", "title": "New"})[:2] == (
        Decimal("12.5"), held[1]
    )  # fmt: skip
