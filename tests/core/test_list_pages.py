"""Totals and comparison as pages: what staff see, and what they do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from acme_dummy import plugin as acme
from acme_dummy.models import Visit
from sqlalchemy import select

from kartoteka.api import Client, Purchase, Region
from kartoteka.jobs.executor import Executor
from kartoteka.models import ClientSource, Indicator, IndicatorValue, Source
from kartoteka.testing import Firm, statements
from tests.conftest import sale_plugin
from tests.core.long_work import LEASE
from tests.core.test_rest_rights import hide


def add(firm: Firm, *records: Any) -> list[int]:
    with firm.session() as session:
        session.add_all(records)
        session.commit()
        return [record.id for record in records]


def page(firm: Firm, address: str, who: str = "manager1", status: int = 200) -> str:
    answer = firm.browser(who).get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return " ".join(answer.get_data(as_text=True).split()).replace("\u00a0", " ")


def test_totals_stand_beside_the_list_with_its_filters(firm: Firm) -> None:
    owner = firm.users["manager1"]
    toys, food = add(firm, Client(name="Toys", industry="toys", owner_id=owner),
                     Client(name="Food", industry="food", owner_id=owner))  # fmt: skip
    add(firm, *(Purchase(client_id=client, amount=Decimal(amount), amount_currency="EUR")
                for client, amount in ((toys, "10.50"), (toys, "0.25"),
                                       (food, "1000"))))  # fmt: skip
    assert "/client/totals?f=industry" in page(firm, "/client/list/?f=industry:eq:toys")
    text = page(firm, "/purchase/totals?f=amount:lt:100")
    assert "2 rows" in text
    assert "€10.75" in text
    assert "€1,000" not in text
    grouped = page(firm, "/purchase/totals?by=client_id")
    assert "Toys, EUR" in grouped
    assert "All, EUR" in grouped
    filled = page(firm, "/client/totals").split("Card filled", 1)[1].split("</tr>")[0]
    shown = dict(re.findall(r'data-title="([^"]+)">([^<]*)<', filled))
    assert [shown[name].endswith(" %") for name in ("Sum", "Mean", "Least", "Most")] == [True] * 4
    assert [shown[name].endswith("%") for name in ("Count", "Product", "Variance")] == [False] * 3
    assert "0 rows" in page(firm, "/purchase/totals", "manager3")
    page(firm, "/purchase/totals?by=amount", status=400)
    page(firm, "/purchase/totals?f=broken", status=400)


def test_comparison_marks_what_differs_and_leaves_out_what_is_empty(firm: Firm) -> None:
    owner = firm.users["manager1"]
    (region,) = add(firm, Region(name="Perm"))
    one, two, hidden = add(
        firm, Client(name="One", industry="toys", region_id=region, owner_id=owner),
        Client(name="Two", industry="food", region_id=region, owner_id=owner),
        Client(name="Secret", owner_id=firm.users["manager3"]),
    )  # fmt: skip
    text = page(firm, f"/client/compare?ids={one},{two},{hidden}")
    assert "1 of the ticked rows is not shown" in text
    assert "not shown" not in page(firm, f"/client/compare?ids={one},{two}")
    assert "Secret" not in text
    assert '<tr class="differs"><td class="first">Line of business' in text
    assert '<tr><td class="first">Region' in text
    assert "Web site" not in text
    assert "Tick 2 to 10 rows" in page(firm, f"/client/compare?ids={one}", status=400)


def test_ticks_lead_to_a_page_and_back(firm: Firm) -> None:
    browser = firm.browser("manager1")
    data = {"ids": ["3", "1"], "next": "/client/list/?q=x"}
    answer = browser.post("/client/ticked/compare", data=data)
    assert answer.location == "/client/compare?ids=1,3&next=/client/list/?q%3Dx"
    assert browser.post("/client/ticked/list", data=data).status_code == 404
    assert browser.post("/client/ticked/compare", data={}).location == "/client/list/"


def test_an_empty_selection_never_comes_to_mean_all_records(firm: Firm) -> None:
    add(firm, Client(name="One", owner_id=firm.users["manager1"]))
    for place in ("change", "totals", "export"):
        for ids in ("", ",", "abc"):
            text = page(firm, f"/client/{place}?ids={ids}", "director", status=400)
            assert "Choose rows first." in text
    assert "Choose rows first." in page(firm, "/handover/?ids=", "director", status=400)
    sent = firm.browser("director").post("/client/change?ids=", data={"act": "task", "title": "x"})
    assert sent.status_code == 400
    # The whole list has an address of its own.
    page(firm, "/client/change", "director")


def test_a_comparison_asks_no_query_for_each_record(firm: Firm) -> None:
    owner = firm.users["manager1"]
    regions = add(firm, *(Region(name=f"R{n}") for n in range(8)))
    ids = add(firm, *(Client(name=f"C{n}", region_id=regions[n], owner_id=owner)
                      for n in range(8)))  # fmt: skip

    def sent_for(some: list[int]) -> int:
        browser = firm.browser("manager1")
        address = f"/client/compare?ids={','.join(map(str, some))}"
        browser.get(address)
        with statements(firm) as sent:
            assert browser.get(address).status_code == 200
        return len(sent)

    assert sent_for(ids) == sent_for(ids[:2])


def test_many_records_are_changed_from_the_list_and_back(firm: Firm) -> None:
    owner = firm.users["manager1"]
    add(firm, *(Client(name=f"C{n}", industry="toys", owner_id=owner) for n in range(3)))
    assert "3 records" in page(firm, "/client/change?f=industry:eq:toys")
    asked = page(firm, "/client/change?f=industry:eq:toys&act=set&field=size_class")
    assert "Change 3 records?" in asked
    assert 'name="size_class"' in asked
    browser = firm.browser("manager1")
    form = {"act": "set", "field": "size_class", "size_class": "Z"}
    assert browser.post("/client/change?f=industry:eq:toys", data=form).status_code == 400
    form["size_class"] = "A"
    answer = browser.post("/client/change?f=industry:eq:toys", data=form)
    Executor(firm.app, "test", LEASE).work()
    shown = browser.get(answer.location).get_data(as_text=True)
    assert "3 records are changed." in shown
    number = answer.location.rsplit("/", 1)[1]
    assert f"/client/undo/{number}" in shown
    assert "3 rows" in page(firm, "/client/totals?f=size_class:eq:A")
    browser.post(f"/client/undo/{number}")
    Executor(firm.app, "test", LEASE).work()
    assert "0 rows" in page(firm, "/client/totals?f=size_class:eq:A")


def test_what_changed_nothing_is_not_offered_to_be_taken_back(firm: Firm) -> None:
    add(firm, Client(name="C", size_class="A", owner_id=firm.users["manager1"]))
    browser = firm.browser("manager1")
    form = {"act": "set", "field": "size_class", "size_class": "A"}
    answer = browser.post("/client/change", data=form)
    Executor(firm.app, "test", LEASE).work()
    shown = browser.get(answer.location).get_data(as_text=True)
    assert "0 records are changed." in shown
    assert "/client/undo/" not in shown


def test_a_task_and_a_handover_are_asked_for_before_they_are_done(firm: Firm) -> None:
    add(firm, Client(name="C", owner_id=firm.users["manager1"]))
    assert 'name="due_at"' in page(firm, "/client/change?act=task")
    assert "Manager2" in page(firm, "/client/change?act=hand_over", "curator1")


def compared(firm: Firm, who: str, ids: list[int]) -> str:
    return page(firm, f"/client/compare?ids={','.join(map(str, ids))}", who)


def test_a_field_hidden_from_a_role_is_in_no_comparison(firm: Firm) -> None:
    ids = add(firm, *(
        Client(name=name, industry=f"secret {name}", note=f"note {name}",
               owner_id=firm.users["manager1"]) for name in ("One", "Two")
    ))  # fmt: skip
    hide(firm, "client", "industry", "manager", "assistant")
    for who, sees in (("director", True), ("curator1", True), ("manager1", False),
                      ("assistant1", False)):  # fmt: skip
        text = compared(firm, who, ids)
        assert ("secret One" in text) is sees, who
        assert ("Line of business" in text) is sees, who
        assert "note One" in text, who


def test_a_reference_to_what_a_reader_does_not_see_is_not_named(firm: Firm) -> None:
    (source,) = add(firm, Source(name="A friend"))
    theirs, mine = add(
        firm, Client(name="Mother firm", owner_id=firm.users["manager3"]),
        Client(name="One", owner_id=firm.users["manager1"]),
    )  # fmt: skip
    ids = add(firm, *(ClientSource(client_id=mine, source_id=source, recommended_by_id=theirs)
                      for _time in range(2)))  # fmt: skip
    address = f"/client_source/compare?ids={ids[0]},{ids[1]}"
    assert "Mother firm" in page(firm, address, "director")
    text = page(firm, address)
    assert "A friend" in text
    assert "Mother firm" not in text


def test_fields_of_plugins_stand_side_by_side_in_their_group(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), acme)
    owner = firm.users["manager1"]
    ids = add(firm, *(Client(name=name, acme_nickname=nick, owner_id=owner)
                      for name, nick in (("One", "Ёж"), ("Two", "Кит"), ("3", None))))  # fmt: skip
    text = compared(firm, "manager1", ids)
    assert '<tr class="differs"><td class="first">Nickname' in text
    assert all(word in text for word in ("Ёж", "Кит"))
    hide(firm, "client", "acme_nickname", "manager")
    text = compared(firm, "manager1", ids)
    assert "Nickname" not in text
    assert "Ёж" not in text
    assert "Nickname" in compared(firm, "curator1", ids)


def test_records_of_a_plugin_are_compared_without_what_is_hidden(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), acme)
    (shop,) = add(firm, Client(name="Shop", owner_id=firm.users["manager1"]))
    ids = add(firm, *(Visit(client_id=shop, title=title, marks=marks)
                      for title, marks in (("First", 4), ("Second", 5))))  # fmt: skip
    address = f"/acme_visit/compare?ids={ids[0]},{ids[1]}"
    assert '<tr class="differs"><td class="first">Marks' in page(firm, address)
    assert "Marks" not in page(firm, address, "assistant1")
    foreign = firm.browser("manager3").get(address)
    assert "First" not in foreign.text


def test_two_to_ten_rows_are_compared_for_the_same_number_of_statements(firm: Firm) -> None:
    ids = add(firm, *(Client(name=f"C{n}", industry=f"i{n}", owner_id=firm.users["manager1"])
                      for n in range(11)))  # fmt: skip
    browser = firm.browser("manager1")
    browser.get(f"/client/compare?ids={ids[0]},{ids[1]}")
    with statements(firm) as few:
        browser.get(f"/client/compare?ids={ids[0]},{ids[1]}")
    with statements(firm) as many:
        browser.get(f"/client/compare?ids={','.join(map(str, ids[:10]))}")
    assert len(many) == len(few)
    for wrong in (ids[:1], ids, []):
        answer = browser.get(f"/client/compare?ids={','.join(map(str, wrong))}")
        assert answer.status_code == 400
        assert "Tick 2 to 10 rows" in answer.text


def test_regions_ticked_in_their_list_stand_side_by_side(firm: Firm) -> None:
    names = ("Тверская", "Омская", "Томская", "Псковская", "Курская")
    ids = add(firm, *(Region(name=f"{name} область", kind="region") for name in names))
    with firm.session() as session:
        people = session.scalars(select(Indicator).where(Indicator.code == "population")).one()
        session.add(
            IndicatorValue(region_id=ids[0], indicator_id=people.id, period=date(2012, 1, 1),
                           value=Decimal(1200000), span="year")
        )  # fmt: skip
        session.commit()
    browser = firm.browser("manager1")
    led = browser.post("/region/ticked/compare", data={"ids": [str(i) for i in ids[:2]]})
    page = browser.get(led.location).text
    assert "1,200,000" in page
    assert [f'href="/region/show/{number}"' in page for number in ids[:3]] == [True, True, False]
    assert "the first of those you chose" not in page
    # The form of the page writes the same address, one value for each region, in its order.
    page = browser.get(f"/region/compare?ids={ids[1]}&ids={ids[0]}&ids=").text
    first, second = (page.index(f'href="/region/show/{number}"') for number in (ids[1], ids[0]))
    assert first < second
    page = browser.get(f"/region/compare?ids={','.join(map(str, ids))}").text
    assert "Up to 4 regions stand side by side." in page
    assert f'href="/region/show/{ids[4]}"' not in page
