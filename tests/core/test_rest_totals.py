"""Programs get the figures that people get on the page of totals, and of the same rows."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kartoteka.api import Client, Purchase, all_of, fact_is, now, write_criteria
from kartoteka.screens.list_tables import figure_tables
from kartoteka.services.figures import reckon
from kartoteka.services.selection import Selection
from kartoteka.testing import Firm, statements
from tests.core.test_rest_rights import hide


def sold(firm: Firm, who: str, name: str, *amounts: str, **values: Any) -> None:
    """Give a manager a client that bought for some amounts today, where the firm is."""
    today = now().astimezone(ZoneInfo(firm.made.config.time_zone)).date()
    with firm.session() as session:
        client = Client(name=name, owner_id=firm.users[who], **values)
        session.add(client)
        session.flush()
        session.add_all(
            Purchase(client_id=client.id, bought_on=today, amount=Decimal(amount))
            for amount in amounts
        )
        session.commit()


@pytest.fixture
def trade(firm: Firm) -> Firm:
    sold(firm, "manager1", "Alpha", "10.10", "20.20", "0.30", size_class="A")
    sold(firm, "manager1", "Beta", "1000", size_class="B")
    sold(firm, "manager1", "Gamma", size_class="A")
    sold(firm, "manager3", "Theirs", "5000", size_class="A")
    return firm


def totals(firm: Firm, who: str, entity: str = "client", **asked: str) -> Any:
    answer = firm.program(who).get(f"/api/v1/{entity}/totals", query_string=asked)
    assert answer.status_code == 200, answer.json
    return answer.json


def of(group: Any, name: str) -> Any:
    return next(one for one in group["figures"] if one["field"] == name)


def test_figures_are_those_of_the_screen(trade: Firm) -> None:
    found = totals(trade, "manager1", by="size_class", fields="purchase_total,purchase_count")

    entity = trade.made.registry.entity("client")
    with trade.app.test_request_context(), trade.session("manager1") as session:
        table = reckon(session, entity, Selection(), ("purchase_total", "purchase_count"),
                       "size_class")  # fmt: skip
        shown = figure_tables(session, table)
    assert [(one["label"], one["count"]) for one in found["groups"]] == [
        (one.label, one.count) for one in table.groups
    ]
    for group, wanted in zip([*found["groups"], found["whole"]], [*table.groups, table.whole],
                             strict=True):  # fmt: skip
        for name in found["fields"]:
            ((_currency, figures),) = wanted.of(name)
            for figure in ("sum", "mean", "least", "most", "product", "deviation", "variance"):
                value = getattr(figures, figure)
                told = of(group, name)[figure]
                assert (None if told is None else Decimal(told)) == value, (name, figure)
    page = trade.browser("manager1").get("/client/totals?by=size_class").text
    assert all(cell in page for row in shown[0].rows for cell in row.cells)
    assert found["by"] == "size_class"
    assert of(found["whole"], "purchase_total")["sum"] == "1030.6"
    assert of(found["whole"], "purchase_total")["currency"] == "RUB"


def test_filters_search_and_criteria_narrow_as_in_the_list(trade: Firm) -> None:
    bought = json.dumps(write_criteria(all_of(fact_is("purchases", "ge", 1, days=30))))
    assert totals(trade, "manager1")["whole"]["count"] == 3
    assert totals(trade, "director")["whole"]["count"] == 4
    assert totals(trade, "manager1", **{"filter.size_class.eq": "A"})["whole"]["count"] == 2
    assert totals(trade, "manager1", search="alp")["whole"]["count"] == 1
    assert totals(trade, "manager1", criteria=bought)["whole"]["count"] == 2
    narrowed = totals(trade, "manager1", criteria=bought, fields="purchase_total",
                      **{"filter.size_class.eq": "A"})  # fmt: skip
    assert narrowed["whole"]["count"] == 1
    assert of(narrowed["whole"], "purchase_total") == {
        "field": "purchase_total", "currency": "RUB", "count": 1, "sum": "30.6", "mean": "30.6",
        "least": "30.6", "most": "30.6", "product": "30.6", "deviation": None, "variance": None,
    }  # fmt: skip
    listed = trade.program("manager1").get("/api/v1/client/", query_string={"criteria": bought})
    assert [row["name"] for row in listed.json["result"]] == ["Alpha", "Beta"]


def test_what_can_not_be_reckoned_is_named(trade: Firm) -> None:
    program = trade.program("manager1")
    for asked, name in (
        ({"by": "no_such"}, "by"), ({"fields": "name"}, "fields"), ({"order": "name"}, "order"),
        ({"page": "1"}, "page"), ({"q": "()"}, "q"), ({"criteria": "{"}, "criteria"),
        ({"criteria": '{"version":1,"tree":{"field":"no_such","op":"eq","value":1}}'}, "tree"),
        ({"filter.no_such.eq": "1"}, "no_such"),
    ):  # fmt: skip
        answer = program.get("/api/v1/client/totals", query_string=asked)
        assert answer.status_code == 400, asked
        assert name in answer.json["errors"], (asked, answer.json)
    assert trade.app.test_client().get("/api/v1/client/totals").status_code == 401


def test_a_hidden_field_is_neither_reckoned_nor_grouped_by(trade: Firm) -> None:
    hide(trade, "client", "purchase_total", "manager")
    hide(trade, "client", "size_class", "manager")
    assert "purchase_total" not in totals(trade, "manager1")["fields"]
    assert "purchase_total" in totals(trade, "director")["fields"]
    program = trade.program("manager1")
    for asked in ("fields=purchase_total", "by=size_class", "filter.size_class.eq=A"):
        assert program.get(f"/api/v1/client/totals?{asked}").status_code == 400, asked


def test_groups_of_references_are_called_by_name_and_cost_one_statement(trade: Firm) -> None:
    program = trade.program("director")
    program.get("/api/v1/client/totals")
    with statements(trade) as sent:
        found = program.get("/api/v1/client/totals?by=owner_id&fields=purchase_total").json
    assert [one["label"] for one in found["groups"]] == ["Manager1 Test", "Manager3 Test"]
    assert [one["value"] for one in found["groups"]] == [
        trade.users["manager1"], trade.users["manager3"]
    ]  # fmt: skip
    assert sum("avg" in one or "sum(" in one.lower() for one in sent) == 1


def test_figures_equal_those_of_the_service_for_every_entity(trade: Firm) -> None:
    with trade.session() as session:
        for code, entity in trade.made.registry.entities.items():
            found = totals(trade, "director", code)
            assert found["whole"]["count"] == reckon(session, entity, Selection()).whole.count
    told = totals(trade, "director", "purchase", **{"filter.bought_on.period": "today"})
    assert Decimal(of(told["whole"], "amount")["sum"]) == Decimal("6030.60")
