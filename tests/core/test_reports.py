"""Reports count each row once, keep currencies apart and obey the rights of the reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import (
    Client,
    ClientSource,
    Contract,
    Deal,
    Product,
    Purchase,
    Source,
    move_deal,
    now,
)
from kartoteka.db.session import RecordSession
from kartoteka.reports import building
from kartoteka.reports.result import Block
from kartoteka.services import reports
from kartoteka.testing import Firm, statements

TODAY = date(2026, 6, 1)


@pytest.fixture
def base(firm: Firm) -> Iterator[RecordSession]:
    """A session of the system in which rows are made."""
    with firm.session() as session:
        yield session


def client(session: RecordSession, name: str, owner: int, *sources: str) -> Client:
    made = Client(name=name, kind="organisation", owner_id=owner)
    session.add(made)
    session.flush()
    for code in sources:
        source = session.scalars(select(Source).where(Source.code == code)).one()
        session.add(ClientSource(client_id=made.id, source_id=source.id))
    session.flush()
    return made


def deal(session: RecordSession, who: Client, won: bool = False, **more: Any) -> Deal:
    made = Deal(title="Deal", client_id=who.id, amount=Decimal(1), **more)
    session.add(made)
    session.flush()
    return move_deal(session, made, "won") if won else made


def bought(session: RecordSession, who: Client, amount: str, **more: Any) -> Purchase:
    values = {"bought_on": TODAY - timedelta(days=30), "amount_currency": "RUB", **more}
    made = Purchase(client_id=who.id, amount=Decimal(amount), **values)
    session.add(made)
    session.flush()
    return made


def block(session: RecordSession, code: str) -> Block:
    """Return the table of a report."""
    return building.build(building.asked(session, code, {})).blocks[0]


def owed(session: RecordSession) -> Decimal:
    """Return what the report of debts says is owed."""
    tiles = {head.code: cell.value for head, cell in block(session, "debts").tiles}
    return sum((Decimal(amount) for _code, amount in tiles["owed"]), Decimal(0))


def test_a_client_of_two_sources_counts_under_each_and_once_in_all(
    firm: Firm, base: RecordSession
) -> None:
    mine = firm.users["manager1"]
    both = client(base, "Both", mine, "internet", "exhibition", "internet")
    one = client(base, "One", mine, "internet")
    none = client(base, "None", mine)
    for who in (both, one, none):
        bought(base, who, "100")
    bought(base, both, "7", amount_currency="EUR")
    deal(base, both, won=True)
    deal(base, one)
    base.commit()
    found = reports.source_yield(base)
    rows = {row.name: row for row in found.rows}
    internet, exhibition = rows["Internet"], rows["Exhibition"]
    assert (internet.clients, internet.deals, internet.won) == (2, 2, 1)
    assert (exhibition.clients, exhibition.deals, exhibition.won) == (1, 1, 1)
    assert [(m.currency, m.amount) for m in internet.revenue] == [("EUR", 7), ("RUB", 200)]
    assert (found.without.clients, found.without.revenue[0].amount) == (1, 100)
    assert (found.total.clients, found.total.deals, found.several) == (3, 2, 1)
    assert [(m.currency, m.amount) for m in found.total.revenue] == [("EUR", 7), ("RUB", 300)]
    assert internet.won_share == 50


def test_a_deal_with_its_own_source_counts_there(firm: Firm, base: RecordSession) -> None:
    who = client(base, "Client", firm.users["manager1"], "internet")
    web_form = base.scalars(select(Source).where(Source.code == "web_form")).one()
    deal(base, who, source_id=web_form.id)
    base.commit()
    rows = {row.name: row for row in reports.source_yield(base).rows}
    assert (rows["Internet"].deals, rows["Web form"].deals) == (0, 1)
    assert rows["Web form"].clients == 0


def test_a_report_counts_what_its_reader_sees(firm: Firm, base: RecordSession) -> None:
    for who in ("manager1", "manager2", "manager3"):
        made = client(base, who, firm.users[who], "internet")
        deal(base, made)
        bought(base, made, "10", paid=Decimal(4), due_on=TODAY)
    base.commit()
    seen: dict[str, tuple[Any, ...]] = {}
    for reader in ("manager1", "curator1", "director"):
        with firm.session(reader) as session:
            found = reports.source_yield(session)
            seen[reader] = (
                found.rows[0].clients, found.total.clients, found.total.deals,
                found.rows[0].revenue[0].amount, owed(session),
            )  # fmt: skip
    assert seen == {
        "manager1": (1, 1, 1, 10, 6), "curator1": (2, 2, 2, 20, 12), "director": (3, 3, 3, 30, 18),
    }  # fmt: skip


def test_what_nobody_wants_stands_last(firm: Firm, base: RecordSession) -> None:
    wanted, unwanted = Product(name="Beans"), Product(name="Apples")
    base.add_all([wanted, unwanted])
    base.flush()
    who = client(base, "Client", firm.users["manager1"])
    deal(base, who, product_id=wanted.id)
    deal(base, who, product_id=wanted.id, won=True)
    bought(base, who, "10", product_id=wanted.id, bought_on=date(2026, 4, 1))
    bought(base, who, "20", product_id=wanted.id, bought_on=date(2026, 3, 1))
    base.commit()
    first, last = ([cell.value for cell in line.cells] for line in block(base, "services").lines)
    assert first == ["Beans", 1, 1, 2, [["RUB", "30.00"]], "2026-04-01"]
    assert last == ["Apples", 0, 0, 0, [], None]


def test_contracts_stand_by_their_end_until_somebody_closes_them(
    firm: Firm, base: RecordSession
) -> None:
    who = client(base, "Client", firm.users["manager1"])
    for number, days in (("over", -1), ("today", 0), ("soon", 30), ("later", 31), ("far", 91)):
        ends = TODAY + timedelta(days=days)
        base.add(Contract(client_id=who.id, number=number, ends_on=ends))
    base.add(Contract(client_id=who.id, number="closed", ends_on=TODAY, closed_on=TODAY))
    base.commit()
    found = reports.contracts_due(base, TODAY)
    assert [(row.contract.number, row.when, row.days) for row in found.rows] == [
        ("over", "overdue", -1), ("today", "soon", 0), ("soon", "soon", 30), ("later", "later", 31),
    ]  # fmt: skip
    assert (found.overdue, found.soon, found.later) == (1, 2, 1)
    assert {row.client for row in found.rows} == {"Client"}


def test_debts_stand_with_the_longest_overdue_first(firm: Firm, base: RecordSession) -> None:
    today = now().astimezone(base.info["reading"].tz).date() if "reading" in base.info else TODAY
    who = client(base, "Client", firm.users["manager1"])
    bought(base, who, "100", number="none")
    bought(base, who, "100", number="late", paid=Decimal(60), due_on=today - timedelta(days=5))
    bought(base, who, "100", number="later", due_on=today - timedelta(days=50))
    bought(base, who, "100", number="ahead", due_on=today)
    bought(base, who, "100", number="paid", paid=Decimal(100), due_on=today)
    base.commit()
    found = block(base, "debts")
    assert [(line.cells[1].value, line.cells[4].value) for line in found.lines] == [
        ("later", 50), ("late", 5), ("ahead", None), ("none", None),
    ]  # fmt: skip
    assert {head.code: cell.value for head, cell in found.tiles} == {
        "count": 4, "owed": [["RUB", "340.00"]], "late": [["RUB", "140.00"]],
    }  # fmt: skip


def test_reports_take_the_same_statements_for_any_number_of_rows(
    firm: Firm, base: RecordSession
) -> None:
    def sent_for_each() -> list[int]:
        counts: list[int] = []
        for report in (
            reports.source_yield,
            lambda session: reports.contracts_due(session, TODAY),
            lambda session: block(session, "services"),
            lambda session: block(session, "debts"),
        ):
            with firm.session("curator1") as session:
                with statements(firm) as sent:
                    report(session)
                counts.append(len(sent))
        return counts

    def more(number: int) -> None:
        for index in range(number):
            who = client(base, f"C{index}", firm.users["manager1"], "internet", "sign")
            product = Product(name=f"P{index}")
            base.add_all([product, Contract(client_id=who.id, number=f"N{index}", ends_on=TODAY)])
            base.flush()
            deal(base, who, product_id=product.id)
            bought(base, who, "5", product_id=product.id)
        base.commit()

    more(1)
    before = sent_for_each()
    more(15)
    assert sent_for_each() == before == [8, 3, 6, 6]
