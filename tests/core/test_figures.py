"""Figures over a list equal those of a spreadsheet, exactly, and only of what is seen."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kartoteka.api import Client, Invalid, Purchase, Region
from kartoteka.services.figures import Figures, Table, reckon
from kartoteka.services.filtering import Filter
from kartoteka.services.selection import Selection
from kartoteka.testing import Firm, statements

EVERYTHING = Selection()
AMOUNTS = ["0.10", "0.20", "-4.35", "99999999999.99", "12.50", "0.07"]


def add(firm: Firm, *records: Any) -> list[int]:
    with firm.session() as session:
        session.add_all(records)
        session.commit()
        return [record.id for record in records]


def figures(
    firm: Firm, entity: str, *names: str, who: str | None = None, by: str = "",
    selection: Selection = EVERYTHING,
) -> Table:  # fmt: skip
    with firm.session(who) as session:
        item = firm.made.registry.entity(entity)
        return reckon(session, item, selection, names, by)


@pytest.fixture
def sold(firm: Firm) -> Firm:
    (client,) = add(firm, Client(name="Shop", owner_id=firm.users["manager1"]))
    add(firm, *(
        Purchase(client_id=client, bought_on=date(2026, 1, 1), amount=Decimal(amount),
                 amount_currency="EUR", delay_days=place - 2 or None)
        for place, amount in enumerate(AMOUNTS)
    ))  # fmt: skip
    add(firm, Purchase(client_id=client, bought_on=date(2026, 1, 1), amount=Decimal("5.00"),
                       amount_currency="RUB", satisfaction=9))  # fmt: skip
    return firm


def test_amounts_are_reckoned_exactly_and_never_across_currencies(sold: Firm) -> None:
    table = figures(sold, "purchase", "amount")
    (eur, found), (rub, other) = table.whole.of("amount")
    values = [Decimal(text) for text in AMOUNTS]
    assert (eur, rub) == ("EUR", "RUB")
    assert (found.count, found.sum) == (6, sum(values))
    assert (found.least, found.most) == (min(values), max(values))
    assert found.mean == sum(values) / 6
    assert (other.count, other.sum, other.variance, other.deviation) == (1, 5, None, None)
    assert other.population_variance == 0
    assert table.whole.count == 7


def close(found: Decimal | None, wanted: Any) -> bool:
    assert found is not None
    return abs(found - Decimal(wanted)) <= abs(Decimal(wanted)) * Decimal("1e-9")


def test_deviations_are_those_of_a_sample_and_of_a_population(sold: Firm) -> None:
    values = [Decimal(text) for text in AMOUNTS]
    ((_eur, found), _rub) = figures(sold, "purchase", "amount").whole.of("amount")
    assert close(found.variance, statistics.variance(values))
    assert close(found.population_variance, statistics.pvariance(values))
    assert close(found.deviation, statistics.stdev(values))
    assert close(found.population_deviation, statistics.pstdev(values))
    assert found.product is not None
    wanted = Decimal("0.10") * Decimal("0.20") * Decimal("-4.35") * Decimal("99999999999.99")
    assert close(found.product, wanted * Decimal("12.50") * Decimal("0.07"))


def test_equal_numbers_have_no_variance_however_large(firm: Firm) -> None:
    (client,) = add(firm, Client(name="Shop"))
    amount = Decimal("1234567890123.45")
    add(firm, *(Purchase(client_id=client, amount=amount, amount_currency="RUB")
                for _ in range(5)))  # fmt: skip
    ((_rub, found),) = figures(firm, "purchase", "amount").whole.of("amount")
    assert (found.variance, found.sum) == (0, amount * 5)


def test_whole_numbers_products_and_rows_without_a_value(sold: Firm) -> None:
    table = figures(sold, "purchase", "delay_days", "satisfaction", "margin")
    ((currency, found),) = table.whole.of("delay_days")
    # -2, -1, none, 1, 2, 3
    assert (currency, found.count, found.sum, found.product) == ("", 5, 3, 12)
    assert (found.least, found.most) == (-2, 3)
    ((_none, one),) = table.whole.of("satisfaction")
    assert (one.count, one.product) == (1, 9)
    assert table.whole.of("margin") == []


def test_a_zero_makes_the_product_zero_and_giants_have_none() -> None:
    assert Figures(count=2, zeros=1, logarithms=5.0).product == 0
    assert Figures(count=900, logarithms=900.0).product is None
    assert Figures().product is None


def test_sums_do_not_outgrow_the_database(firm: Firm) -> None:
    clients = add(firm, *(Client(name=f"Shop {number}") for number in range(12)))
    amount = Decimal("9999999999999999.99")
    add(firm, *(Purchase(client_id=client, amount=amount, amount_currency="RUB")
                for client in clients))  # fmt: skip
    ((_rub, found),) = figures(firm, "purchase", "amount").whole.of("amount")
    assert found.sum == amount * 12


def test_groups_have_subtotals_that_add_up(firm: Firm) -> None:
    north, south = add(firm, Region(name="North"), Region(name="South"))
    add(
        firm,
        *(Client(name=f"N{n}", region_id=north, completeness=0) for n in range(3)),
        Client(name="S", region_id=south), Client(name="Nowhere"),
    )  # fmt: skip
    table = figures(firm, "client", "completeness", by="region_id")
    assert [(group.label, group.count) for group in table.groups] == [
        ("North", 3), ("South", 1), ("no value", 1),
    ]  # fmt: skip
    assert table.whole.count == 5
    whole = table.whole.of("completeness")[0][1]
    parts = [group.of("completeness")[0][1] for group in table.groups]
    assert whole.sum == sum(part.sum for part in parts)
    assert whole.count == sum(part.count for part in parts)
    by_kind = figures(firm, "client", "completeness", by="kind")
    assert [group.label for group in by_kind.groups] == ["Organisation"]


def test_groups_of_a_choice_stand_as_it_was_declared(firm: Firm) -> None:
    sizes = ["C", "C", "C", "B", None, None, None, None, "gone", "gone", "A", "A"]
    add(firm, *(Client(name=f"N{n}", size_class=size) for n, size in enumerate(sizes)))
    table = figures(firm, "client", "completeness", by="size_class")
    assert [group.value for group in table.groups] == ["A", "B", "C", "gone", None]


def test_figures_obey_filter_rows_and_hidden_fields(sold: Firm, make: Callable[..., Firm]) -> None:
    cheap = Selection(filters=[Filter(field="amount", op="lt", value="1")])
    table = figures(sold, "purchase", "amount", selection=cheap)
    assert table.whole.count == 4
    assert figures(sold, "purchase", "amount", who="manager1").whole.count == 7
    assert figures(sold, "purchase", "amount", who="manager3").whole.count == 0
    for names, by in ((("number",), ""), (("no_such",), ""), ((), "amount"), ((), "no_such")):
        with pytest.raises(Invalid):
            figures(sold, "purchase", *names, by=by)


def test_a_hidden_number_is_not_reckoned(make: Callable[..., Firm]) -> None:
    from acme_dummy import plugin as acme

    firm = make(acme)
    with pytest.raises(Invalid):
        figures(firm, "acme_visit", "marks", who="assistant1")
    assert figures(firm, "acme_visit", who="assistant1").fields == []


def test_too_many_groups_are_refused(firm: Firm) -> None:
    add(firm, *(Client(name=f"C{n}", industry=f"I{n}") for n in range(501)))
    with pytest.raises(Invalid):
        figures(firm, "client", by="industry")


@pytest.mark.parametrize(("by", "most"), [("", 1), ("industry", 1), ("owner_id", 2)])
def test_one_statement_reckons_all(sold: Firm, by: str, most: int) -> None:
    with statements(sold) as sent:
        figures(sold, "client", by=by)
    reckoning = [
        text for text in sent if "client" in text or "purchase" in text or "AS anon" in text
    ]
    assert len(reckoning) <= most, reckoning
