"""SQL finds exactly the records for which Python says that the criteria hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from sqlalchemy import delete, select, update as sql_update
from sqlalchemy.orm import Session

from kartoteka.api import (
    Activity,
    Client,
    ContactPoint,
    Contract,
    Deal,
    Fact,
    Phone,
    PluginInfo,
    Purchase,
    any_of,
    create,
    fact_is,
    field_is,
    hookimpl,
    move_deal,
)
from kartoteka.criteria import document, evaluation
from kartoteka.criteria.operators import OPERATORS
from kartoteka.criteria.tree import Condition, Group, Operand, Tree, conditions_in
from kartoteka.fields.contact_values import show_phone
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
    *(_claim("client_id", op, st.integers(1, 3)) for op in ("eq", "ne")),
    _claim("client_id", "in", _many(st.integers(1, 3))),
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


@example(
    rows=[{"title": "x", "ends_on": TODAY, "amount": Decimal(1), "renews_itself": True}],
    tree=any_of(
        field_is("owner_id", "mine"),
        field_is("department_id", "my_department"),
        field_is("ends_on", "in_last", 3),
        field_is("ends_on", "ago", 3),
        field_is("ends_on", "in_next", 3),
        field_is("ends_on", "period", "today"),
    ),
)
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
    st.builds(lambda op, n: fact_is("cadence", op, n),
              st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), st.integers(0, 12)),
    st.builds(lambda op: fact_is("cadence", op), st.sampled_from(["empty", "filled"])),
    st.builds(lambda stage, is_so: fact_is("stage_reached", "eq", is_so, stage=stage),
              st.sampled_from(["new", "offer", "won", "refused"]), st.booleans()),
)  # fmt: skip
LEDGER = st.lists(st.tuples(st.integers(0, 2), st.integers(-2, 41), AMOUNTS), max_size=8)
CALLS = st.lists(st.tuples(st.integers(0, 2), MOMENTS), max_size=4)
PATHS = {"": [], "new": ["new"], "offer": ["new", "offer"], "won": ["new", "offer", "won"]}
REACHED = st.lists(st.sampled_from(list(PATHS)), min_size=3, max_size=3)


@given(ledger=LEDGER, calls=CALLS, reached=REACHED, tree=trees(CLIENT_CLAIMS))
@PREPARED
def test_sql_and_python_agree_on_facts(
    desk: tuple[Session, Firm, list[int]],
    ledger: list[tuple[int, int, Decimal]],
    calls: list[tuple[int, datetime]],
    reached: list[str],
    tree: Tree,
) -> None:
    session, firm, clients = desk
    session.execute(delete(Purchase))
    session.execute(delete(Activity))
    session.execute(delete(Deal))
    for place, stage in enumerate(reached):
        if stage:
            _deal_that_reached(session, clients[place], stage)
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
        if operand.code == "stage_reached":
            return dict(operand.given)["stage"] in PATHS[reached[place]]
        if operand.code == "cadence":
            return _usual_gap(days for who, days, _amount in ledger if who == place)
        window = dict(operand.given)["days"]
        assert isinstance(window, int)
        mine = [amount for who, days, amount in ledger if who == place and 0 <= days < window]
        return len(mine) if operand.code == "purchases" else sum(mine, Decimal(0))

    values = {
        number: {c.operand: known(place, c.operand) for c in conditions_in(tree)}
        for place, number in enumerate(clients)
    }
    _agree(session, firm, "client", tree, values)


def _deal_that_reached(session: Session, client_id: int, stage: str) -> None:
    deal = Deal(client_id=client_id, title="x", pipeline="sale", stage="new", amount=Decimal(5))
    session.add(deal)
    session.flush()
    for following in PATHS[stage][1:]:
        move_deal(session, deal, following)


def _usual_gap(days: Iterable[int]) -> int | None:
    gaps = [later - earlier for earlier, later in pairwise(sorted(set(days)))]
    return int(median(gaps)) if gaps else None


ROLE = st.sampled_from(["decider", "user", "buyer", "blocker"])
ROLES = st.one_of(st.none(), st.lists(ROLE, min_size=1, max_size=3, unique=True).map(tuple))
ROLE_CLAIMS = st.one_of(
    _claim("roles", "has", _many(ROLE)), _claim("roles", "has_any", _many(ROLE)),
    _claim("roles", "empty"), _claim("roles", "filled"),
)  # fmt: skip


@given(found=ROLES, tree=trees(ROLE_CLAIMS))
@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_sql_and_python_agree_on_several_choices(
    member: tuple[Session, Firm, DmuMember], found: Any, tree: Tree
) -> None:
    session, firm, record = member
    # A person always has a role; criteria must know how to ask for none all the same.
    session.execute(sql_update(DmuMember).values(roles=found))
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
        {"client_id": clients[0], "dmu_id": unit.id, "contact_id": person.id, "roles": "user"},
    )  # fmt: skip
    return session, firm, record


TYPED = st.sampled_from(
    ["9106659575", "8 (910) 665", "+7 (910) 665-95-75", "665-95", "910", "95", "8 (9", "+359",
     "02 987", "доб. 336", "ЁЛКА", "12.34", "5.1", "%", "8-9"]
)  # fmt: skip
PHONES = st.sampled_from(
    ["+79106659575", "+79106659575;ext=336", "+35929871234", "+78005553535", "+74951234567"]
)
VALUES = st.one_of(
    PHONES, PHONES.map(show_phone),
    st.sampled_from(["8 910 665 95 75", "8(910)665\u201195\u201175", "ёлка@example.com", "12.345",
                     "(02)\u00a0987-12-34", "x_910%"]),
)  # fmt: skip
KINDS = st.sampled_from(["phone", "mobile", "address"])
POINT_CLAIMS = st.one_of(
    *(_claim("value", op, TYPED) for op in ("contains", "starts", "eq", "ne")),
    _claim("normalised", "contains", TYPED),
    *(_claim("kind", op, KINDS) for op in ("eq", "ne")), _claim("kind", "in", _many(KINDS)),
    *(_claim("kind", op) for op in ("empty", "filled")),
)  # fmt: skip


@given(rows=st.lists(st.tuples(KINDS, VALUES), min_size=1, max_size=6), tree=trees(POINT_CLAIMS))
@PREPARED
def test_sql_and_python_agree_on_phones_among_texts(
    desk: tuple[Session, Firm, list[int]], rows: list[tuple[str, str]], tree: Tree
) -> None:
    session, firm, clients = desk
    session.execute(delete(ContactPoint))
    made = [
        ContactPoint(client_id=clients[0], kind=kind, value=value, is_valid=False)
        for kind, value in rows
    ]
    session.add_all(made)
    session.flush()
    values = {
        row.id: {c.operand: getattr(row, c.operand.code) for c in conditions_in(tree)}
        for row in made
    }
    _agree(session, firm, "contact_point", tree, values)


def _phone_of_contract() -> list[Fact]:
    """A fact stands for a field of the kind Phone: the core has none."""
    return [
        Fact(
            code="dialled_number", entity="contract", title="Number", kind=Phone(),
            statement=lambda _ask: Contract.number,
        )
    ]  # fmt: skip


DIALLED = SimpleNamespace(
    PLUGIN=PluginInfo(name="dialled", title="Dialled", version="1", requires_core=">=0.1,<1"),
    facts=hookimpl(_phone_of_contract),
)


@pytest.fixture
def dialled(make: Any) -> Iterator[tuple[Session, Firm, int]]:
    """A session where contracts have a fact of the kind Phone."""
    firm = make(DIALLED)
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "x"})
        yield session, firm, client.id


NUMBER_CLAIMS = st.one_of(
    st.builds(
        lambda typed: fact_is("dialled_number", "contains", typed),
        TYPED.filter(lambda text: any(sign.isdigit() for sign in text)),
    ),
    st.builds(lambda number: fact_is("dialled_number", "eq", number), PHONES),
    st.builds(lambda found: fact_is("dialled_number", "in", found), _many(PHONES)),
    st.builds(lambda op: fact_is("dialled_number", op), st.sampled_from(["empty", "filled"])),
)


@given(rows=st.lists(PHONES, min_size=1, max_size=6), tree=trees(NUMBER_CLAIMS))
@PREPARED
def test_sql_and_python_agree_on_phones(
    dialled: tuple[Session, Firm, int], rows: list[str], tree: Tree
) -> None:
    session, firm, client_id = dialled
    session.execute(delete(Contract))
    made = [Contract(client_id=client_id, number=number) for number in rows]
    session.add_all(made)
    session.flush()
    values = {row.id: {c.operand: row.number for c in conditions_in(tree)} for row in made}
    _agree(session, firm, "contract", tree, values)


def test_every_operator_is_tried_here() -> None:
    tried: set[str] = set()
    for claims in (CONTRACT_CLAIMS, CLIENT_CLAIMS, ROLE_CLAIMS, POINT_CLAIMS, NUMBER_CLAIMS):

        @given(claim=claims)
        @settings(max_examples=300, deadline=None, derandomize=True, database=None)
        def gather(claim: Condition) -> None:
            tried.add(claim.op)

        gather()
    assert set(OPERATORS) == tried
