"""Sums over the whole ledger are read from indexes alone, and no currency is left out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, update as sql_update

from kartoteka.api import Client, ClientSource, Deal, Product, Purchase, Region
from kartoteka.db.session import RecordSession
from kartoteka.models import Source
from kartoteka.reports import building
from kartoteka.reports.result import Block
from kartoteka.services import reports
from kartoteka.services.region_revenue import revenue_of
from kartoteka.testing import Firm

TODAY = date(2026, 6, 1)
#: Rows themselves are read only for the lines that are shown, in the order of their day.
ALLOWED = ("COVERING INDEX", "INTEGER PRIMARY KEY", "ix_purchase_open_debts",
           "ix_purchase_without_currency", "ix_purchase_due_on")  # fmt: skip


@pytest.fixture
def region(firm: Firm) -> int:
    """A region with a client of each of two managers, who bought in two currencies."""
    with firm.session() as session:
        place, product, source = Region(name="Тула"), Product(name="Tea"), Source(name="Fair")
        session.add_all([place, product, source])
        session.flush()
        for manager, amount in (("manager1", 100), ("manager3", 1000)):
            client = Client(name=manager, kind="organisation", owner_id=firm.users[manager],
                            region_id=place.id)  # fmt: skip
            session.add(client)
            session.flush()
            session.add(ClientSource(client_id=client.id, source_id=source.id))
            session.add(Deal(title="d", client_id=client.id))
            for code in ("RUB", "RUB", "EUR"):
                session.add(
                    Purchase(client_id=client.id, bought_on=TODAY - timedelta(days=9),
                             amount=Decimal(amount), amount_currency=code, product_id=product.id,
                             due_on=TODAY - timedelta(days=2) if code == "RUB" else None)
                )  # fmt: skip
        session.commit()
        return place.id


def everything(session: RecordSession, region: int) -> dict[str, Any]:
    """Return the sums of every report and of a region, by currency."""
    sources = reports.source_yield(session)
    services, debts = (built(session, code) for code in ("services", "debts"))
    place = revenue_of(session, region, TODAY)
    (fair,) = [row for row in sources.rows if row.name == "Fair"]
    found = {"total": sources.total.revenue, "fair": fair.revenue, "place": place}
    (wanted,) = services.lines
    cells = {head.code: cell.value for head, cell in zip(services.heads, wanted.cells, strict=True)}
    tiles = {head.code: cell.value for head, cell in debts.tiles}
    assert cells["purchases"] == tiles["count"] == len(debts.lines)
    told = {"wanted": cells["revenue"], "owed": tiles["owed"], "overdue": tiles["late"]}
    return {
        **{name: {m.currency: m.amount for m in sums} for name, sums in found.items()},
        **{name: {code: Decimal(text) for code, text in sums} for name, sums in told.items()},
    }


def built(session: RecordSession, code: str) -> Block:
    """Return the table of a report."""
    return building.build(building.asked(session, code, {})).blocks[0]


@pytest.mark.parametrize(
    ("who", "each"), [("director", 1100), ("manager1", 100), ("curator2", 1000)]
)
def test_each_reader_gets_the_sums_of_the_own_rows(
    firm: Firm, region: int, who: str, each: int
) -> None:
    with firm.session(who) as session:
        found = everything(session, region)
    both = {"RUB": Decimal(2 * each), "EUR": Decimal(each)}
    assert found == {**dict.fromkeys(("total", "fair", "wanted", "owed", "place"), both),
                     "overdue": {"RUB": Decimal(2 * each)}}  # fmt: skip


@pytest.mark.parametrize(("who", "each"), [("director", 1100), ("manager1", 100)])
def test_a_purchase_that_says_no_currency_is_in_that_of_its_client(
    firm: Firm, region: int, who: str, each: int
) -> None:
    with firm.session("director") as session:
        unsaid = sql_update(Purchase).where(Purchase.amount_currency == "EUR")
        session.execute(unsaid.values(amount_currency=None))
        session.commit()
    with firm.session(who) as session:
        found = everything(session, region)
    assert found["total"] == found["place"] == found["owed"] == {"RUB": Decimal(3 * each)}
    assert found["fair"] == found["wanted"] == found["total"]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_no_report_reads_the_rows_of_all_purchases(firm: Firm, region: int) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        asked.append((statement, given))

    with firm.session("director") as session:
        event.listen(firm.made.engine, "before_cursor_execute", note)
        everything(session, region)
        event.remove(firm.made.engine, "before_cursor_execute", note)
    plans: list[str] = []
    with firm.made.engine.connect() as connection:
        for statement, given in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            plans.extend(row[3] for row in rows)
    about = [line for line in plans if line.startswith(("SCAN purchase", "SEARCH purchase"))]
    assert about
    assert [line for line in about if not any(good in line for good in ALLOWED)] == []
