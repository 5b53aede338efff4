"""Records written set-wise are those that objects and a flush would have made."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event as sa_event, select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Client,
    ContactPoint,
    Deal,
    Employment,
    PluginInfo,
    RecordChange,
    Rejected,
    Source,
    concerns,
    create_many,
    hookimpl,
)
from kartoteka.db.search import candidates
from kartoteka.services import many
from kartoteka.services.many import why_not_set_wise
from kartoteka.testing import Firm, statements
from tests.conftest import SALE, MakeFirm
from tests.core.many_ways import (
    LISTENING,
    Objects,
    SetWise,
    Way,
    everything,
    heard,
    some_columns,
    some_points,
    told,
)

PLUGINS = ("wholesale", "funnel_colors", LISTENING)


def _story(firm: Firm, way: Way, who: str | None, seed: int, *, is_sorted: bool = False) -> None:
    """Write a bit of everything, as an import does."""
    chance = random.Random(seed)

    def points_of(count: int, points: int) -> dict[str, list[Any]]:
        found = some_points(chance, count, points)
        if is_sorted:
            found["row"].sort()
        return found

    with firm.session(who, "import") as session:
        actor = session.info["actor"] = session.info["actor"].by("import", "batch-7")
        mine = sorted(firm.users.values()) if actor.sees_all else sorted(actor.owner_ids)
        with firm.session() as system:
            source = system.scalar(select(Source.id).order_by(Source.id).limit(1))
        count = 120
        owners = [chance.choice((None, *mine)) for _ in range(count)]
        clients = way.create(
            session, "client",
            some_columns(session, chance, "client", count, owner_id=owners, left_on=[None] * count),
            points_of(count, 200),
        )  # fmt: skip
        if who is None or actor.sees_all:
            more = some_columns(session, chance, "client", 3, left_on=[None] * 3)
            clients += way.create(session, "client", more)
        people = way.create(
            session, "contact", some_columns(session, chance, "contact", count),
            points_of(count, 150),
        )  # fmt: skip

        def held(count: int) -> list[int]:
            return [chance.choice(clients) for _ in range(count)]

        since = [chance.choice((None, date(2020, 5, 1))) for _ in people]
        jobs = some_columns(
            session, chance, "employment", count, client_id=held(count), contact_id=people,
            since=since, until=[chance.choice((None, date(2021, 1, 1))) for _ in people],
        )  # fmt: skip
        way.create(session, "employment", jobs)
        way.create(session, "employment", {**jobs, "client_id": held(count)})
        points = some_points(chance, 1, 130)
        del points["row"]
        of_client = [chance.random() < 0.5 for _ in range(130)]
        points["client_id"] = [chance.choice(clients) if one else None for one in of_client]
        points["contact_id"] = [None if one else chance.choice(people) for one in of_client]
        way.create(session, "contact_point", points)
        way.create(
            session, "client_source",
            some_columns(session, chance, "client_source", 50, client_id=held(50),
                         source_id=[source] * 50),
        )  # fmt: skip
        amounts = [Decimal(chance.randrange(-500, 5000)) / 4 for _ in range(150)]
        bought = some_columns(
            session, chance, "purchase", 150, client_id=held(150), amount=amounts,
            paid=[chance.choice((None, one, one / 2)) for one in amounts],
        )  # fmt: skip
        way.create(session, "purchase", bought)
        way.create(
            session, "activity",
            some_columns(session, chance, "activity", 60, client_id=held(60),
                         happened_at=[datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=n)
                                      for n in range(60)]),
        )  # fmt: skip
        tasks = some_columns(
            session, chance, "task", 110, client_id=held(110), owner_id=[None] * 110,
            remind_at=[None] * 110,
        )  # fmt: skip
        way.create(session, "task", tasks)
        way.create(
            session, "contract",
            some_columns(session, chance, "contract", 20, client_id=held(20),
                         starts_on=[None] * 20),
        )  # fmt: skip
        session.commit()


def _both(
    make: MakeFirm, story: Callable[[Firm, Way], None], plugins: Sequence[Any] = PLUGINS
) -> tuple[Firm, Firm]:
    """Tell a story by both ways, each in a firm of its own, and compare all there is."""
    found: list[Any] = []
    firms: list[Firm] = []
    for way in (Objects(), SetWise()):
        heard.clear()
        told.clear()
        firm = make(*plugins)
        story(firm, way)
        firms.append(firm)
        base = everything(firm)
        base["heard"] = sorted(heard, key=repr)
        base["told"] = sorted(
            (one.entity, one.record_id, one.action, sorted(one.client_ids)) for one in told
        )
        found.append(base)
    objects, set_wise = found
    for name, rows in objects.items():
        assert set_wise[name] == rows, name
    return firms[0], firms[1]


@pytest.mark.parametrize("who", [None, "director", "manager1", "assistant1", "curator1"])
def test_rows_are_those_of_a_flush(make: MakeFirm, who: str | None) -> None:
    objects, set_wise = _both(make, lambda firm, way: _story(firm, way, who, len(who or "")))
    assert len(everything(set_wise)["change"]) > 500
    for word in ("ёлка", "912345", "щука соЮз"):
        found = [_found(firm, word) for firm in (objects, set_wise)]
        assert found[0] == found[1]
        assert found[0] or word != "ёлка"


def _found(firm: Firm, word: str) -> list[int]:
    with firm.made.engine.connect() as connection:
        return sorted(candidates(connection, Client, word, 1000) or ())


def test_records_in_chunks_are_those_of_one_flush(
    make: MakeFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "CHUNK", 17)
    # Without colours: a client in two chunks may go to its last colour by way of another.
    _both(
        make,
        lambda firm, way: _story(firm, way, "director", 3, is_sorted=True),
        ("wholesale", LISTENING),
    )


def test_a_manager_may_be_chosen_by_a_plugin(make: MakeFirm) -> None:
    def assign_manager(session: Session, client: Any) -> int | None:
        return chosen if client.industry == "food" else None

    info = PluginInfo(name="chooser", title="Chooser", version="1", requires_core=">=0.1,<1")
    plugin = SimpleNamespace(PLUGIN=info, assign_manager=hookimpl(assign_manager))
    firm = make(SALE, plugin)
    chosen = firm.users["manager3"]
    with firm.session("director") as session:
        ids = create_many(session, "client", {"name": ["a", "b"], "industry": ["food", None]})
        food, other = (session.get_one(Client, number) for number in ids)
        assert (food.owner_id, food.department_id) == (chosen, firm.departments["South"])
        assert other.owner_id is None


def test_records_of_unknown_rules_are_written_through_objects(firm: Firm) -> None:
    with firm.session("manager1") as session:
        clients = create_many(session, "client", {"name": ["a", "b"]})
        assert why_not_set_wise(session, "client") == ""
        assert "deal" in why_not_set_wise(session, "deal")
        ids = create_many(session, "deal", {"title": ["x", "y"], "client_id": clients})
        assert [session.get_one(Deal, number).stage for number in ids] == ["new", "new"]


def _deciding(*about: str) -> tuple[Any, list[str]]:
    asked: list[str] = []

    def before_save(session: Session, change: RecordChange) -> None:
        asked.append(change.entity)
        if change.record.name == "бяка":
            raise Rejected("We do not work with them.", "name")

    info = PluginInfo(name="deciding", title="Deciding", version="1", requires_core=">=0.1,<1")
    function = concerns(*about)(before_save) if about else before_save
    return SimpleNamespace(PLUGIN=info, before_save=hookimpl(function)), asked


@pytest.mark.parametrize("about", [(), ("client",)])
def test_a_plugin_that_is_concerned_is_asked_about_each_record(
    make: MakeFirm, about: tuple[str, ...]
) -> None:
    plugin, asked = _deciding(*about)
    firm = make(SALE, plugin)
    with firm.session("manager1") as session:
        assert "deciding" in why_not_set_wise(session, "client")
        create_many(session, "client", {"name": ["a", "b"]}, points={
            "row": [0, 1], "kind": ["email", "email"], "value": ["a@b.ru", "c@d.ru"],
        }) if about else create_many(session, "client", {"name": ["a", "b"]})  # fmt: skip
        assert asked == ["client", "client"]
        with pytest.raises(Rejected, match="We do not work with them"):
            create_many(session, "client", {"name": ["c", "бяка"]})
        assert session.scalars(select(Client.name).order_by(Client.id)).all() == ["a", "b"]


def test_a_plugin_that_is_not_concerned_is_not_asked(make: MakeFirm) -> None:
    plugin, asked = _deciding("deal")
    firm = make(SALE, plugin)
    with firm.session("manager1") as session:
        assert why_not_set_wise(session, "client") == ""
        session.add(Client(name="бяка"))
        session.flush()
    assert asked == []


def test_a_listener_nobody_knows_sees_each_object(firm: Firm) -> None:
    seen: list[str] = []

    def listen(session: Session, context: Any, instances: Any) -> None:
        seen.extend(type(record).__name__ for record in session.new)

    with firm.session("manager1") as session:
        sa_event.listen(session, "before_flush", listen)
        assert "listen" in why_not_set_wise(session, "client")
        create_many(session, "client", {"name": ["a"]})
    assert seen == ["Client"]


@pytest.mark.parametrize("entity", ["client", "contact", "contact_point", "employment", "purchase"])
def test_the_number_of_statements_does_not_grow_with_the_rows(firm: Firm, entity: str) -> None:
    sent: list[int] = []
    with firm.session("manager1") as session:
        for count in (1200, 4800):
            clients = create_many(session, "client", {"name": ["ё"] * count})
            people = create_many(session, "contact", {"name": ["ё"] * count})
            every: dict[str, Any] = {
                "client": {"name": ["щ"] * count},
                "contact": {"name": ["щ"] * count},
                "contact_point": {"client_id": clients, "value": ["+79123456789"] * count},
                "employment": {
                    "client_id": clients, "contact_id": people, "is_main": [True] * count
                },
                "purchase": {"client_id": clients, "amount": [Decimal(7)] * count},
            }  # fmt: skip
            with statements(session) as told_now:
                create_many(session, entity, every[entity])
            sent.append(len(told_now))
    assert sent[0] == sent[1]
    assert sent[0] <= 20


def test_points_go_to_their_holders_and_are_found(firm: Firm) -> None:
    with firm.session("manager1") as session:
        points = {"row": [1, 0, 1], "kind": ["phone"] * 3,
                  "value": ["8 912 345-67-89", "+7 495 000-00-01", "+74950000002"]}  # fmt: skip
        first, second = create_many(session, "client", {"name": ["a", "b"]}, points=points)
        held = session.execute(
            select(ContactPoint.client_id, ContactPoint.normalised).order_by(ContactPoint.id)
        ).all()
        assert [tuple(row) for row in held] == [
            (second, "+79123456789"), (first, "+74950000001"), (second, "+74950000002"),
        ]  # fmt: skip
        session.commit()
    assert _found(firm, "79123456789") == [second]


def test_old_main_ones_give_way_to_new_ones(make: MakeFirm) -> None:
    def story(firm: Firm, way: Way) -> None:
        with firm.session("manager1") as session:
            clients = way.create(session, "client", {"name": ["a", "b"]})
            people = way.create(session, "contact", {"name": ["x", "y", "z"]})
            way.create(session, "employment", {
                "client_id": clients, "contact_id": people[:2], "is_main": [True, True],
            })  # fmt: skip
            session.commit()
            way.create(session, "employment", {
                "client_id": [clients[0], clients[1]], "contact_id": [people[2]] * 2,
                "is_main": [True, False],
            })  # fmt: skip
            session.commit()
            mains = session.execute(
                select(Employment.client_id, Employment.contact_id).where(Employment.is_main)
            )
            assert sorted(tuple(row) for row in mains) == [
                (clients[0], people[2]), (clients[1], people[1]),
            ]  # fmt: skip

    _both(make, story)


def test_totals_of_clients_follow(firm: Firm) -> None:
    with firm.session("director") as session:
        (number,) = create_many(session, "client", {"name": ["a"]})
        client = session.get_one(Client, number)
        assert client.purchase_count == 0
        create_many(session, "purchase", {
            "client_id": [number] * 3, "amount": [Decimal("10.50"), Decimal(4), Decimal(-2)],
            "bought_on": [date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)],
        })  # fmt: skip
        assert (client.purchase_count, client.purchase_total) == (2, Decimal("12.50"))
        assert client.last_purchase_on == date(2025, 2, 1)


def test_a_flush_bears_thousands_of_main_ones(firm: Firm) -> None:
    with firm.session("director") as session:
        clients = create_many(session, "client", {"name": ["a"] * 1200})
        session.add_all(
            ContactPoint(client_id=one, value="+74951234567", is_main=True) for one in clients
        )
        session.flush()
        assert len(session.scalars(select(ContactPoint).where(ContactPoint.is_main)).all()) == 1200
