"""The demo base keeps every rule the screens would keep, at any size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from sqlalchemy import func, select, text

from kartoteka.api import (
    Activity,
    Change,
    Client,
    Contact,
    ContactPoint,
    Deal,
    DmuMember,
    Employment,
    Indicator,
    IndicatorValue,
    OfClient,
    Product,
    Purchase,
    Query,
    Reading,
    Region,
    StageChange,
    Task,
    completeness,
    fetch,
    fold,
    refresh_contacts,
    refresh_search,
)
from kartoteka.services.contact_points import normalised
from kartoteka.services.totals import check
from kartoteka.testing import Firm, fresh
from kartoteka_wholesale.demo import routes
from kartoteka_wholesale.demo.tables import COLUMNS
from kartoteka_wholesale.pipeline import WHOLESALE

STAGES = {stage.code: stage for stage in WHOLESALE.stages}
PEOPLE = ("director", "curator1", "curator2", *(f"manager{n}" for n in range(1, 7)), "assistant1")
ALL_ROUTES = (*routes.OPEN, *routes.RUNNING, *routes.DONE, *routes.DEFERRED, *routes.LOST)


def rows(firm: Firm, model: type[Any]) -> list[Any]:
    """Return all records of a table."""
    with firm.session() as session:
        return list(session.scalars(select(model).order_by(model.id)))


# What it holds


def test_people_of_all_roles_work_in_two_departments(demo: Firm) -> None:
    with demo.session() as session:
        found = session.execute(
            text(
                "SELECT u.username, r.name, d.name, p.username FROM ab_user u "
                "JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_role r ON r.id = ur.role_id "
                "JOIN staff s ON s.id = u.id JOIN department d ON d.id = s.department_id "
                "LEFT JOIN ab_user p ON p.id = s.superior_id"
            )
        ).all()
    people = {row[0]: tuple(row[1:]) for row in found}
    assert set(people) == set(PEOPLE)
    assert people["manager2"] == ("manager", "Россия", None)
    assert people["manager6"] == ("manager", "Болгария", None)
    assert people["assistant1"] == ("assistant", "Россия", "manager1")


def test_numbers_are_those_asked_for(demo: Firm) -> None:
    counts = {model: len(rows(demo, model)) for model in (Client, Contact, Purchase)}
    assert counts[Client] == 300
    assert 540 <= counts[Contact] <= 660
    assert 700 <= counts[Purchase] <= 1_300


@pytest.mark.parametrize("model", [m for m in COLUMNS if m is not Change], ids=lambda m: m.__name__)
def test_no_table_is_empty(demo: Firm, model: type[Any]) -> None:
    assert rows(demo, model)


def test_fifth_of_the_buyers_brings_most_of_the_revenue(demo: Firm) -> None:
    roubles = sorted(
        (client.purchase_total for client in rows(demo, Client) if client.currency == "RUB"),
        reverse=True,
    )
    share = sum(roubles[: len(roubles) // 5]) / sum(roubles)
    assert 0.7 < share < 0.97


def test_some_clients_bought_once_and_some_left_with_a_reason(demo: Firm) -> None:
    clients = rows(demo, Client)
    assert sum(client.purchase_count == 1 for client in clients) > 20
    left = [client for client in clients if client.left_on]
    assert left
    assert all(client.lost_reason_id for client in left)


def test_regions_form_a_tree_with_codes_and_passports(demo: Firm) -> None:
    regions = {region.iso_code: region for region in rows(demo, Region) if region.iso_code}
    by_id = {region.id: region for region in rows(demo, Region)}
    moscow, sofia = regions["RU-MOW"], regions["BG-22"]
    assert (moscow.okato, moscow.time_zone) == ("45000000000", "Europe/Moscow")
    assert (sofia.ekatte, sofia.nuts) == ("68134", "BG411")
    assert by_id[by_id[moscow.parent_id].parent_id].iso_code == "RU"
    values = rows(demo, IndicatorValue)
    assert values
    assert {(value.source, value.is_official) for value in values} == {("demo", False)}


# What the flush would keep


def test_passports_have_whole_people_of_a_believable_number(demo: Firm) -> None:
    codes = {one.id: one.iso_code for one in rows(demo, Region)}
    number = next(one.id for one in rows(demo, Indicator) if one.code == "population")
    values = [one for one in rows(demo, IndicatorValue) if one.indicator_id == number]
    assert all(one.value == int(one.value) for one in values)
    people = {codes[one.region_id]: one.value for one in values}
    assert max(people, key=lambda code: people[code]) == "RU-MOW"
    assert people["RU-SPE"] > 5_000_000 > 3_000_000 > people["RU-NVS"] > 2_500_000


def test_totals_equal_the_ledger(demo: Firm) -> None:
    with demo.made.engine.connect() as connection:
        assert check(connection) == []


def test_last_contact_is_the_last_contact(demo: Firm) -> None:
    kinds = [code for code, kind in demo.made.registry.activity_kinds.items() if kind.is_contact]
    kept = {client.id: client.last_contact_at for client in rows(demo, Client)}
    with demo.session() as session:
        refresh_contacts(session.connection(), None, kinds)
        again = dict(session.execute(select(Client.id, Client.last_contact_at)).all())
        session.rollback()
    assert again == kept


@pytest.mark.parametrize("model", [Client, Contact, Deal, Task], ids=lambda m: m.__name__)
def test_search_texts_are_those_the_core_would_write(demo: Firm, model: type[Any]) -> None:
    with demo.session() as session:
        query = select(model.id, model.search_text)
        kept = dict(session.execute(query).all())
        refresh_search(session, model, kept)
        assert dict(session.execute(query).all()) == kept
        session.rollback()


def test_quick_search_finds_a_client_in_any_letter_case_and_by_phone(demo: Firm) -> None:
    registry = demo.made.registry
    with demo.session() as session:
        wanted = session.scalars(select(Client).where(Client.purchase_count > 3)).first()
        assert wanted is not None
        by_name = fetch(session, registry.entity("client"), Query(search=wanted.name.upper()))
        assert wanted.id in {record.id for record in by_name.records}
        point = session.scalars(select(ContactPoint).where(ContactPoint.kind == "mobile")).first()
        assert point is not None
        digits = (point.normalised or "")[-7:]
        by_phone = fetch(session, registry.entity("contact"), Query(search=digits))
        assert point.contact_id in {record.id for record in by_phone.records}


def test_sort_keys_and_completeness_are_those_the_core_would_write(demo: Firm) -> None:
    fields = demo.made.registry.fields("client")
    for client in rows(demo, Client):
        assert client.name_key == fold(client.name)[:255]
        assert client.completeness == completeness(client, fields)
    assert all(contact.name_key == fold(contact.name) for contact in rows(demo, Contact))


@pytest.mark.parametrize(
    "model", [m for m in COLUMNS if issubclass(m, OfClient)], ids=lambda m: m.__name__
)
def test_rows_have_manager_and_department_of_their_client(demo: Firm, model: type[Any]) -> None:
    owners = {client.id: (client.owner_id, client.department_id) for client in rows(demo, Client)}
    for row in rows(demo, model):
        assert (row.owner_id, row.department_id) == owners[row.client_id]
        assert row.version == 1


def test_owners_work_in_the_department_of_their_clients(demo: Firm) -> None:
    with demo.session() as session:
        place = dict(session.execute(text("SELECT id, department_id FROM staff")).all())
    for client in rows(demo, Client):
        assert client.owner_id is None or place[client.owner_id] == client.department_id


def test_no_foreign_key_points_nowhere(demo: Firm) -> None:
    with demo.made.engine.connect() as connection:
        for model in COLUMNS:
            for key in model.__table__.foreign_keys:
                here, there = key.parent, key.column.table.alias("target")
                lost = select(func.count()).select_from(
                    key.parent.table.outerjoin(there, here == there.c[key.column.name])
                )
                lost = lost.where(here.is_not(None), there.c[key.column.name].is_(None))
                assert connection.scalar(lost) == 0, f"{model.__name__}.{here.name}"


def test_indexes_and_foreign_keys_are_back_after_the_load(demo: Firm) -> None:
    assert demo.made.migrations.differences() == {}
    if demo.made.engine.dialect.name == "postgresql":
        with demo.made.engine.connect() as connection:
            keys = text(
                "SELECT count(*) FROM pg_constraint "
                "WHERE contype = 'f' AND conrelid = 'client'::regclass"
            )
            assert connection.scalar(keys) == len(list(Client.__table__.foreign_keys))


# What is typed in


def test_tax_numbers_sites_and_choices_pass_the_checks_of_their_fields(demo: Firm) -> None:
    fields = demo.made.registry.fields("client")
    for client in rows(demo, Client):
        for name, item in fields.items():
            value = getattr(client, name)
            if value is not None and item.kind.code in {"tax_id", "url", "choice", "currency"}:
                region = "BG" if client.currency == "EUR" else "RU"
                assert item.kind.parse(value, Reading(region=region)) == value


def test_tax_numbers_are_unique(demo: Firm) -> None:
    numbers = [client.tax_id for client in rows(demo, Client)]
    assert len(set(numbers)) == len(numbers)


def test_contact_points_are_normalised_as_the_core_would(demo: Firm) -> None:
    shapes: set[str] = set()
    for point in rows(demo, ContactPoint):
        assert point.normalised == normalised(point.kind, point.value), point.value
        if point.kind in {"phone", "mobile", "fax"}:
            number = phonenumbers.parse(point.normalised.partition(";")[0], None)
            assert phonenumbers.is_valid_number(number), point.value
            shapes.add("".join("9" if letter.isdigit() else letter for letter in point.value))
    assert len(shapes) > 8


def test_no_letter_would_reach_a_living_address(demo: Firm) -> None:
    emails = [point.normalised for point in rows(demo, ContactPoint) if point.kind == "email"]
    assert emails
    assert all(email.endswith(".example") for email in emails)


# Deals


@pytest.mark.parametrize("route", ALL_ROUTES, ids="-".join)
def test_routes_make_only_allowed_moves(route: tuple[str, ...]) -> None:
    assert route[0] == "new"
    for here, there in pairwise(route):
        assert there in (STAGES[here].next or ()), f"{here} to {there}"


def test_deals_meet_the_demands_of_their_stage(demo: Firm) -> None:
    for deal in rows(demo, Deal):
        stage = STAGES[deal.stage]
        assert all(getattr(deal, name) is not None for name in stage.requires), deal.stage
        assert (deal.lost_reason_id is not None) == (stage.kind == "lost")
        assert (deal.recheck_on is not None) == (stage.kind == "deferred")
        assert (deal.closed_at is not None) == (stage.kind in {"lost", "done"})


def test_deals_stand_where_their_history_ends_and_it_is_in_order(demo: Firm) -> None:
    moves: dict[int, list[Any]] = defaultdict(list)
    for move in rows(demo, StageChange):
        moves[move.deal_id].append(move)
    for deal in rows(demo, Deal):
        first, last = moves[deal.id][0], moves[deal.id][-1]
        assert (first.old_stage, first.moved_at) == (None, deal.opened_at)
        assert (last.new_stage, last.moved_at) == (deal.stage, deal.stage_since)
        for before, after in pairwise(moves[deal.id]):
            assert after.old_stage == before.new_stage
            assert after.seconds == (after.moved_at - before.moved_at).total_seconds() > 0


def test_all_stages_have_deals_and_some_stay_too_long(demo: Firm, today: date) -> None:
    deals = rows(demo, Deal)
    counts = Counter(deal.stage for deal in deals)
    assert set(STAGES) - set(counts) <= {"paid", "signed"}
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    late = [
        deal for deal in deals
        if (limit := STAGES[deal.stage].max_days) is not None
        and midnight - deal.stage_since > timedelta(days=limit)
    ]  # fmt: skip
    assert late


def test_recheck_days_are_behind_and_ahead(demo: Firm, today: date) -> None:
    days = [deal.recheck_on for deal in rows(demo, Deal) if deal.recheck_on]
    assert min(days) < today < max(days)


def test_nothing_has_happened_in_the_future(demo: Firm, today: date) -> None:
    end = datetime(today.year, today.month, today.day, tzinfo=UTC)
    assert max(purchase.bought_on for purchase in rows(demo, Purchase)) < today
    assert max(activity.happened_at for activity in rows(demo, Activity)) < end
    assert max(move.moved_at for move in rows(demo, StageChange)) < end
    for model in (Client, Contact, Deal, Task, Purchase):
        assert max(row.created_at for row in rows(demo, model)) < end


def test_tasks_are_overdue_open_and_done(demo: Firm, today: date) -> None:
    end = datetime(today.year, today.month, today.day, tzinfo=UTC)
    tasks = rows(demo, Task)
    assert any(task.done_at for task in tasks)
    assert any(task.done_at is None and task.due_at < end for task in tasks)
    assert any(task.done_at is None and task.due_at > end for task in tasks)


def test_some_people_work_for_two_clients_and_some_have_left(demo: Firm) -> None:
    jobs = rows(demo, Employment)
    assert max(Counter(job.contact_id for job in jobs).values()) == 2
    assert any(job.until for job in jobs)


def test_units_have_members_with_known_roles(demo: Firm) -> None:
    known = set(demo.made.registry.dmu_roles)
    members = rows(demo, DmuMember)
    assert all(set(member.roles) <= known for member in members)
    assert {member.attitude for member in members} == {-2, -1, 0, 1, 2}


def test_some_services_are_never_ordered(demo: Firm) -> None:
    ordered = {purchase.product_id for purchase in rows(demo, Purchase)}
    assert len(rows(demo, Product)) > len(ordered)


# Its making


def picture(firm: Firm) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that the demo wrote, table by table."""
    with firm.made.engine.connect() as connection:
        return {
            model.__tablename__: [
                tuple(row)
                for row in connection.execute(
                    select(*(model.__table__.c[name] for name in columns)).order_by(text("1"))
                )
            ]
            for model, columns in COLUMNS.items()
            if model is not Change
        }


