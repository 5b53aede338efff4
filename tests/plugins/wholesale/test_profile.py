"""The profiles of shops and manufacturers: fields, rights, panel and marks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kartoteka.api import (
    Client,
    Invalid,
    Purchase,
    Query as ListQuery,
    create,
    fetch,
    get,
    visible_fields,
)
from kartoteka.testing import Firm, statements
from kartoteka_wholesale.fields import FIELDS, GROUPS
from kartoteka_wholesale.profile import profile_of

SHOP = {
    "name": "ООО «Уютный дом»",
    "wholesale_type": "Shop",
    "wholesale_floor_area": "1 250,5",
    "wholesale_outlets": "3",
    "wholesale_price_range": "middle",
    "wholesale_brands": "Домовой, Медуница",
    "wholesale_delivery": "monthly",
    "wholesale_min_order": "15000",
}


def test_shop_is_created_from_typed_values(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        client: Any = create(session, wholesale.made.registry.entity("client"), SHOP)
        assert client.wholesale_type == "shop"
        assert client.wholesale_floor_area == Decimal("1250.5")
        assert client.wholesale_outlets == 3


def test_every_field_stands_in_a_declared_group_and_has_words_for_imports() -> None:
    assert {item.group for item in FIELDS} == {group.code for group in GROUPS}
    assert all(item.synonyms for item in FIELDS)
    assert all(item.name.startswith("wholesale_") for item in FIELDS)


def test_client_is_found_by_a_brand_it_sells(wholesale: Firm) -> None:
    entity = wholesale.made.registry.entity("client")
    with wholesale.session("manager1") as session:
        made = create(session, entity, SHOP)
        session.commit()
        found = fetch(session, entity, ListQuery(search="меДУни"))
        assert [record.id for record in found.records] == [made.id]


@pytest.mark.parametrize("who", ["manager1", "assistant1"])
def test_problem_note_does_not_exist_for_sellers(wholesale: Firm, who: str) -> None:
    entity = wholesale.made.registry.entity("client")
    with wholesale.session(who) as session:
        assert "wholesale_problem_note" not in visible_fields(session, entity)
        with pytest.raises(Invalid) as refused:
            create(session, entity, {**SHOP, "wholesale_problem_note": "спор"})
        assert list(refused.value.errors) == ["wholesale_problem_note"]


@pytest.mark.parametrize(("who", "shown"), [("curator1", True), ("manager1", False)])
def test_problem_note_is_on_the_panel_for_the_curator_only(
    wholesale: Firm, who: str, shown: bool
) -> None:
    entity = wholesale.made.registry.entity("client")
    with wholesale.session("manager1") as session:
        client: Any = create(session, entity, SHOP)
        session.commit()
        number = client.id
    with wholesale.session("curator1") as session:
        record = get(session, entity, number)
        record.wholesale_problem_note = "Просроченный долг"
        session.commit()
    with wholesale.session(who) as session:
        facts = profile_of(session, get(session, entity, number))["facts"]
        assert ("Просроченный долг" in [fact.value for fact in facts]) is shown


def test_panel_shows_the_facts_of_the_type_and_the_last_orders(wholesale: Firm) -> None:
    entity = wholesale.made.registry.entity("client")
    with wholesale.session("manager1") as session:
        client: Any = create(session, entity, {**SHOP, "wholesale_equipment": "станки"})
        session.add_all(
            Purchase(
                client_id=client.id, number=f"РН-{day}", bought_on=date(2026, 1, day),
                amount=Decimal(1000 * day), amount_currency="RUB", paid=Decimal(0),
            )
            for day in range(1, 10)
        )  # fmt: skip
        session.commit()
        session.refresh(client)
        with statements(session) as sent:
            data = profile_of(session, client)
        assert len(sent) == 1
        facts = {fact.title: fact.value for fact in data["facts"]}
        assert facts["Number of outlets"] == "3"
        assert "Equipment" not in facts
        assert [order.number for order in data["orders"]] == [f"РН-{n}" for n in (9, 8, 7, 6, 5)]
        assert all(order.is_small for order in data["orders"])


def test_bankrupt_is_grey_and_important_is_red_with_the_reason_in_words(wholesale: Firm) -> None:
    clients = [Client(id=1, bankrupt=True, important=True), Client(id=2, important=True),
               Client(id=3)]  # fmt: skip
    plugins = wholesale.made.registry.plugins
    ((_name, styles),) = plugins.each("row_styles", entity="client", records=clients)
    assert {number: str(style.hint) for number, style in styles.items()} == {
        1: "Bankrupt",
        2: "Important",
    }


def test_client_page_shows_the_panel(wholesale: Firm) -> None:
    entity = wholesale.made.registry.entity("client")
    with wholesale.session("manager1") as session:
        client = create(session, entity, SHOP)
        session.commit()
        address = f"/client/show/{client.id}"
    page = wholesale.browser("manager1").get(address)
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "Wholesale profile" in text
    assert "No orders yet." in text
    assert "Problems with this client" not in text


def test_norms_say_how_often_to_call_and_how_much_work_is_expected(wholesale: Firm) -> None:
    norms = wholesale.made.registry.norms
    assert norms["wholesale_calls_start"].least == 50
    assert norms["wholesale_calls"].least == 10
    assert {norms[f"wholesale_list{tail}"].least for tail in ("", "_large")} == {100, 500}
    assert norms["wholesale_effort"].least == 80
    assert norms["wholesale_call_shop"].most == 30
    assert norms["wholesale_fresh_data"].most == 180


def test_every_norm_is_measured(wholesale: Firm) -> None:
    page = wholesale.browser("director").get("/norms/").text
    assert "Effort spent on large clients" in page
    assert "nothing measures it yet" not in page


def test_shop_is_not_expected_to_have_machines(wholesale: Firm) -> None:
    entity = wholesale.made.registry.entity("client")
    expected = {
        name for name, item in wholesale.made.registry.fields(entity).items() if item.step
    }  # fmt: skip
    with wholesale.session("manager1") as session:
        shop: Any = create(session, entity, {"name": "А", "wholesale_type": "shop"})
        maker: Any = create(session, entity, {"name": "Б", "wholesale_type": "manufacturer"})
        asked = {
            kind: {name for name in expected if entity_field(wholesale, name).is_expected_of(card)}
            for kind, card in (("shop", shop), ("maker", maker))
        }
        before = shop.completeness
        shop.wholesale_equipment = "станки"
        session.flush()
        assert shop.completeness == before
        shop.wholesale_outlets = 3
        session.flush()
        assert shop.completeness > before
    assert "wholesale_outlets" in asked["shop"] - asked["maker"]
    assert "wholesale_equipment" in asked["maker"] - asked["shop"]


def entity_field(firm: Firm, name: str) -> Any:
    """Return a field of clients."""
    return firm.made.registry.fields("client")[name]
