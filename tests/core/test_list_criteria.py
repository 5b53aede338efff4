"""Lists take criteria from their address, say them in words, and name what can not be asked."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from kartoteka.api import all_of, create, fact_is, field_is, none_of
from kartoteka.criteria.document import text_of
from kartoteka.fields.kinds import Reading
from kartoteka.screens import builder
from kartoteka.services import criteria
from kartoteka.testing import Firm, statements
from tests.core.test_screens_lists import clients, names_on

WANTED = all_of(field_is("important", "eq", True), none_of(fact_is("open_deals", "ge", 1)))


def address(tree: Any, code: str = "client") -> str:
    text = tree if isinstance(tree, str) else text_of(tree)
    return f"/{code}/list/?c={quote(text)}"


def test_the_address_carries_criteria_and_the_page_says_them(firm: Firm) -> None:
    clients(firm, "manager1", "Large", important=True)
    clients(firm, "manager1", "Small")

    page = firm.browser("manager1").get(address(WANTED))

    assert names_on(page) == ["Large"]
    assert "Important: yes and not so: (Number of open deals at least 1)" in page.text
    assert "sort=-name&amp;c=" in page.text or "c=%7B%22version%22" in page.text


def test_criteria_search_and_simple_filters_hold_together(firm: Firm) -> None:
    clients(firm, "manager1", "Large shop", "Large works", important=True)
    clients(firm, "manager1", "Small shop")

    page = firm.browser("manager1").get(f"{address(WANTED)}&f=name:contains:large&q=shop")

    assert names_on(page) == ["Large shop"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("nonsense", "This is not JSON."),
        ("[" * 5000, "These criteria are nested too deep."),
        ("null", "Criteria are an object"),
        ('{"version": 9, "tree": {"all": []}}', "These criteria have the form 9"),
        ('{"version": 1, "tree": {"all": [{"field": "floor", "op": "eq"}]}}',
         "There is no field &#39;floor&#39;."),
        ('{"version": 1, "tree": {"field": "name", "op": "regexp", "value": "(a+)+"}}',
         "Operator &#39;regexp&#39; does not fit this field."),
        ('{"version": 1, "tree": {"all": [' + ",".join(['{"all": []}'] * 400) + "]}}",
         "Criteria have at most 300 parts."),
        ('{"version": 1, "tree": {"all": ["' + "x" * 7000 + '"]}}', "too long for an address"),
        ('{"version": 1, "tree": {"field": "name", "op": "eq", "value": "\\u0000"}}',
         "A value is a short text"),
    ],
)  # fmt: skip
def test_a_broken_or_hostile_address_answers_with_a_sentence(
    firm: Firm, typed: str, sentence: str
) -> None:
    clients(firm, "manager1", "Client")

    page = firm.browser("manager1").get(address(typed))

    assert page.status_code == 400
    assert sentence in page.text
    assert names_on(page) == []


def test_every_list_takes_criteria_and_offers_what_may_be_asked(firm: Firm) -> None:
    browser = firm.browser("director")
    for code in firm.made.registry.entities:
        tree = all_of(field_is("created_at", "period", "this_year"))
        assert browser.get(address(tree, code)).status_code == 200, code
        offers = browser.get(f"/{code}/criteria").json
        assert offers["operands"], code
        assert all(one["operators"] for one in offers["operands"]), code


def test_the_builder_gets_the_filters_of_the_address_as_one_tree_with_names(firm: Firm) -> None:
    with firm.session() as session:
        region = create(
            session, firm.made.registry.entity("region"), {"name": "Moscow", "kind": "region"}
        )
        session.commit()
        place = region.id
    tree = all_of(field_is("region_id", "eq", place), fact_is("purchases", "ge", 3, days=90))

    found = firm.browser("manager1").get(
        f"/client/criteria?c={quote(text_of(tree))}&f=name:contains:shop&f=floor:eq:1"
    )

    parts = found.json["tree"]["parts"]
    assert [part["code"] for part in parts] == ["name", "floor", "region_id", "purchases"]
    assert parts[0]["values"] == ["shop"]
    assert parts[1]["problem"] == "There is no field 'floor'."
    assert parts[2]["names"] == {str(place): "Moscow"}
    assert (parts[3]["given"], parts[3]["values"]) == ({"days": "90"}, ["3"])


def test_typed_criteria_are_settled_said_and_counted(firm: Firm) -> None:
    clients(firm, "manager1", "Large", important=True)
    typed = {"version": 1, "tree": {"all": [
        {"field": "important", "op": "eq", "value": "1"},
        {"field": "created_at", "op": "in_last", "value": "30"},
    ]}}  # fmt: skip

    answer = firm.browser("manager1").get(
        "/client/criteria/check", query_string={"typed": json.dumps(typed)}
    )

    assert json.loads(answer.json["c"])["tree"]["all"][0]["value"] is True
    assert answer.json["words"] == "Important: yes and Created in the last 30 days"
    assert answer.json["found"] == "1 record"
    typed["tree"]["all"][1]["value"] = "many"  # pyright: ignore[reportIndexIssue,reportArgumentType]
    wrong = firm.browser("manager1").get(
        "/client/criteria/check", query_string={"typed": json.dumps(typed)}
    )
    assert list(wrong.json["errors"]) == ["tree.all[1]"]


def test_a_hidden_field_is_not_offered_and_asks_nothing(make: Any) -> None:
    firm = make("wholesale")
    code = "wholesale_problem_note"
    offers = firm.browser("manager1").get("/client/criteria").json["operands"]
    assert code not in {one["code"] for one in offers}
    offers = firm.browser("curator1").get("/client/criteria").json["operands"]
    assert code in {one["code"] for one in offers}
    asked = address(all_of(field_is(code, "filled")))
    assert firm.browser("manager1").get(asked).status_code == 400


def test_criteria_cost_a_list_at_most_one_more_statement(firm: Firm) -> None:
    clients(firm, "manager1", "Large", important=True)
    browser = firm.browser("manager1")
    browser.get("/client/list/")
    with statements(firm) as plain:
        browser.get("/client/list/")
    with statements(firm) as narrowed:
        browser.get(address(all_of(field_is("owner_id", "eq", 1), WANTED)))
    assert len(narrowed) <= len(plain) + 1


def test_contact_points_are_found_by_the_digits_of_a_phone(firm: Firm) -> None:
    program = firm.program("manager1")
    (owner,) = clients(firm, "manager1", "Shop")
    for value in ("+7 (910) 665-95-75", "8 (879) 800-43-96"):
        sent = {"client_id": owner, "kind": "phone", "value": value}
        assert program.post("/api/v1/contact_point/", json=sent).status_code == 201
    browser = firm.browser("manager1")

    for typed in ("9106659575", "8 910 665 95 75", "8 (910) 665"):
        for name in ("value", "normalised"):
            tree = field_is(name, "contains", typed)
            page = browser.get(address(tree, "contact_point")).text
            assert "+7 (910) 665-95-75" in page, (name, typed)
            assert "800-43-96" not in page, (name, typed)


def test_criteria_too_long_for_an_address_are_saved_as_a_view(firm: Firm) -> None:
    clients(firm, "manager1", "Shop", "Works")
    names = [f"{number:05}{'ю' * 40}" for number in range(1900)]
    typed = text_of(field_is("name", "in", ["Shop", *names]))
    browser = firm.browser("manager1")

    answer = browser.post("/client/criteria/check", data={"typed": typed}).json

    assert (answer["c"], answer["is_long"], answer["found"]) == ("", True, "1 record")
    sent = {"entity": "client", "name": "Many", "criteria": typed, "shown": "name",
            "address": "/client/list/?f=name:contains:works"}  # fmt: skip
    saved = browser.post("/saved_view/save", data=sent)
    assert saved.status_code == 302
    assert names_on(browser.get(saved.location)) == ["Shop"]
    endless = '{"version":1,"tree":{"all":[' + " " * 200_000 + "]}}"
    refused = browser.post("/client/criteria/check", data={"typed": endless}).json
    assert list(refused["errors"].values()) == ["This text is too long to be criteria."]


@pytest.mark.parametrize(
    ("language", "total", "days"),
    [("ru", "1\u00a0234\u00a0567,5", "1\u00a0200"), ("bg", "1\u00a0234\u00a0567,5", "1\u00a0200"),
     ("en", "1234567.5", "1200")],
)  # fmt: skip
def test_the_builder_begins_with_at_least_and_shows_numbers_as_elsewhere(
    firm: Firm, language: str, total: str, days: str
) -> None:
    tree = all_of(
        field_is("purchase_total", "ge", "1234567.5"), fact_is("purchases", "ge", 3, days=1200)
    )
    entity = firm.made.registry.entity("client")
    with firm.app.test_request_context(), firm.session("director") as session:
        session.info["reading"] = Reading(locale=language)
        found = builder.offered(session, entity, tree)
        begin = {one["code"]: one["begin"] for one in found["operands"]}
        assert {begin[code] for code in ("purchases", "bought", "purchase_total")} == {"ge"}
        assert (begin["name"], begin["important"], begin["region_id"]) == ("contains", "eq", "eq")
        first, second = found["tree"]["parts"]
        assert (first["values"], second["given"]) == ([total], {"days": days})
        # What stands in the inputs is read as it was.
        typed = {"all": [
            {"field": "purchase_total", "op": "ge", "value": first["values"][0]},
            {"fact": "purchases", "with": second["given"], "op": "ge", "value": "3"},
        ]}  # fmt: skip
        read = criteria.read(session, entity, {"version": 1, "tree": typed})
        assert read == criteria.read(session, entity, text_of(tree))