def made(build: Callable[..., Firm], folder: Path, **options: Any) -> Firm:
    """Return a base of 50 clients in a folder."""
    folder.mkdir()
    app = fresh(folder, f"sqlite:///{folder / 'demo.db'}", ("wholesale",))
    return build(app, clients=50, **options)


def test_same_size_and_seed_make_the_same_base(build: Callable[..., Firm], tmp_path: Path) -> None:
    one = picture(made(build, tmp_path / "one", seed=7))
    assert picture(made(build, tmp_path / "two", seed=7)) == one
    assert picture(made(build, tmp_path / "other", seed=8)) != one


def test_history_is_written_when_asked_for(build: Callable[..., Firm], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with_history = made(
        build, tmp_path / "with", history=True, progress=lambda *step: told.append(step)
    )
    without = made(build, tmp_path / "without", history=False)
    for firm, expected in ((with_history, 50), (without, 0)):
        changes = [change for change in rows(firm, Change) if change.entity == "client"]
        assert len(changes) == expected
        assert {change.way for change in changes} <= {"system"}
    assert told == [(50, 50)]


def test_people_can_go_on_working_after_the_build(
    build: Callable[..., Firm], empty_url: str, tmp_path: Path
) -> None:
    firm = build(fresh(tmp_path, empty_url, ("wholesale",)), clients=50)
    with firm.session() as session:
        client = Client(name="Новый клиент")
        session.add(client)
        session.flush()
        session.add(Purchase(client_id=client.id, bought_on=date(2026, 6, 17), amount=1))
        session.commit()
        assert client.id == 51
        found = fetch(session, firm.made.registry.entity("client"), Query(search="новый клиент"))
        assert [record.id for record in found.records] == [51]
    firm.made.engine.dispose()
