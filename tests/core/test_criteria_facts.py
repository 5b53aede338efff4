"""Facts tell what a client's history says, for one client and for the whole base alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import case, select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Activity,
    Client,
    Contact,
    ContactPoint,
    Deal,
    Dmu,
    DmuMember,
    Employment,
    Purchase,
    fact_is,
    move_deal,
)
from kartoteka.criteria.tree import Tree
from kartoteka.services import criteria
from kartoteka.testing import Firm

TODAY = date(2026, 6, 15)


@pytest.fixture
def base(firm: Firm) -> Iterator[tuple[Session, Any]]:
    """A session of the system and the entity of clients."""
    with firm.session() as session:
        yield session, firm.made.registry.entity("client")


def client(session: Session, name: str = "x", **values: Any) -> Client:
    made = Client(name=name, kind="organisation", **values)
    session.add(made)
    session.flush()
    return made


def bought(session: Session, owner: Client, *days_ago: int, **values: Any) -> None:
    for days in days_ago:
        given: dict[str, Any] = {"amount": Decimal("10.50"), **values}
        session.add(Purchase(client_id=owner.id, bought_on=TODAY - timedelta(days=days), **given))
        session.flush()


def both_ways(base: tuple[Session, Any], tree: Tree) -> list[int]:
    """Return who fits; asked record by record and over the whole base it must be the same."""
    session, entity = base
    each = select(Client.id).where(criteria.condition(session, entity, tree, TODAY))
    whole = criteria.matching(session, entity, tree, TODAY)
    found = sorted(session.scalars(each))
    assert sorted(session.scalars(whole)) == found
    joined = criteria.joined(session, entity, {"wanted": tree}, TODAY)
    rows = select(Client.id).select_from(joined.source).where(joined.conditions["wanted"])
    assert sorted(session.scalars(rows)) == found
    for number in session.scalars(select(Client.id)):
        assert criteria.holds(session, entity, tree, number, TODAY) == (number in found)
    return found


def value(base: tuple[Session, Any], record: Client, code: str, **given: Any) -> Any:
    """Return the value of a fact, by way of an explanation."""
    session, entity = base
    op, wanted = ("eq", "1")
    return criteria.explain(
        session, entity, fact_is(code, op, wanted, **given), record.id, TODAY
    ).value


def test_purchases_are_counted_and_added_up_in_their_window(base: tuple[Session, Any]) -> None:
    session, _entity = base
    often, once, never = (client(session, name) for name in ("often", "once", "never"))
    bought(session, often, 0, 29, 30, 400)
    bought(session, once, 400)

    assert value(base, often, "purchases", days=30) == 2
    assert value(base, often, "purchases", days=31) == 3
    assert value(base, often, "bought", days=30) == "21.00"
    assert value(base, never, "bought", days=30) == "0.00"
    assert both_ways(base, fact_is("purchases", "ge", 1, days=365)) == [often.id]
    assert both_ways(base, fact_is("purchases", "eq", 0, days=365)) == [once.id, never.id]
    assert both_ways(base, fact_is("purchases", "lt", 2, days=500)) == [once.id, never.id]
    assert both_ways(base, fact_is("bought", "ge", "10.50", days=500)) == [often.id, once.id]


def test_sums_leave_other_currencies_out_as_the_kept_totals_do(base: tuple[Session, Any]) -> None:
    session, _entity = base
    mixed = client(session, currency="BGN")
    bought(session, mixed, 1, amount=Decimal(100), amount_currency="EUR")
    bought(session, mixed, 2, amount=Decimal(7), amount_currency="BGN")

    session.refresh(mixed)
    assert mixed.purchase_total == Decimal(7)
    assert value(base, mixed, "bought", days=10) == "7.00"
    assert both_ways(base, fact_is("bought", "eq", 7, days=10)) == [mixed.id]


def test_a_purchase_of_tomorrow_is_in_no_window(base: tuple[Session, Any]) -> None:
    session, _entity = base
    early = client(session)
    bought(session, early, -1)

    assert value(base, early, "purchases", days=30) == 0
    assert value(base, early, "days_since_purchase") == -1


def test_days_since_something_are_counted_by_the_reader_s_calendar(
    base: tuple[Session, Any],
) -> None:
    session, _entity = base
    quiet, fresh = client(session, "quiet"), client(session, "fresh")
    bought(session, fresh, 3)
    evening = datetime(2026, 6, 14, 20, 59, tzinfo=UTC)  # 23:59 in Moscow, where the firm is
    session.add(Activity(client_id=fresh.id, kind="call", happened_at=evening))
    session.add(Activity(client_id=quiet.id, kind="note", happened_at=evening))
    session.flush()

    assert value(base, fresh, "days_since_purchase") == 3
    assert value(base, fresh, "days_since_call") == value(base, fresh, "days_since_contact") == 1
    assert value(base, quiet, "days_since_call") is None
    assert both_ways(base, fact_is("days_since_call", "eq", 1)) == [fresh.id]
    assert both_ways(base, fact_is("days_since_call", "lt", 2)) == [fresh.id]
    assert both_ways(base, fact_is("days_since_call", "lt", 1)) == []
    assert both_ways(base, fact_is("days_since_call", "gt", 0)) == [fresh.id]
    assert both_ways(base, fact_is("days_since_call", "gt", 1)) == []
    assert both_ways(base, fact_is("days_since_call", "ge", 2)) == []
    assert both_ways(base, fact_is("days_since_call", "le", 1)) == [fresh.id]
    assert both_ways(base, fact_is("days_since_call", "in", [1, 5])) == [fresh.id]
    assert both_ways(base, fact_is("days_since_call", "ne", 1)) == [quiet.id]
    assert both_ways(base, fact_is("days_since_call", "empty")) == [quiet.id]
    assert both_ways(base, fact_is("days_since_purchase", "filled")) == [fresh.id]


@pytest.mark.parametrize(
    ("days", "cadence"),
    [([], None), ([5], None), ([5, 5], None), ([0, 30], 30), ([0, 30, 90], 45),
     ([0, 10, 30, 100], 20), ([0, 0, 7, 7, 15], 7), ([100, 3, 0], 50)],
)  # fmt: skip
def test_cadence_is_the_median_of_the_gaps_between_days_of_purchase(
    base: tuple[Session, Any], days: list[int], cadence: int | None
) -> None:
    session, _entity = base
    other, asked = client(session, "other"), client(session, "asked")
    bought(session, other, 0, 500)
    bought(session, asked, *days)

    assert value(base, asked, "cadence") == cadence
    assert both_ways(base, fact_is("cadence", "lt", 400)) == [asked.id] * (cadence is not None)
    assert (asked.id in both_ways(base, fact_is("cadence", "empty"))) == (cadence is None)


def test_open_deals_and_stages_ever_reached_are_told(base: tuple[Session, Any]) -> None:
    session, _entity = base
    one, other = client(session, "one"), client(session, "other")
    deal = Deal(client_id=one.id, title="a", pipeline="sale", stage="new", amount=Decimal(5))
    session.add_all([deal, Deal(client_id=one.id, title="b", pipeline="sale", stage="new")])
    session.flush()

    assert value(base, one, "open_deals") == 2
    move_deal(session, deal, "offer")
    reason = session.scalar(select(_lost_reason().id).limit(1))
    move_deal(session, deal, "refused", lost_reason_id=reason)
    session.flush()

    assert value(base, one, "open_deals") == 1
    assert both_ways(base, fact_is("stage_reached", "eq", True, stage="offer")) == [one.id]
    assert both_ways(base, fact_is("stage_reached", "eq", False, stage="offer")) == [other.id]
    assert both_ways(base, fact_is("stage_reached", "eq", True, stage="won")) == []
    assert both_ways(base, fact_is("refused", "eq", True)) == [one.id]
    assert both_ways(base, fact_is("open_deals", "eq", 0)) == [other.id]


def _lost_reason() -> Any:
    from kartoteka.api import LostReason

    return LostReason


def test_a_decider_is_known_as_long_as_they_work_there(base: tuple[Session, Any]) -> None:
    session, _entity = base
    firm, person = client(session), Contact(name="Anna")
    session.add(person)
    session.flush()
    unit, job = Dmu(client_id=firm.id, title="DMU"), Employment(
        client_id=firm.id, contact_id=person.id
    )  # fmt: skip
    session.add_all([unit, job])
    session.flush()
    member = DmuMember(
        client_id=firm.id, dmu_id=unit.id, contact_id=person.id, roles=("user", "decider")
    )
    session.add(member)
    session.flush()
    known = fact_is("decider_known", "eq", True)

    assert both_ways(base, known) == [firm.id]
    job.until = TODAY
    session.flush()
    assert both_ways(base, known) == []
    job.until, member.roles = None, ("user",)
    session.flush()
    assert both_ways(base, known) == []


def test_ways_to_reach_a_client_are_told(base: tuple[Session, Any]) -> None:
    session, _entity = base
    firm = client(session)
    point = ContactPoint(client_id=firm.id, kind="mobile", value="+7 916 123-45-67")
    session.add(point)
    session.flush()

    assert both_ways(base, fact_is("has_phone", "eq", True)) == [firm.id]
    assert both_ways(base, fact_is("has_email", "eq", True)) == []
    point.is_valid = False
    session.flush()
    assert both_ways(base, fact_is("has_phone", "eq", False)) == [firm.id]


def test_many_trees_read_each_ledger_once(base: tuple[Session, Any]) -> None:
    session, entity = base
    often, once = client(session, "often"), client(session, "once")
    bought(session, often, 1, 2, 40)
    bought(session, once, 2)
    trees: dict[str, Tree] = {
        "month": fact_is("purchases", "ge", 2, days=30),
        "year": fact_is("purchases", "ge", 3, days=365),
        "sum": fact_is("bought", "lt", 20, days=30),
        "cadence": fact_is("cadence", "le", 20),
        "refused": fact_is("refused", "eq", False),
    }
    joined = criteria.joined(session, entity, trees, TODAY)
    columns = [case((one, 1), else_=0) for one in joined.conditions.values()]
    statement = select(Client.id, *columns).select_from(joined.source).order_by(Client.id)

    assert [tuple(row) for row in session.execute(statement)] == [
        (often.id, 1, 1, 0, 1, 1), (once.id, 0, 0, 1, 0, 1),
    ]  # fmt: skip
    assert str(statement).count("FROM purchase") == 1
    operand = fact_is("purchases", "eq", days=30).operand
    kept = select(joined.values[operand]).select_from(joined.source).order_by(Client.id)
    assert list(session.scalars(kept)) == [2, 1]


def test_a_client_is_found_by_a_number_or_address_however_it_is_typed(
    base: tuple[Session, Any],
) -> None:
    session, _entity = base
    one, other = client(session, "one"), client(session, "other")
    session.add_all(
        [
            ContactPoint(client_id=one.id, kind="phone", value="+7 (910) 665-95-75"),
            ContactPoint(client_id=other.id, kind="email", value="Ivan@Example.com"),
        ]
    )
    session.flush()

    for typed in ("9106659575", "8 910 665", "665-95-75"):
        assert both_ways(base, fact_is("has_point", "eq", True, text=typed)) == [one.id]
    assert both_ways(base, fact_is("has_point", "eq", True, text="EXAMPLE")) == [other.id]
    assert both_ways(base, fact_is("has_point", "eq", False, text="@")) == [one.id]
