"""Figures of reports equal what Python counts from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import (
    Activity,
    Client,
    Contract,
    Deal,
    Employment,
    Purchase,
    StageChange,
    Task,
    now,
)
from kartoteka.db.session import RecordSession
from kartoteka.reports import building
from kartoteka.reports.periods import days_of
from kartoteka.reports.result import Block, Result
from kartoteka.testing import Firm
from tests.core.report_rows import fill

WON = {"won", "doing", "done"}


@pytest.fixture
def base(firm: Firm) -> Iterator[RecordSession]:
    """A session of the director over a year of work."""
    with firm.session() as session:
        fill(firm, session)
    with firm.session("director") as session:
        yield session


def report(session: RecordSession, code: str, **sent: str) -> Result:
    return building.build(building.asked(session, code, sent))


def numbers(block: Block, code: str) -> dict[str, Any]:
    """Return a column by the codes of rows, without those where there is nothing."""
    place = [head.code for head in block.heads].index(code)
    return {line.code: line.cells[place].value for line in block.lines if line.cells[place].value}


def counted(found: Counter[Any]) -> dict[str, int]:
    return {"" if key is None else str(key): count for key, count in found.items() if count}


def local(session: RecordSession, moment: datetime) -> date:
    return moment.astimezone(session.info["reading"].tz).date()


def test_a_manager_s_days(firm: Firm, base: RecordSession) -> None:
    me = firm.users["manager1"]
    today = local(base, now())
    since = today - timedelta(days=29)
    block = report(base, "week", period="last_30_days", manager=str(me)).blocks[0]
    calls, done = Counter[str](), Counter[str]()
    for one in base.scalars(select(Activity).where(Activity.author_id == me)):
        if one.kind == "call" and since <= local(base, one.happened_at) <= today:
            calls[local(base, one.happened_at).isoformat()] += 1
    for task in base.scalars(select(Task).where(Task.owner_id == me)):
        if task.done_at is not None and since <= local(base, task.done_at) <= today:
            done[local(base, task.done_at).isoformat()] += 1
    assert numbers(block, "calls") == counted(calls)
    assert numbers(block, "tasks") == counted(done)
    assert block.total is not None
    assert block.total.cells[1].value == calls.total()
    assert len(block.lines) == 30


def test_managers_compared(firm: Firm, base: RecordSession) -> None:
    since, until = days_of("last_12_months", local(base, now()))
    block = report(base, "managers", period="last_12_months").blocks[0]
    won, money = Counter[int | None](), dict[str, dict[str, Decimal]]()
    for move in base.scalars(select(StageChange).where(StageChange.new_stage == "won")):
        won[move.owner_id] += since <= local(base, move.moved_at) <= until
    accounts = {client.id: client.currency for client in base.scalars(select(Client))}
    for one in base.scalars(select(Purchase)):
        if since <= one.bought_on <= until:
            code = one.amount_currency or accounts[one.client_id] or ""
            sums = money.setdefault(str(one.owner_id), {})
            sums[code] = sums.get(code, Decimal(0)) + one.amount
    assert numbers(block, "won") == counted(won)
    found = {row: {code: Decimal(text) for code, text in value}
             for row, value in numbers(block, "revenue").items()}  # fmt: skip
    assert found == money
    open_deals = Counter(
        deal.owner_id for deal in base.scalars(select(Deal)) if deal.closed_at is None
    )
    assert numbers(block, "open_deals") == counted(open_deals)


def test_how_many_clients_were_reached(base: RecordSession) -> None:
    today = local(base, now())
    block = report(base, "work").blocks[0]
    reached = {
        one.client_id for one in base.scalars(select(Activity))
        if one.kind in {"call", "meeting", "letter", "message"}
        and today - timedelta(days=29) <= local(base, one.happened_at) <= today
    }  # fmt: skip
    clients = base.scalars(select(Client)).all()
    theirs = Counter(client.owner_id for client in clients if client.id in reached)
    silent = Counter(client.owner_id for client in clients if client.id not in reached)
    assert numbers(block, "reached") == counted(theirs)
    assert numbers(block, "silent") == counted(silent)


@pytest.mark.parametrize("by", ["month", "manager", "product"])
def test_conversion(base: RecordSession, by: str) -> None:
    since, until = days_of("last_12_months", local(base, now()))
    block = report(base, "conversion", by=by).blocks[0]
    opened, won, lost = Counter[Any](), Counter[Any](), Counter[Any]()
    for deal in base.scalars(select(Deal)):
        day = local(base, deal.opened_at)
        if not since <= day <= until:
            continue
        key = {"month": day.replace(day=1), "manager": deal.owner_id, "product": deal.product_id}[
            by
        ]
        opened[key] += 1
        won[key] += deal.stage in WON
        lost[key] += deal.stage == "refused"
    assert numbers(block, "opened") == counted(opened)
    assert numbers(block, "won") == counted(won)
    assert numbers(block, "lost") == counted(lost)
    shares = {row: Decimal(value) for row, value in numbers(block, "won_share").items()}
    whole = {("" if key is None else str(key)): round(Decimal(100 * won[key]) / opened[key], 1)
             for key in opened}  # fmt: skip
    assert {row: share for row, share in shares.items() if share} == {
        row: share for row, share in whole.items() if share
    }


def test_stages_by_month_and_the_way_through_them(base: RecordSession) -> None:
    since, until = days_of("last_12_months", local(base, now()))
    by_month, passing = (report(base, code).blocks[0] for code in ("stages", "passing"))
    moves = [one for one in base.scalars(select(StageChange))
             if since <= local(base, one.moved_at) <= until]  # fmt: skip
    for head in by_month.heads[1:-1]:
        wanted = Counter(m.new_stage for m in moves
                         if f"m{local(base, m.moved_at):%Y%m}" == head.code)  # fmt: skip
        assert numbers(by_month, head.code) == counted(wanted)
    assert numbers(passing, "left") == counted(Counter(m.old_stage for m in moves if m.old_stage))
    lost = Counter(m.old_stage for m in moves if m.new_stage == "refused")
    assert numbers(passing, "lost") == counted(lost)
    seconds = [m.seconds for m in moves if m.old_stage == "offer" and m.seconds is not None]
    mean = Decimal(sum(seconds)) / len(seconds) / 86_400
    assert abs(Decimal(numbers(passing, "days")["offer"]) - mean) <= Decimal("0.06")


def test_lost_reasons_demand_and_new_clients(base: RecordSession) -> None:
    since, until = days_of("last_12_months", local(base, now()))
    deals = base.scalars(select(Deal)).all()
    lost = Counter(
        deal.lost_reason_id for deal in deals
        if deal.stage == "refused" and deal.closed_at is not None
        and since <= local(base, deal.closed_at) <= until
    )  # fmt: skip
    assert numbers(report(base, "lost_reasons").blocks[0], "lost") == counted(lost)
    wanted = Counter(deal.product_id for deal in deals if deal.product_id and deal.stage in WON)
    services = report(base, "services").blocks[0]
    assert numbers(services, "won_deals") == counted(wanted)
    assert len(services.lines) == 3
    last: dict[str, str] = {}
    for one in base.scalars(select(Purchase).order_by(Purchase.bought_on)):
        last[str(one.product_id)] = one.bought_on.isoformat()
    assert numbers(services, "last") == last
    clients = [client for client in base.scalars(select(Client))
               if since <= local(base, client.created_at) <= until]  # fmt: skip
    new = report(base, "new_clients").blocks[0]
    months = Counter(local(base, client.created_at).replace(day=1) for client in clients)
    bought = Counter(
        local(base, client.created_at).replace(day=1) for client in clients if client.purchase_count
    )
    assert {row[:7]: n for row, n in numbers(new, "new").items()} == {
        f"{day:%Y-%m}": count for day, count in months.items()
    }
    assert {row[:7]: n for row, n in numbers(new, "bought").items()} == {
        f"{day:%Y-%m}": count for day, count in bought.items()
    }


def test_debts_and_contracts(base: RecordSession) -> None:
    today = local(base, now())
    debts = report(base, "debts").blocks[0]
    owed = [one for one in base.scalars(select(Purchase)) if one.debt > 0]
    assert [line.code for line in debts.lines] == [
        str(one.id) for one in sorted(owed, key=lambda one: (one.due_on or date.max, one.id))
    ]
    tiles = {head.code: cell.value for head, cell in debts.tiles}
    assert tiles["count"] == len(owed)
    assert sum(Decimal(amount) for _code, amount in tiles["owed"]) == sum(o.debt for o in owed)
    late = sum((one.debt for one in owed if one.due_on and one.due_on < today), Decimal(0))
    assert sum(Decimal(amount) for _code, amount in tiles["late"]) == late
    contracts = report(base, "contracts").blocks[0]
    ends = sorted((one.ends_on - today).days for one in base.scalars(select(Contract))
                  if one.ends_on is not None and (one.ends_on - today).days <= 90)  # fmt: skip
    assert {head.code: cell.value for head, cell in contracts.tiles} == {
        "over": sum(days < 0 for days in ends), "soon": sum(0 <= days <= 30 for days in ends),
        "later": sum(days > 30 for days in ends),
    }  # fmt: skip
    assert [line.cells[4].value for line in contracts.lines] == ends


def test_birthdays_come_round_in_order(firm: Firm, base: RecordSession) -> None:
    block = report(base, "birthdays", since="2027-12-20", until="2028-02-15").blocks[0]
    names = [line.cells[1].value for line in block.lines]
    assert names == ["Person 0", "Person 1"]  # 1 January, 2 February
    assert [line.cells[3].value for line in block.lines] == [2028 - 1960, 2028 - 1961]
    works = base.scalars(select(Employment.client_id).order_by(Employment.id)).first()
    assert block.lines[0].cells[2].value == base.get_one(Client, works).name
