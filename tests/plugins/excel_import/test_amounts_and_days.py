"""Amounts with their currency, and days with the name of a month, as lists have them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kartoteka.api import Day, Purchase, Reading
from kartoteka.testing import Firm
from kartoteka_excel_import.checking.amounts import amount_of
from tests.plugins.excel_import.checked import acting, checked, guessed
from tests.plugins.excel_import.test_checking_rows import client

HEADS = ["Клиент", "Дата покупки", "Сумма", "Валюта"]
TARGETS = ["client.name", "purchase.bought_on", "purchase.amount", "purchase.amount_currency"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100 руб.", ("100", "RUB")), ("1 200,50 лв.", ("1200.50", "BGN")),
        ("$1,200", ("1200", "USD")), ("€ 1.200,50", ("1200.50", "EUR")),
        ("1,234,567.89 USD", ("1234567.89", "USD")), ("-5 ₽", ("-5", "RUB")),
        ("1\u00a0200 р", ("1200", "RUB")), ("10'000 CHF", ("10000", "CHF")),
        ("£99.9", ("99.9", "GBP")), ("1.200.000 eur", ("1200000", "EUR")),
        ("100", None), ("100 шт.", None), ("1,20,00 руб.", None), ("руб. 5 руб.", None),
        ("5 XXX", None), ("12.345.6 лв", None), ("", None), ("около 5 руб.", None),
        ("5-7 руб.", None), ("9" * 100 + " руб.", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_with_its_currency(text: str, found: tuple[str, str] | None) -> None:
    assert amount_of(text) == found


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 мая 2024 г.", date(2024, 5, 3)), ("May 3, 2024", date(2024, 5, 3)),
        ("3 май 2024 г.", date(2024, 5, 3)), ("3rd of May 2024", date(2024, 5, 3)),
        ("03-сен-2023", date(2023, 9, 3)), ("12 декабря 2025 года", date(2025, 12, 12)),
        ("1 януари 2024", date(2024, 1, 1)), ("Sept. 9, 2024", date(2024, 9, 9)),
        ("2024 March 15", date(2024, 3, 15)), ("5 ЯНВ. 2024", date(2024, 1, 5)),
    ],
)  # fmt: skip
def test_a_day_may_name_its_month(text: str, day: date) -> None:
    assert Day().parse(text, Reading()) == day


@pytest.mark.parametrize(
    "text", ["31 июня 2024", "3 мая 24", "мая 2024", "3 мая 4 2024", "3 foo 2024", "майская, 5"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        Day().parse(text, Reading())


def test_the_currency_beside_an_amount_fills_its_field(importing: Firm) -> None:
    client(importing, "Ромашка")
    rows = [
        ["Ромашка", "3 мая 2024 г.", "100 руб.", ""],
        ["Ромашка", "May 4, 2024", "1 200,50 лв.", "BGN"],
        ["Ромашка", "05.05.2024", "$1,200", "EUR"],
        ["Ромашка", "06.05.2024", "300", "EUR"],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows, TARGETS)
        alone = checked(session, HEADS[:3], [row[:3] for row in rows], TARGETS[:3])
    assert found.verdicts == ["create", "create", "rejected", "create"]
    assert "The amount is in USD, its currency says EUR." in found.reasons
    columns = found.part("purchase").columns
    assert columns["amount"][:2] == [Decimal("100.00"), Decimal("1200.50")]
    assert columns["bought_on"][:2] == [date(2024, 5, 3), date(2024, 5, 4)]
    assert columns["amount_currency"][:2] == ["RUB", "BGN"]
    assert alone.part("purchase").columns["amount_currency"] == ["RUB", "BGN", "USD", None]


def test_an_amount_without_a_currency_leaves_that_of_the_base(importing: Firm) -> None:
    number = client(importing, "Ромашка")
    with importing.session() as session:
        session.add(
            Purchase(
                client_id=number, number="7", bought_on=date(2024, 5, 3), amount=Decimal(5),
                amount_currency="BGN",
            )
        )  # fmt: skip
        session.commit()
    heads, targets = ["Клиент", "Номер", "Сумма"], ["client.name", "purchase.number",
                                                   "purchase.amount"]  # fmt: skip
    with acting(importing, "manager1") as session:
        same = checked(session, heads, [["Ромашка", "7", "5"]], targets, empties_overwrite=True)
        other = checked(session, heads, [["Ромашка", "7", "5 €"]], targets)
    assert same.verdicts == ["unchanged"]
    assert other.part("purchase").changes == [{"amount_currency": ("BGN", "EUR")}]


def test_columns_of_such_cells_are_recognised(importing: Firm) -> None:
    rows = [["Ромашка", "3 мая 2024 г.", "100 руб."], ["Лютик", "4 июня 2024 г.", "1 200,50 руб."]]
    with acting(importing, "manager1") as session:
        found = guessed(session, ["Клиент", "Дата покупки", "Сумма покупки"], rows)
    assert found["Дата покупки"] == "purchase.bought_on"
    assert found["Сумма покупки"] == "purchase.amount"
