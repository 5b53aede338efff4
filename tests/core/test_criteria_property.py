"""SQL finds exactly the records for which Python says that the criteria hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kartoteka.api import Activity, Client, Contract, Purchase, create, fact_is, field_is
from kartoteka.criteria import document, evaluation
from kartoteka.criteria.operators import OPERATORS
from kartoteka.criteria.tree import Condition, Group, Operand, Tree, conditions_in
from kartoteka.models import DmuMember
from kartoteka.services import criteria
from kartoteka.testing import Firm

TODAY = date(2026, 6, 15)
DAYS = st.dates(date(2026, 5, 20), date(2026, 7, 10))
MOMENTS = st.datetimes(datetime(2026, 6, 10), datetime(2026, 6, 20), timezones=st.just(UTC))
PIECE = st.text(alphabet="абёЁеЕzZ _%0*?[]^-й", min_size=1, max_size=3).filter(
    lambda text: bool(text.strip())
)
TEXTS = st.one_of(st.none(), PIECE, st.sampled_from(["Ёлка", "ёлка", "елка", "Ель", "Zz zZ"]))
AMOUNTS = st.decimals(0, 3, places=2)
PREPARED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _claim(name: str, op: str, value: st.SearchStrategy[Any] | None = None) -> Any:
    if value is None:
        return st.just(field_is(name, op))
    return value.map(lambda one: field_is(name, op, one))


def _many(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=1, max_size=3)


NEAR = st.integers(0, 40)
PERIODS = st.sampled_from(
    ["today", "yesterday", "tomorrow", "this_week", "last_week", "next_week", "this_month",
     "last_month", "next_month", "this_quarter", "last_quarter", "this_year", "next_year"]
)  # fmt: skip
CONTRACT_CLAIMS = st.one_of(
    *(_claim("title", op, PIECE) for op in ("contains", "starts", "eq", "ne")),
    _claim("title", "in", _many(PIECE)),
    *(_claim("amount", op, AMOUNTS) for op in ("eq", "ne", "gt", "ge", "lt", "le")),
    _claim("amount", "in", _many(AMOUNTS)),
    *(_claim("ends_on", op, DAYS) for op in ("eq", "ne", "gt", "ge", "lt", "le")),
    *(_claim("ends_on", op, NEAR) for op in ("in_last", "ago", "in_next")),
    _claim("ends_on", "period", PERIODS),
    *(_claim("updated_at", op, MOMENTS) for op in ("gt", "ge", "lt", "le")),
    *(_claim("updated_at", op, NEAR) for op in ("in_last", "ago", "in_next")),
    _claim("updated_at", "period", PERIODS),
    _claim("renews_itself", "eq", st.booleans()),
    _claim("owner_id", "mine"),
    _claim("department_id", "my_department"),
    *(_claim(name, op) for name in ("title", "amount", "ends_on") for op in ("empty", "filled")),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "title": TEXTS,
            "ends_on": st.one_of(st.none(), DAYS),
            "amount": st.one_of(st.none(), AMOUNTS),
            "renews_itself": st.booleans(),
        }
    ),
    max_size=8,
)


def trees(claims: st.SearchStrategy[Condition]) -> st.SearchStrategy[Tree]:
    return st.recursive(
        claims,
        lambda inner: st.builds(
            lambda how, parts: Group(how=how, parts=tuple(parts)),
            st.sampled_from(["all", "any", "none"]),
            st.lists(inner, max_size=4),
        ),
        max_leaves=10,
    )


@pytest.fixture
def desk(firm: Firm) -> Iterator[tuple[Session, Firm, list[int]]]:
    """A session of a manager with three clients."""
    with firm.session("manager1") as session:
        entity = firm.made.registry.entity("client")
        clients = [create(session, entity, {"name": name}).id for name in ("Ёж", "Zz", "ель 100%")]
        session.commit()
        yield session, firm, clients


def _agree(session: Session, firm: Firm, code: str, tree: Tree, values: Any) -> None:
    """Compare, for all records: the condition, the join over the whole base, and Python."""
    entity = firm.made.registry.entity(code)
    model = entity.model
    tree = criteria.read(session, entity, document.text_of(tree), TODAY)
    assert document.read(document.text_of(tree)) == tree
    reader = criteria.reader_of(session, TODAY)
    expected = sorted(
        number
        for number, found in values.items()
        if evaluation.evaluate(tree, found, entity, reader)
    )
    each = select(model.id).where(criteria.condition(session, entity, tree, TODAY))
    assert sorted(session.scalars(each)) == expected, document.text_of(tree)
    whole = criteria.matching(session, entity, tree, TODAY)
    assert sorted(session.scalars(whole)) == expected, document.text_of(tree)
    joined = criteria.joined(session, entity, {"a": tree}, TODAY)
    rows = select(model.id).select_from(joined.source).where(joined.conditions["a"])
    assert sorted(session.scalars(rows)) == expected, document.text_of(tree)
    assert criteria.words(session, entity, tree)


@given(rows=ROWS, tree=trees(CONTRACT_CLAIMS))
@PREPARED
def test_sql_and_python_agree_on_fields(
    desk: tuple[Session, Firm, list[int]], rows: list[dict[str, Any]], tree: Tree
) -> None:
    session, firm, clients = desk
    session.execute(delete(Contract))
    made = [Contract(client_id=clients[n % 3], number=f"{n}", **row) for n, row in enumerate(rows)]
    session.add_all(made)
    session.flush()
    values = {
        row.id: {
            condition.operand: getattr(row, condition.operand.code)
            for condition in conditions_in(tree)
        }
        for row in made
    }
    _agree(session, firm, "contract", tree, values)


CLIENT_CLAIMS = st.one_of(
    *(_claim("name", op, PIECE) for op in ("contains", "starts", "eq", "ne")),
    _claim("name", "in", _many(PIECE)),
    *(st.builds(lambda op, n, days: fact_is("purchases", op, n, days=days),
                st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), st.integers(0, 3),
                st.sampled_from([1, 10, 40])) for _ in range(2)),
    st.builds(lambda op, n, days: fact_is("bought", op, n, days=days),
              st.sampled_from(["eq", "ne", "gt", "lt"]), AMOUNTS, st.sampled_from([1, 10, 40])),
    st.builds(lambda op, n: fact_is("days_since_call", op, n),
              st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), st.integers(-3, 6)),
    st.builds(lambda op: fact_is("days_since_call", op), st.sampled_from(["empty", "filled"])),
)  # fmt: skip
LEDGER = st.lists(st.tuples(st.integers(0, 2), st.integers(-2, 41), AMOUNTS), max_size=8)
CALLS = st.lists(st.tuples(st.integers(0, 2), MOMENTS), max_size=4)


@given(ledger=LEDGER, calls=CALLS, tree=trees(CLIENT_CLAIMS))
@PREPARED
def test_sql_and_python_agree_on_facts(
    desk: tuple[Session, Firm, list[int]],
    ledger: list[tuple[int, int, Decimal]],
    calls: list[tuple[int, datetime]],
    tree: Tree,
) -> None:
    session, firm, clients = desk
    session.execute(delete(Purchase))
    session.execute(delete(Activity))
    for who, days, amount in ledger:
        day = TODAY - timedelta(days=days)
        session.add(Purchase(client_id=clients[who], bought_on=day, amount=amount))
    for who, moment in calls:
        session.add(Activity(client_id=clients[who], kind="call", happened_at=moment))
    session.flush()
    reader = criteria.reader_of(session, TODAY)

    def known(place: int, operand: Operand) -> Any:
        if operand.source == "field":
            return session.get_one(Client, clients[place]).name
        if operand.code == "days_since_call":
            last = max((moment for who, moment in calls if who == place), default=None)
            return None if last is None else (TODAY - reader.day_of(last)).days
        window = dict(operand.given)["days"]
        assert isinstance(window, int)
        mine = [amount for who, days, amount in ledger if who == place and 0 <= days < window]
        return len(mine) if operand.code == "purchases" else sum(mine, Decimal(0))

    values = {
        number: {c.operand: known(place, c.operand) for c in conditions_in(tree)}
        for place, number in enumerate(clients)
    }
    _agree(session, firm, "client", tree, values)


ROLE = st.sampled_from(["decider", "user", "buyer", "blocker"])
ROLES = st.one_of(st.none(), st.lists(ROLE, min_size=1, max_size=3, unique=True).map(tuple))


@given(
    found=ROLES,
    tree=trees(
        st.one_of(
            _claim("roles", "has", _many(ROLE)), _claim("roles", "has_any", _many(ROLE)),
            _claim("roles", "empty"), _claim("roles", "filled"),
        )
    ),
)  # fmt: skip
@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_sql_and_python_agree_on_several_choices(
    member: tuple[Session, Firm, DmuMember], found: Any, tree: Tree
) -> None:
    session, firm, record = member
    record.roles = found
    session.flush()
    values = {record.id: {c.operand: found for c in conditions_in(tree)}}
    _agree(session, firm, "dmu_member", tree, values)


@pytest.fixture
def member(desk: tuple[Session, Firm, list[int]]) -> tuple[Session, Firm, DmuMember]:
    """A member of a decision-making unit."""
    session, firm, clients = desk
    registry = firm.made.registry
    person = create(session, registry.entity("contact"), {"name": "Anna"})
    unit = create(session, registry.entity("dmu"), {"client_id": clients[0], "title": "DMU"})
    record = create(
        session, registry.entity("dmu_member"),
        {"client_id": clients[0], "dmu_id": unit.id, "contact_id": person.id},
    )  # fmt: skip
    return session, firm, record


def test_every_operator_is_tried_here() -> None:
    tried = {"contains", "starts", "eq", "ne", "gt", "ge", "lt", "le", "in", "in_last", "ago",
             "in_next", "period", "mine", "my_department", "empty", "filled", "has",
             "has_any"}  # fmt: skip
    assert set(OPERATORS) == tried
