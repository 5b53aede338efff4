"""Pages of a list, walked by their keys, are the sorted list: nothing twice, nothing left out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, text as sql_text
from sqlalchemy.orm import Session

from kartoteka.access.scope import unscoped
from kartoteka.api import Activity, Client, Contract, Filter, Invalid, Page, Query, create, fetch
from kartoteka.services import choice_order, listing
from kartoteka.services.selection import Selection, ordered
from kartoteka.testing import Firm, statements

TEXTS = st.one_of(
    st.none(),
    st.text(alphabet="абёеЯzZ _%0", max_size=3),
    st.sampled_from(["Ёлка", "ёлка", "елка", "Ель"]),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "title": TEXTS,
            "ends_on": st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 1, 9))),
            "amount": st.one_of(st.none(), st.decimals(0, 3, places=2)),
            "renews_itself": st.booleans(),
        }
    ),
    max_size=23,
)
ORDERS = ["number", "ends_on", "amount", "renews_itself", "client_id", "id", "created_at"]
PREPARED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def desk(firm: Firm) -> Iterator[tuple[Session, Any, int]]:
    """A session of a manager, the entity of contracts, and a client to hang them on."""
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "x"})
        session.commit()
        yield session, firm.made.registry.entity("contract"), client.id


def _filled(session: Session, client_id: int, rows: list[dict[str, Any]]) -> list[Contract]:
    session.execute(delete(Contract))
    made = [
        Contract(client_id=client_id, number=f"{n % 5}", **{**row, "title": row["title"] or None})
        for n, row in enumerate(rows)
    ]
    session.add_all(made)
    session.flush()
    return made


def _sorted(rows: list[Contract], order: str) -> list[int]:
    """Sort as the list promises: rows without a value last in either direction."""
    name, down = order.removeprefix("-"), order.startswith("-")
    full = sorted(
        (row for row in rows if getattr(row, name) is not None),
        key=lambda row: (getattr(row, name), row.id),
        reverse=down,
    )
    rest = sorted((row for row in rows if getattr(row, name) is None), key=lambda row: row.id,
                  reverse=down)  # fmt: skip
    return [row.id for row in [*full, *rest]]


def _pages(session: Session, entity: Any, first: Query, back: bool) -> list[Page]:
    pages = [fetch(session, entity, first)]
    while key := (pages[-1].previous if back else pages[-1].next):
        step: Any = {"before": key} if back else {"after": key}
        pages.append(
            fetch(
                session, entity,
                Query(filters=first.filters, search=first.search, order=first.order,
                      size=first.size, **step),
            )
        )  # fmt: skip
        assert len(pages) < 100
    return pages


@given(rows=ROWS, order=st.sampled_from(ORDERS), down=st.booleans(), size=st.integers(1, 7))
@PREPARED
def test_pages_put_together_are_the_sorted_list(
    desk: tuple[Session, Any, int], rows: list[dict[str, Any]], order: str, down: bool, size: int
) -> None:
    session, entity, client_id = desk
    made = _filled(session, client_id, rows)
    wanted = f"-{order}" if down else order
    expected = _sorted(made, wanted)
    forward = _pages(session, entity, Query(order=wanted, size=size), back=False)
    assert [row.id for page in forward for row in page.records] == expected
    assert {(page.total, page.is_capped) for page in forward} == {(len(made), False)}
    backward = _pages(session, entity, Query(order=wanted, size=size, last=True), back=True)
    assert [row.id for page in reversed(backward) for row in page.records] == expected
    for number in range(len(made) // size + 2):
        page = fetch(session, entity, Query(order=wanted, size=size, page=number))
        assert [row.id for row in page.records] == expected[number * size : (number + 1) * size]
    session.rollback()


FILTERS = st.lists(
    st.one_of(
        st.tuples(st.just("title"), st.sampled_from(["contains", "starts"]),
                  st.text(alphabet="абёеЯzZ_%0*[]?", min_size=1, max_size=2)),
        st.tuples(st.just("ends_on"), st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
                  st.dates(date(2026, 1, 1), date(2026, 1, 9)).map(str)),
        st.tuples(st.just("amount"), st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
                  st.decimals(0, 3, places=2).map(str)),
        st.tuples(st.sampled_from(["title", "ends_on", "amount"]),
                  st.sampled_from(["empty", "filled"]), st.just("")),
        st.tuples(st.just("renews_itself"), st.just("eq"), st.sampled_from(["yes", "no"])),
    ),
    max_size=3,
)  # fmt: skip


def _holds(row: Contract, name: str, op: str, typed: str) -> bool:
    """Say what the filter means, in plain Python."""
    value: Any = getattr(row, name)
    if op in ("empty", "filled"):
        return (value is None) == (op == "empty")
    if op in ("contains", "starts"):
        folded = (value or "").lower().replace("ё", "е")
        wanted = typed.lower().replace("ё", "е")
        return value is not None and (wanted in folded if op == "contains" else
                                      folded.startswith(wanted))  # fmt: skip
    other: Any = {"ends_on": date.fromisoformat, "amount": Decimal}.get(name, "yes".__eq__)(typed)
    if op == "ne":
        return value != other
    return value is not None and {
        "eq": value == other, "gt": value > other, "ge": value >= other, "lt": value < other,
        "le": value <= other,
    }[op]  # fmt: skip


@given(rows=ROWS, filters=FILTERS)
@PREPARED
def test_filters_mean_what_they_say(
    desk: tuple[Session, Any, int], rows: list[dict[str, Any]], filters: list[tuple[str, str, str]]
) -> None:
    session, entity, client_id = desk
    made = _filled(session, client_id, rows)
    asked = [Filter(field=name, op=op, value=value) for name, op, value in filters]
    found = {
        row.id
        for page in _pages(session, entity, Query(filters=asked, size=5), back=False)
        for row in page.records
    }
    assert found == {row.id for row in made if all(_holds(row, *item) for item in filters)}
    session.rollback()


def test_names_are_sorted_without_letter_case(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for name in ("якорь", "Ель", "ёлка", "Zebra", "елка 2", "арка"):
            create(session, entity, {"name": name})
        page = fetch(session, entity, Query(order="name"))
        assert [client.name for client in page.records] == [
            "Zebra", "арка", "ёлка", "елка 2", "Ель", "якорь",
        ]  # fmt: skip
        for typed, names in (("ел", {"ёлка", "елка 2", "Ель"}), ("ЁЛК", {"ёлка", "елка 2"})):
            starts = Query(filters=[Filter(field="name", op="starts", value=typed)])
            assert {client.name for client in fetch(session, entity, starts).records} == names


SIZES = ["C", None, "A", "B", "gone", "A", None, "D", "C", "gone", "B", "A"]


def _by_rank(rows: list[Client], codes: list[str], down: bool) -> list[int]:
    """Sort as choices are declared; what was dropped since stands behind, then what is empty."""

    def in_order(some: list[Client]) -> list[int]:
        def place(row: Client) -> tuple[int, int]:
            return (codes.index(row.size_class) if row.size_class in codes else 0, row.id)

        return [row.id for row in sorted(some, key=place, reverse=down)]

    known = [row for row in rows if row.size_class in codes]
    empty = [row for row in rows if row.size_class is None]
    return in_order(known) + in_order([r for r in rows if r not in known + empty]) + in_order(empty)


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("down", [True, False])
def test_choices_stand_as_they_are_declared_not_as_their_codes_spell(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, indexed: bool, down: bool
) -> None:
    codes = ["C", "A", "B", "D"]
    ranked: Any = lambda item: tuple(codes) if item.name == "size_class" else ()  # noqa: E731
    monkeypatch.setattr(listing, "ranks_of", ranked)
    monkeypatch.setattr(listing, "is_indexed", lambda _column: indexed)  # pyright: ignore
    entity = firm.made.registry.entity("client")
    with firm.session("manager3") as session:
        session.add_all(Client(name=f"foreign {n}", size_class="C") for n in range(9))
        session.commit()
    with firm.session("manager1") as session:
        rows = [Client(name=f"n{n}", size_class=size) for n, size in enumerate(SIZES)]
        session.add_all(rows)
        session.commit()
        order = "-size_class" if down else "size_class"
        expected = _by_rank(rows, codes, down)
        for size in (1, 2, 5, 20):
            forward = _pages(session, entity, Query(order=order, size=size), back=False)
            assert [row.id for page in forward for row in page.records] == expected
            back = _pages(session, entity, Query(order=order, size=size, last=True), back=True)
            assert [row.id for page in reversed(back) for row in page.records] == expected
            page = fetch(session, entity, Query(order=order, size=size, page=1))
            assert [row.id for row in page.records] == expected[size : 2 * size]
        found = fetch(session, entity, Query(order=order, search="n1"))
        some = {row.id for row in rows if "n1" in row.name}
        assert [row.id for row in found.records] == [one for one in expected if one in some]
        every = ordered(session, entity, Selection(order=order), [Client.id])
        assert [row.id for one in every for row in session.execute(one)] == expected
        with statements(session) as seen:
            fetch(session, entity, Query(order=order, size=2))
        assert len(seen) == 2, seen


def test_the_first_of_each_choice_are_taken_from_the_index(firm: Firm) -> None:
    """However large the table: no sort of all its rows, no reading of all of them."""
    with firm.session("manager1") as session:
        column = Activity.owner_id  # any indexed column tells the plan
        assert choice_order.is_indexed(column)
        assert not choice_order.is_indexed(Client.size_class)
        if session.get_bind().dialect.name != "sqlite":
            return
        some: Any = choice_order.first_rows(Activity, column, ["2", "1"], [], ("1", 5), 3, False)
        with unscoped(session, "the plan of a statement"):
            text = some.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in session.execute(sql_text(f"EXPLAIN QUERY PLAN {text}"))]
        assert [line for line in plan if line.startswith("SCAN activity")] == [], plan
        assert any("ix_activity_owner_id" in line for line in plan), plan


@pytest.mark.parametrize("order", ["name", "-last_contact_at", "purchase_total", "id", "kind"])
def test_a_page_takes_the_same_few_statements_however_many_rows(firm: Firm, order: str) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for number in range(60):
            session.add(Client(name=f"n{number}"))
        session.commit()
        for query in (
            Query(order=order),
            Query(order=order, size=50),
            Query(order=order, search="n1"),
            Query(order=order, filters=[Filter(field="name", op="contains", value="n")], page=1),
        ):
            with statements(session) as seen:
                assert fetch(session, entity, query).records
            assert len(seen) <= (5 if query.page else 4), seen


def _key(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(parts)).encode()).decode().rstrip("=")


DAMAGED = [
    "x", "%%%", "Ж", "e30", "W10", _key(1), _key("a", "b"), _key(1, 2, 3), _key({}, 1),
    _key({"at": "never"}, 1), _key({"number": "NaN"}, 1), _key({"number": "1e999"}, 1),
    _key("\0", 1), _key("\ud800", 1), _key("a", 10**30), _key("a", -1), _key("a", True),
    _key(10**30, 1), _key({"codes": 5}, 1), _key([1], 1), "A" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("order", ["name", "-created_at", "purchase_total", "id", "important"])
def test_a_damaged_key_is_refused_with_a_sentence(firm: Firm, order: str) -> None:
    entity = firm.made.registry.entity("client")
    refusals: list[str] = []
    with firm.session("manager1") as session:
        create(session, entity, {"name": "x"})
        session.commit()
        for key in DAMAGED:
            for way in ("after", "before"):
                place: Any = {way: key}
                try:
                    page = fetch(session, entity, Query(order=order, **place))
                except Invalid as error:
                    refusals.append(str(error))
                else:  # a key that could be one of this list leads somewhere, or nowhere
                    assert len(page.records) <= 1, key
                session.rollback()
    assert refusals
    assert all("damaged" in refusal for refusal in refusals)


@pytest.mark.parametrize(
    "query",
    [
        Query(order="nothing"),
        Query(order="-colour"),
        Query(order="search_text"),
        Query(filters=[Filter(field="nothing", op="eq")]),
        Query(filters=[Filter(field="owner_id.x", op="eq", value="1")]),
        Query(filters=[Filter(field="name", op="gt", value="1")]),
        Query(filters=[Filter(field="name", op="drop table", value="1")]),
        Query(filters=[Filter(field="purchase_total", op="gt", value="much")]),
        Query(filters=[Filter(field="region_id", op="eq", value="9" * 40)]),
        Query(filters=[Filter(field="name", op="in", value=[{"a": 1}])]),
        Query(filters=[Filter(field="name", op="contains", value="a")] * 21),
    ],
    ids=str,
)
def test_what_can_not_be_asked_is_refused_with_a_sentence(firm: Firm, query: Query) -> None:
    with firm.session("manager1") as session, pytest.raises(Invalid) as refused:
        fetch(session, firm.made.registry.entity("client"), query)
    assert str(refused.value).endswith(".")


def test_sizes_are_capped(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        session.add_all([Client(name=f"n{number}") for number in range(listing.MAX_PAGE_SIZE + 5)])
        session.commit()
        most = fetch(session, entity, Query(size=10**9))
        assert (len(most.records), most.total) == (listing.MAX_PAGE_SIZE, 105)
        assert len(fetch(session, entity, Query(size=-5)).records) == 1
        assert fetch(session, entity, Query(page=10**6)).records == []
        assert len(fetch(session, entity, Query(page=-1)).records) == 25


def test_counting_stops_at_a_bound(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_COUNTED", 50)
    monkeypatch.setattr(listing, "MOST_COUNTED_FILTERED", 10)
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        session.add_all([Client(name=f"n{number}") for number in range(60)])
        session.commit()
        page = fetch(session, entity, Query())
        assert (page.total, page.is_capped) == (50, True)
        page = fetch(session, entity, Query(search="n"))
        assert (page.total, page.is_capped) == (10, True)


def test_filters_by_the_day_and_by_a_moment_follow_the_zone_of_the_reader(firm: Firm) -> None:
    entity = firm.made.registry.entity("activity")
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "x"})
        session.add(
            Activity(client_id=client.id, kind="call",
                     happened_at=datetime(2026, 1, 31, 21, 30, tzinfo=UTC))
        )  # fmt: skip
        session.commit()
        for typed, count in (("2026-02-01T00:00", 1), ("2026-02-01T00:31", 0)):
            asked = [Filter(field="happened_at", op="ge", value=typed)]
            assert fetch(session, entity, Query(filters=asked)).total == count
