"""Two clients, or two contacts, become one: with all that leads to them, and back again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from acme_dummy import plugin as acme
from acme_dummy.models import Visit
from sqlalchemy import func, select

from kartoteka.api import create, get, update
from kartoteka.errors import EditConflict, NotAllowed, Rejected
from kartoteka.merging.merge import merge
from kartoteka.merging.unmerge import merge_of, unmerge
from kartoteka.merging.ways import ways_to
from kartoteka.models import (
    Activity,
    Client,
    ClientSource,
    Consent,
    Contact,
    ContactPoint,
    Deal,
    Dmu,
    DmuMember,
    DmuRelation,
    Employment,
    Task,
)
from kartoteka.services import totals
from kartoteka.testing import Firm, statements
from tests.conftest import SALE, MakeFirm


def entity(firm: Firm, code: str = "client") -> Any:
    return firm.made.registry.entity(code)


def add(session: Any, firm: Firm, code: str, **values: Any) -> int:
    return create(session, entity(firm, code), values).id


def two(firm: Firm, owners: tuple[str, str] = ("manager1", "manager1"), **more: Any) -> list[int]:
    """Write two clients; return their numbers."""
    with firm.session() as session:
        ids = [
            add(session, firm, "client", name=name, owner_id=firm.users[owner], **values)
            for name, owner, values in (
                ("ООО «Ромашка»", owners[0], {"industry": "Цветы"}),
                ("Ромашка", owners[1], {"industry": "Розница", "address": "Тула", **more}),
            )
        ]
        session.commit()
    return ids


def everything(firm: Firm, client: int, person: int, number: str) -> None:
    """Give a client a row of each kind."""
    with firm.session() as session:
        source = add(session, firm, "source", name=f"Выставка {number}")
        competitor = add(session, firm, "competitor", name=f"Конкурент {number}")
        deal = add(
            session, firm, "deal", client_id=client, title=f"Сделка {number}", contact_id=person
        )
        purchase = {
            "client_id": client,
            "bought_on": date(2026, 1, 2),
            "amount": "100",
            "paid": "40",
        }
        add(session, firm, "purchase", number=number, deal_id=deal, **purchase)
        add(session, firm, "activity", client_id=client, kind="call", subject=f"Звонок {number}",
            happened_at="2026-02-03T10:00", contact_id=person, deal_id=deal)  # fmt: skip
        add(session, firm, "task", client_id=client, title=f"Дело {number}",
            due_at="2027-02-03T10:00", deal_id=deal)  # fmt: skip
        add(session, firm, "contract", client_id=client, number=f"Д-{number}")
        add(session, firm, "client_source", client_id=client, source_id=source)
        add(session, firm, "client_competitor", client_id=client, competitor_id=competitor)
        session.commit()


def make_one(firm: Firm, kept: int, merged: int, who: str | None = "director", code: str = "client",
             **more: Any) -> int:  # fmt: skip
    with firm.session(who) as session:
        found = merge(session, entity(firm, code), kept, merged, **more)
        session.commit()
        return found.id


def take_back(firm: Firm, number: int, who: str = "director") -> Any:
    with firm.session(who) as session:
        done = unmerge(session, merge_of(session, number))
        session.commit()
        return done


def snapshot(firm: Firm) -> dict[str, list[Any]]:
    """Return all rows of all records but their versions and signatures."""
    silent = {"version", "updated_at", "updated_by_id"}
    found: dict[str, list[Any]] = {}
    with firm.session() as session:
        connection = session.connection()
        for one in firm.made.registry.entities.values():
            table = one.model.__table__
            columns = [c for c in table.columns if c.name not in silent]
            found[one.code] = [
                tuple(r) for r in connection.execute(select(*columns).order_by(table.c.id))
            ]
    return found


def person_at(firm: Firm, client: int, name: str = "Щукин Пётр") -> int:
    with firm.session() as session:
        person = add(session, firm, "contact", name=name, owner_id=firm.users["manager1"])
        add(session, firm, "employment", client_id=client, contact_id=person)
        session.commit()
    return person


@pytest.fixture
def firm(make: MakeFirm) -> Firm:
    return make(SALE, acme)


def test_everything_that_led_to_the_one_leads_to_the_other(firm: Firm) -> None:
    kept, merged = two(firm)
    for client, number in ((kept, "1"), (merged, "2")):
        everything(firm, client, person_at(firm, client), number)
    with firm.session() as session:
        add(session, firm, "acme_visit", client_id=merged, title="Визит")
        before = {(way.table.name, way.column): session.connection().scalar(
            select(func.count()).select_from(way.table).where(way.table.c[way.column].is_not(None)))
            for way in ways_to("client")}  # fmt: skip
        session.commit()
    make_one(firm, kept, merged)
    with firm.session() as session:
        for way in ways_to("client"):
            column = way.table.c[way.column]
            connection = session.connection()
            assert not connection.scalar(select(func.count()).where(column == merged)), way
            after = connection.scalar(select(func.count()).where(column.is_not(None)))
            assert after == before[way.table.name, way.column], way
        assert session.scalars(select(Visit.client_id)).all() == [kept]
        client = get(session, entity(firm), kept)
        assert (client.purchase_count, client.purchase_total, client.debt_total) == (
            2, Decimal("200.00"), Decimal("120.00"),
        )  # fmt: skip
        assert client.last_contact_at is not None
        assert totals.check(session.connection()) == []


def test_a_filled_value_wins_and_the_kept_one_first(firm: Firm) -> None:
    kept, merged = two(firm, acme_nickname="Ромка")
    make_one(firm, kept, merged)
    with firm.session("director") as session:
        client = get(session, entity(firm), kept)
        assert (client.name, client.industry, client.address) == ("ООО «Ромашка»", "Цветы", "Тула")
        assert (client.acme_nickname, client.acme_nickname_key) == ("Ромка", "ромка")


def test_a_person_chooses_whose_value_stays(firm: Firm) -> None:
    kept, merged = two(firm)
    make_one(firm, kept, merged, choice={"industry": "merged", "address": "kept"})
    with firm.session("director") as session:
        client = get(session, entity(firm), kept)
        assert (client.industry, client.address) == ("Розница", None)


def test_rows_that_say_the_same_become_one_and_keep_what_each_says(firm: Firm) -> None:
    kept, merged = two(firm)
    person = person_at(firm, kept)
    with firm.session() as session:
        add(session, firm, "employment", client_id=merged, contact_id=person, position="Закупщик")
        source = add(session, firm, "source", name="Выставка")
        for client in (kept, merged):
            add(session, firm, "client_source", client_id=client, source_id=source)
        add(session, firm, "contact_point", client_id=kept, kind="phone", value="+7 495 777-00-11",
            is_main=True, label="Офис")  # fmt: skip
        add(session, firm, "contact_point", client_id=merged, kind="phone", value="84957770011",
            is_main=True, label="Склад")  # fmt: skip
        add(session, firm, "contact_point", client_id=merged, kind="email", value="a@rom.example")
        session.commit()
    make_one(firm, kept, merged)
    with firm.session("director") as session:
        (job,) = session.scalars(select(Employment)).all()
        assert (job.client_id, job.position) == (kept, "Закупщик")
        assert len(session.scalars(select(ClientSource)).all()) == 1
        points = session.scalars(select(ContactPoint).order_by(ContactPoint.kind)).all()
        assert [(p.kind, p.client_id, p.label, p.is_main) for p in points] == [
            ("email", kept, None, False), ("phone", kept, "Офис; Склад", True),
        ]  # fmt: skip


def test_rows_that_contradict_each_other_both_stay(firm: Firm) -> None:
    kept, merged = two(firm)
    person = person_at(firm, kept)
    with firm.session() as session:
        job = session.scalars(select(Employment)).one()
        job.position = "Директор"
        add(session, firm, "employment", client_id=merged, contact_id=person, position="Закупщик",
            is_main=True)  # fmt: skip
        job.is_main = True
        session.commit()
    make_one(firm, kept, merged)
    with firm.session() as session:
        jobs = session.scalars(select(Employment).order_by(Employment.id)).all()
        assert [(j.position, j.is_main) for j in jobs] == [("Директор", True), ("Закупщик", False)]


def test_units_that_decide_become_one_with_members_and_relations(firm: Firm) -> None:
    kept, merged = two(firm)
    people = [person_at(firm, kept, name) for name in ("Анна", "Борис", "Вера")]
    with firm.session() as session:
        members: dict[tuple[int, int], int] = {}
        for client, some in ((kept, people[:2]), (merged, people)):
            unit = add(session, firm, "dmu", client_id=client, title="Закупки")
            for one in some:
                roles = {"client_id": client, "dmu_id": unit, "roles": ["decider"]}
                if client == merged:
                    roles["influence"] = 4
                members[client, one] = add(session, firm, "dmu_member", contact_id=one, **roles)
        for client in (kept, merged):
            mine = {"client_id": client, "member_id": members[client, people[0]]}
            add(session, firm, "dmu_relation", kind="reports_to",
                other_id=members[client, people[1]], **mine)  # fmt: skip
        add(session, firm, "dmu_relation", client_id=merged, kind="influences",
            member_id=members[merged, people[2]], other_id=members[merged, people[0]])  # fmt: skip
        session.commit()
    before = snapshot(firm)
    number = make_one(firm, kept, merged)
    with firm.session() as session:
        assert len(session.scalars(select(Dmu)).all()) == 1
        seats = session.scalars(select(DmuMember).order_by(DmuMember.contact_id)).all()
        assert [(s.contact_id, s.influence) for s in seats] == [(one, 4) for one in people]
        ties = session.execute(
            select(DmuRelation.kind, DmuRelation.member_id, DmuRelation.other_id)
            .order_by(DmuRelation.kind)
        ).all()  # fmt: skip
        assert [tuple(one) for one in ties] == [
            ("influences", members[merged, people[2]], members[kept, people[0]]),
            ("reports_to", members[kept, people[0]], members[kept, people[1]]),
        ]
    take_back(firm, number)
    assert snapshot(firm) == before


def test_nobody_recommends_themselves_after_a_merge(firm: Firm) -> None:
    kept, merged = two(firm)
    with firm.session() as session:
        source = add(session, firm, "source", name="Рекомендация")
        for one, other in ((kept, merged), (merged, kept)):
            add(session, firm, "client_source", client_id=one, source_id=source,
                recommended_by_id=other, note=f"От {other}")  # fmt: skip
        session.commit()
    before = snapshot(firm)
    number = make_one(firm, kept, merged)
    with firm.session() as session:
        rows = session.scalars(select(ClientSource)).all()
        assert {(row.client_id, row.recommended_by_id) for row in rows} == {(kept, None)}
    take_back(firm, number)
    assert snapshot(firm) == before


def test_undo_brings_back_every_row_as_it_was(firm: Firm) -> None:
    kept, merged = two(firm, ("manager1", "manager2"), acme_nickname="Ромка", important=True)
    for client, number in ((kept, "1"), (merged, "2")):
        everything(firm, client, person_at(firm, client), number)
    with firm.session() as session:
        add(session, firm, "acme_visit", client_id=merged, title="Визит")
        for client in (kept, merged):
            add(session, firm, "contact_point", client_id=client, kind="phone",
                value="+7 495 777-00-11", is_main=True)  # fmt: skip
        session.commit()
    before = snapshot(firm)
    number = make_one(firm, kept, merged)
    assert snapshot(firm) != before
    done = take_back(firm, number)
    assert (done.record_id, done.stays) == (merged, ())
    assert snapshot(firm) == before
    with firm.session() as session:
        assert totals.check(session.connection()) == []
    with firm.session() as session, pytest.raises(Rejected, match="already"):
        unmerge(session, merge_of(session, number))


def test_what_a_person_changed_since_the_merge_stays_and_is_named(firm: Firm) -> None:
    kept, merged = two(firm)
    everything(firm, merged, person_at(firm, merged), "2")
    number = make_one(firm, kept, merged)
    with firm.session("director") as session:
        update(session, entity(firm), get(session, entity(firm), kept), {"address": "Орёл"})
        session.delete(session.scalars(select(Activity)).one())
        add(session, firm, "task", client_id=kept, title="Новое", due_at="2027-02-03T10:00")
        session.commit()
    done = take_back(firm, number)
    assert done.stays == (
        "Address: changed since, it stays.", "Activities: 1 changed or deleted since.",
    )  # fmt: skip
    with firm.session("director") as session:
        assert get(session, entity(firm), kept).address == "Орёл"
        assert get(session, entity(firm), merged).address == "Тула"
        assert session.scalar(select(Task.client_id).where(Task.title == "Новое")) == kept
        assert session.scalars(select(Deal.client_id)).all() == [merged]


def test_open_tasks_and_rows_follow_the_manager_who_keeps_the_client(firm: Firm) -> None:
    kept, merged = two(firm, ("manager1", "manager3"))
    everything(firm, merged, person_at(firm, merged), "2")
    before = snapshot(firm)
    number = make_one(firm, kept, merged)
    with firm.session("manager1") as session:
        assert session.scalars(select(Deal.title)).all() == ["Сделка 2"]
        assert session.scalars(select(Task.title)).all() == ["Дело 2"]
    with firm.session("manager3") as session:
        assert session.scalars(select(Client.id)).all() == []
        assert session.scalars(select(Deal.id)).all() == []
    take_back(firm, number)
    assert snapshot(firm) == before


@pytest.mark.parametrize("who", ["manager1", "manager3", "curator2"])
def test_both_records_must_be_ones_the_person_may_change(firm: Firm, who: str) -> None:
    kept, merged = two(firm, ("manager1", "manager3"))
    with firm.session(who) as session, pytest.raises(NotAllowed):
        merge(session, entity(firm), kept, merged)


def test_a_record_changed_meanwhile_is_not_merged(firm: Firm) -> None:
    kept, merged = two(firm)
    with firm.session("director") as session, pytest.raises(EditConflict):
        merge(session, entity(firm), kept, merged, versions=(1, 7))
    with firm.session("director") as session, pytest.raises(Rejected, match="two different"):
        merge(session, entity(firm), kept, kept)


def test_contacts_become_one(firm: Firm) -> None:
    client, other = two(firm)
    one, two_ = person_at(firm, client), person_at(firm, other, "Пётр Щукин")
    everything(firm, other, two_, "2")
    with firm.session() as session:
        add(session, firm, "acme_visit", client_id=other, title="Визит", contact_id=two_)
        for person in (one, two_):
            add(
                session, firm, "contact_point", contact_id=person, kind="email", value="p@x.example"
            )
        add(session, firm, "consent", contact_id=two_, act="given", channel="email", way="paper",
            wording="Согласен")  # fmt: skip
        session.commit()
    before = snapshot(firm)
    number = make_one(firm, one, two_, code="contact", who="manager1")
    with firm.session("manager1") as session:
        assert session.scalars(select(Contact.id)).all() == [one]
        jobs = session.scalars(select(Employment.client_id).order_by(Employment.client_id)).all()
        assert jobs == [client, other]
        assert session.scalars(select(Visit.contact_id)).all() == [one]
        assert session.scalars(select(Consent.contact_id)).all() == [one]
        assert len(session.scalars(select(ContactPoint)).all()) == 1
    take_back(firm, number)
    assert snapshot(firm) == before


def test_statements_do_not_grow_with_what_leads_to_the_records(firm: Firm) -> None:
    counts: list[int] = []
    undone: list[int] = []
    for many in (3, 30):
        kept, merged = two(firm)
        with firm.session() as session:
            for place in range(many):
                for client in (kept, merged):
                    add(session, firm, "activity", client_id=client, kind="note",
                        subject=f"{place}", happened_at="2026-02-03T10:00")  # fmt: skip
                    add(session, firm, "contact_point", client_id=client, kind="email",
                        value=f"a{place}@x{kept}.example")  # fmt: skip
            session.commit()
        with firm.session("director") as session:
            with statements(session) as sent:
                number = merge(session, entity(firm), kept, merged).id
                session.commit()
            counts.append(len(sent))
            with statements(session) as sent:
                unmerge(session, merge_of(session, number))
                session.commit()
            undone.append(len(sent))
    assert counts[0] == counts[1]
    assert undone[0] == undone[1]
