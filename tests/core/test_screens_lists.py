"""Lists show what people may see, find what they type, and cost a fixed number of statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from kartoteka.api import (
    Action,
    Client,
    PluginInfo,
    Rejected,
    RowStyle,
    create,
    hookimpl,
)
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm, statements
from tests.conftest import sale_plugin


def clients(firm: Firm, who: str, *names: str, **values: Any) -> list[int]:
    """Create clients of a manager and return their ids."""
    entity = firm.made.registry.entity("client")
    with firm.session(who) as session:
        made = [create(session, entity, {"name": name, **values}) for name in names]
        session.commit()
        return [client.id for client in made]


def names_on(page: Any) -> list[str]:
    """Return the first column of a list."""
    return re.findall(r'class="open"[^>]*>([^<]+)<', page.text)


def decorating_plugin() -> Any:
    """Return a plugin that marks rows, counts its calls, and brings an action and a field."""
    calls: list[int] = []

    def row_styles(entity: str, records: Any) -> dict[int, RowStyle]:
        calls.append(len(records))
        return {r.id: RowStyle(color="#ff0000", hint="Owes us") for r in records}

    def flag(session: Any, records: Any) -> str:
        for record in records:
            record.important = True
        return f"{len(records)} flagged"

    def refuse(session: Any, records: Any) -> str:
        records[0].important = True
        raise Rejected("Not on a Monday.")

    return SimpleNamespace(
        PLUGIN=PluginInfo(name="deco", title="Deco", version="1", requires_core=">=0.1,<1"),
        row_styles=hookimpl(row_styles),
        actions=hookimpl(
            lambda: [
                Action(code="deco.flag", title="Flag them", run=flag),
                Action(code="deco.refuse", title="Refuse", run=refuse),
            ]
        ),
        calls=calls,
    )  # fmt: skip


def test_a_list_is_found_in_any_letter_case(firm: Firm) -> None:
    clients(firm, "manager1", "Ёлочка", "Ромашка")

    page = firm.browser("manager1").get("/client/list/?q=елочка")

    assert names_on(page) == ["Ёлочка"]


def test_a_manager_sees_only_own_clients(firm: Firm) -> None:
    clients(firm, "manager1", "Mine")
    clients(firm, "manager3", "Foreign")

    page = firm.browser("manager1").get("/client/list/")

    assert names_on(page) == ["Mine"]
    assert "Foreign" not in page.text


@pytest.mark.parametrize("code", ["client", "deal", "purchase", "activity", "task"])
def test_a_list_page_takes_at_most_12_statements_however_many_rows(firm: Firm, code: str) -> None:
    def fill(rows: int) -> None:
        entity = firm.made.registry.entity
        with firm.session() as session:
            regions = [
                create(session, entity("region"), {"name": f"Region {n}", "kind": "region"})
                for n in range(rows)
            ]
            session.commit()
            places = [region.id for region in regions]
        with firm.session("manager1") as session:
            for number, place in enumerate(places):
                client = create(
                    session, entity("client"), {"name": f"Client {number}", "region_id": place}
                )
                own = {"client_id": client.id}
                create(session, entity("deal"), {**own, "title": "Toys", "pipeline": "sale"})
                create(
                    session, entity("purchase"),
                    {**own, "bought_on": "2026-01-31", "amount": "10"},
                )  # fmt: skip
                moment = datetime.now(UTC)
                create(session, entity("activity"), {**own, "happened_at": moment})
                create(session, entity("task"), {**own, "title": "Call", "due_at": moment})
            session.commit()

    browser = firm.browser("manager1")
    fill(2)
    browser.get(f"/{code}/list/")
    with statements(firm) as few:
        assert browser.get(f"/{code}/list/").status_code == 200
    fill(12)
    with statements(firm) as many:
        page = browser.get(f"/{code}/list/")

    assert page.text.count("<tr data-href") + page.text.count('data-href="/') >= 14
    assert len(many) == len(few)
    assert len(many) <= 12, "\n".join(many)


def test_all_columns_at_once_still_cost_no_statement_per_row(firm: Firm) -> None:
    clients(firm, "manager1", *(f"Client {n}" for n in range(5)))
    browser = firm.browser("manager1")
    fields = firm.made.registry.fields("client")
    browser.post("/client/columns", data={"column": list(fields)})

    with statements(firm) as sent:
        page = browser.get("/client/list/")

    assert "Card filled" in page.text
    assert len(sent) <= 12, "\n".join(sent)


def test_pages_follow_each_other_without_loss_and_keep_filters(firm: Firm) -> None:
    wanted = [f"Client {n:02}" for n in range(60)]
    clients(firm, "manager1", *wanted, industry="Toys")
    clients(firm, "manager1", "Other", industry="Bread")
    browser = firm.browser("manager1")
    seen: list[str] = []
    address = "/client/list/?f=industry:contains:toy&f=name:starts:Client&sort=name"

    while address:
        page = browser.get(address)
        seen += names_on(page)
        link = re.search(r'href="([^"]+)"[^>]*rel="next"', page.text)
        address = link[1].replace("&amp;", "&") if link else ""
        assert not address or address.count("f=") == 2

    assert seen == wanted


def test_the_last_page_and_the_way_back(firm: Firm) -> None:
    clients(firm, "manager1", *(f"Client {n:02}" for n in range(30)))
    browser = firm.browser("manager1")

    last = browser.get("/client/list/?sort=name&last=1")

    assert names_on(last)[-1] == "Client 29"
    back = re.search(r'href="([^"]+)"[^>]*rel="prev"', last.text)
    assert back
    assert "Client 00" in names_on(browser.get(back[1].replace("&amp;", "&")))


@pytest.mark.parametrize(
    "query",
    [
        "sort=bogus", "sort=search_text", "f=bogus:eq:1", "f=name:bogus:1", "after=%00", "after=x",
        "before=e30", "f=purchase_count:gt:many", "f=last_purchase_on:gt:then", "f=region_id:eq:x",
        "f=region_id:eq:99999999999999999999", "sort=-name&after=W10", "f=search_text:eq:1",
    ],
)  # fmt: skip
def test_a_bogus_address_gets_a_sentence(firm: Firm, query: str) -> None:
    clients(firm, "manager1", "Mine")

    page = firm.browser("manager1").get(f"/client/list/?{query}")

    assert page.status_code == 400
    assert 'class="alert alert-danger"' in page.text


def test_a_filter_form_becomes_a_filter_in_words(firm: Firm) -> None:
    clients(firm, "manager1", "Big", size_class="A")
    clients(firm, "manager1", "Small", size_class="C")

    page = firm.browser("manager1").get("/client/list/?ff=size_class&fo=eq&fv=A")

    assert names_on(page) == ["Big"]
    assert "Size is A: large" in page.text


def test_the_filter_form_asks_by_the_kind_of_field(firm: Firm) -> None:
    browser = firm.browser("manager1")

    assert 'type="date"' in browser.get("/client/filter?ff=last_purchase_on").text
    assert "A: large" in browser.get("/client/filter?ff=size_class").text
    assert 'data-lookup="/region/lookup"' in browser.get("/client/filter?ff=region_id").text
    assert browser.get("/client/filter?ff=search_text").status_code == 404
    without_script = browser.get("/client/list/?ff=size_class")
    assert "A: large" in without_script.text


def test_chosen_columns_are_remembered(firm: Firm) -> None:
    clients(firm, "manager1", "Mine", website="example.ru")
    browser = firm.browser("manager1")

    browser.post("/client/columns", data={"column": ["name", "website", "bogus"]})

    page = browser.get("/client/list/").text
    heads = re.findall(r'<th scope="col".*?</th>', page, re.DOTALL)
    assert len(heads) == 2
    assert "https://example.ru" in page
    browser.post("/client/columns", data={"usual": "1"})
    assert "Last purchase" in browser.get("/client/list/").text


def test_plugins_mark_rows_once_a_page_and_a_failing_one_is_skipped(
    make: Callable[..., Firm],
) -> None:
    deco = decorating_plugin()
    broken = SimpleNamespace(
        PLUGIN=PluginInfo(name="broken", title="B", version="1", requires_core=">=0.1,<1"),
        row_styles=hookimpl(lambda entity, records: 1 / 0),
    )
    firm = make(sale_plugin(), broken, deco)
    clients(firm, "manager1", "One", "Two")

    page = firm.browser("manager1").get("/client/list/")

    assert deco.calls == [2]
    assert page.text.count('data-color="#ff0000"') == 2
    assert "Owes us" in page.text


def test_a_plugins_field_stands_in_list_form_and_card(make: Callable[..., Firm]) -> None:
    browser = make("wholesale").browser("manager1")

    browser.post("/client/add", data={"name": "Mine", "wholesale_type": "manufacturer"})

    assert "Type of client" in browser.get("/client/add").text
    assert "Manufacturer" in browser.get("/client/list/").text
    assert "Manufacturer" in browser.get("/client/show/1").text
    assert names_on(browser.get("/client/list/?f=wholesale_type:eq:shop")) == []
    assert names_on(browser.get("/client/list/?f=wholesale_type:eq:manufacturer")) == ["Mine"]


def test_a_hidden_field_does_not_exist_for_the_role(make: Callable[..., Firm]) -> None:
    firm = make("wholesale")
    [number] = clients(firm, "manager1", "Mine")
    name = "wholesale_problem_note"
    director, manager = firm.browser("director"), firm.browser("manager1")
    director.post(f"/client/edit/{number}", data={name: "blacklisted"})
    assert "blacklisted" in director.get(f"/client/show/{number}").text

    for place in ("show", "edit", "preview", "history"):
        page = manager.get(f"/client/{place}/{number}")
        assert page.status_code == 200
        assert "Problems with this client" not in page.text
        assert "blacklisted" not in page.text
    for query in (f"f={name}:contains:black", f"sort={name}"):
        assert manager.get(f"/client/list/?{query}").status_code == 400
    manager.post(f"/client/edit/{number}", data={name: "fine", f"base.{name}": "blacklisted"})
    assert "blacklisted" in director.get(f"/client/show/{number}").text


def test_an_action_runs_over_the_chosen_rows_one_may_see(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), decorating_plugin())
    mine = clients(firm, "manager1", "One", "Two")
    foreign = clients(firm, "manager3", "Foreign")
    browser = firm.browser("manager1")

    answer = browser.post(
        "/client/action/deco.flag", data={"ids": [*mine, *foreign]}, follow_redirects=True
    )

    assert "2 flagged" in answer.text
    with firm.session() as session:
        flags = {c.name: c.important for c in session.query(Client)}
    assert flags == {"One": True, "Two": True, "Foreign": False}


def test_a_refused_action_changes_nothing_and_says_why(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), decorating_plugin())
    mine = clients(firm, "manager1", "One")

    answer = firm.browser("manager1").post(
        "/client/action/deco.refuse", data={"ids": mine}, follow_redirects=True
    )

    assert "Not on a Monday." in answer.text
    with firm.session() as session:
        assert not session.get_one(Client, mine[0]).important


def test_an_empty_list_says_what_to_do_and_a_fruitless_search_says_something_else(
    firm: Firm,
) -> None:
    browser = firm.browser("manager1")

    assert "No clients yet. Add the first one" in browser.get("/client/list/").text
    assert "Nothing fits." in browser.get("/client/list/?q=zzz").text


def test_a_reference_to_a_row_one_may_not_see_is_hidden(firm: Firm) -> None:
    [foreign] = clients(firm, "manager3", "Foreign partner")
    [mine] = clients(firm, "manager1", "Mine")
    entity = firm.made.registry.entity
    with firm.session() as session:
        source = create(session, entity("source"), {"name": "Friends"})
        create(
            session, entity("client_source"),
            {"client_id": mine, "source_id": source.id, "recommended_by_id": foreign},
        )  # fmt: skip
        session.commit()

    page = firm.browser("manager1").get("/client_source/list/")

    assert "hidden" in page.text
    assert "Foreign partner" not in page.text
    assert f"/client/show/{foreign}" not in page.text


def test_related_drop_downs_offer_only_what_one_may_see(firm: Firm) -> None:
    clients(firm, "manager1", "Ромашка один", *(f"Client {n}" for n in range(30)))
    clients(firm, "manager3", "Ромашка чужая")
    browser = firm.browser("manager1")

    found = browser.get("/client/lookup?q=ромашка").json

    assert [one["text"] for one in found] == ["Ромашка один"]
    assert len(browser.get("/client/lookup").json) == 20
    people = browser.get("/people/lookup?q=manager2").json
    assert [one["text"] for one in people] == ["Manager2 Test"]


def test_search_finds_clients_and_people_by_part_of_a_phone_and_name(firm: Firm) -> None:
    [number] = clients(firm, "manager1", "Ёлочка и сыновья")
    clients(firm, "manager3", "Ёлочка чужая")
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        create(
            session, entity("contact_point"),
            {"client_id": number, "kind": "phone", "value": "+7 495 123-45-67"},
        )  # fmt: skip
        session.commit()
    browser = firm.browser("manager1")

    by_name = browser.get("/search/suggest?q=СЫНОВЬЯ елочка").json
    by_phone = browser.get("/search/suggest?q=123-45").json

    assert [hit["text"] for hit in by_name[0]["hits"]] == ["Ёлочка и сыновья"]
    assert [hit["text"] for hit in by_phone[0]["hits"]] == ["Ёлочка и сыновья"]
    assert "чужая" not in browser.get("/search/?q=елочка").text
    assert "Nothing found" in browser.get("/search/?q=%25").text


def test_people_are_told_apart_by_where_they_work_and_called_from_the_list(firm: Firm) -> None:
    [number] = clients(firm, "manager1", "Ёлочка")
    with firm.session("manager1") as session:
        add_person(
            session, number, name="Иванова Анна", position="Закупщик", birthday="1980-05-01",
            points=[("mobile", "+7 916 123-45-67"), ("email", "anna@example.com")],
        )  # fmt: skip
        session.commit()
    browser = firm.browser("manager1")

    [found] = [one for one in browser.get("/search/suggest?q=иванова").json
               if one["title"] == "Contacts"]  # fmt: skip
    assert [hit["detail"] for hit in found["hits"]] == ["Ёлочка, Закупщик"]
    page = browser.get("/contact/list/").text
    assert "Ёлочка, Закупщик" in page
    assert '<a href="tel:+79161234567">+7 916 123-45-67</a>' in page


def test_a_list_can_be_sorted_without_heads_of_columns(firm: Firm) -> None:
    clients(firm, "manager1", "B", "A")
    page = firm.browser("manager1").get("/client/list/?sort=-name").text
    [form] = re.findall(r'<form class="sort-by".*?</form>', page, re.S)
    assert '<option value="-name" selected>' in form
    assert '<option value="name">' in form
    assert 'type="hidden" name="sort"' not in form
