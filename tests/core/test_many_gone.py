"""Records deleted set-wise leave what `session.delete` and a flush would have left."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event as sa_event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kartoteka.api import (
    Change,
    Client,
    ClientCompetitor,
    Competitor,
    Consent,
    Contact,
    ContactPoint,
    NotAllowed,
    Product,
    Rejected,
    Source,
    create_many,
    delete_many,
    unscoped,
)
from kartoteka.db import search
from kartoteka.db.columns import delete_rows
from kartoteka.services.many_known import why_gone_by_objects
from kartoteka.testing import Firm, statements
from tests.conftest import MakeFirm
from tests.core.many_ways import (
    LISTENING,
    Objects,
    SetWise,
    Way,
    everything,
    heard,
    history_without_moments,
    some_columns,
    some_points,
    told,
)

COUNT = 24
MOMENTS = (
    ("deal", "stage_since"), ("deal", "opened_at"), ("stage_change", "moved_at"),
    ("dmu_member", "assessed_at"),
)  # fmt: skip


def _filled(firm: Firm, who: str, chance: random.Random) -> dict[str, list[int]]:
    """Write a bit of everything through objects; return the numbers by entity."""
    with firm.session() as system:
        source = system.scalar(select(Source.id).order_by(Source.id).limit(1))
    ids: dict[str, list[int]] = {}
    with firm.session(who) as session:
        owners = [firm.users["manager1"]] * COUNT

        def add(entity: str, points: Any = None, **given: Any) -> None:
            columns = some_columns(session, chance, entity, COUNT, **given)
            ids[entity] = Objects().create(session, entity, columns, points)

        def some(entity: str) -> list[int]:
            return [chance.choice(ids[entity]) for _ in range(COUNT)]

        add("client", some_points(chance, COUNT, 60), owner_id=owners, left_on=[None] * COUNT)
        add("contact", some_points(chance, COUNT, 40), owner_id=owners)
        moments = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(COUNT)]
        amounts = [Decimal(chance.randrange(-500, 5000)) / 4 for _ in range(COUNT)]
        none = [None] * COUNT
        add("employment", client_id=some("client"), contact_id=ids["contact"], until=none)
        add("client_source", client_id=some("client"), source_id=[source] * COUNT)
        add("purchase", client_id=some("client"), amount=amounts, paid=none)
        add("activity", client_id=some("client"), happened_at=moments)
        add("task", client_id=some("client"), owner_id=none, remind_at=none)
        add("contract", client_id=some("client"), starts_on=none)
        named = {"title": [f"Deal {n}" for n in range(COUNT)], "client_id": some("client")}
        ids["deal"] = Objects().create(session, "deal", named)
        ids["dmu"] = Objects().create(
            session, "dmu", {"client_id": ids["client"], "title": ["Who decides"] * COUNT}
        )
        ids["dmu_member"] = Objects().create(session, "dmu_member", {
            "dmu_id": ids["dmu"], "client_id": ids["client"], "contact_id": ids["contact"],
            "roles": [("decider",)] * COUNT,
        })  # fmt: skip
        ids["contact_point"] = list(session.scalars(select(ContactPoint.id)))
        session.commit()
    with firm.made.engine.begin() as connection:
        # The history would tell of moments that differ from one time to the next.
        for table, name in MOMENTS:
            connection.execute(text(f"UPDATE {table} SET {name} = '2025-01-01 00:00:00'"))
        connection.execute(text("DELETE FROM change"))
    heard.clear()
    told.clear()
    return ids


def _story(firm: Firm, way: Way, who: str, seed: int) -> None:
    chance = random.Random(seed)
    ids = _filled(firm, who, chance)
    with firm.session(who, "import") as session:
        session.info["actor"] = session.info["actor"].by("import", "batch-5")
        for entity in ("contact_point", "purchase", "activity", "employment", "task", "contract",
                       "client_source", "dmu_member", "deal", "contact", "client"):  # fmt: skip
            way.delete(session, entity, chance.sample(ids[entity], 8))
        session.commit()


@pytest.mark.parametrize(("who", "few"), [("director", 5), ("assistant1", 1000)])
def test_deleted_rows_leave_what_a_flush_leaves(
    make: MakeFirm, monkeypatch: pytest.MonkeyPatch, who: str, few: int
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    found: list[Any] = []
    for way in (Objects(), SetWise()):
        firm = make("wholesale", "funnel_colors", LISTENING)
        _story(firm, way, who, len(who))
        base = everything(firm)
        base["change"] = history_without_moments(base)
        base["heard"] = sorted(heard, key=repr)
        base["told"] = sorted(
            (one.entity, one.action, sorted(one.client_ids),
             # A statement for many clients gives numbers in any order.
             0 if one.entity == "funnel_colors_move" else one.record_id)
            for one in told
        )  # fmt: skip
        found.append(base)
    for name, rows in found[0].items():
        assert found[1][name] == rows, name
    gone = [row for row in found[0]["change"] if "'action': 'delete'" in row]
    # More than was asked for: what the database deletes with it is told of as well.
    assert len(gone) > 11 * 8
    assert found[0]["removal"] == []


def test_who_deleted_many_is_told_with_their_last_values(firm: Firm) -> None:
    with firm.session("manager1") as session:
        ids = create_many(session, "client", {"name": ["a", "b", "c"], "note": ["x", None, ""]})
        assert delete_many(session, "client", ids[:2]) == 2
        assert session.scalars(select(Client.id)).all() == ids[2:]
        with unscoped(session, "test"):
            rows = session.execute(
                select(Change.record_id, Change.changes, Change.user_id)
                .where(Change.action == "delete").order_by(Change.record_id)
            ).all()  # fmt: skip
        assert [(row[0], row[1]["name"], row[2]) for row in rows] == [
            (ids[0], ["a", None], firm.users["manager1"]),
            (ids[1], ["b", None], firm.users["manager1"]),
        ]
        assert rows[0][1]["note"] == ["x", None]
        assert "note" not in rows[1][1]


def test_objects_of_what_is_gone_leave_the_session(firm: Firm) -> None:
    with firm.session("manager1") as session:
        first, second = create_many(session, "client", {"name": ["a", "b"]})
        gone, there = session.get_one(Client, first), session.get_one(Client, second)
        gone.note = "waits to be written"
        delete_many(session, "client", [first])
        assert gone not in session
        assert there in session
        assert session.get(Client, first) is None


def test_nobody_deletes_what_they_do_not_see(firm: Firm) -> None:
    with firm.session("director") as session:
        owners = [firm.users["manager1"], firm.users["manager3"]]
        ids = create_many(session, "client", {"name": ["a", "b"], "owner_id": owners})
        session.commit()
    with firm.session("manager1") as session:
        with pytest.raises(NotAllowed, match=str(ids[1])):
            delete_many(session, "client", ids)
        with pytest.raises(NotAllowed, match="999999"):
            delete_many(session, "client", [ids[0], 999_999])
        assert session.scalars(select(Client.id)).all() == ids[:1]


def test_of_many_to_which_one_is_referred_none_is_deleted(firm: Firm) -> None:
    with firm.session("director") as session:
        (client,) = create_many(session, "client", {"name": ["a"]})
        ids = create_many(session, "competitor", {"name": ["x", "y", "z"]})
        session.add(ClientCompetitor(client_id=client, competitor_id=ids[1]))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            delete_many(session, "competitor", ids)
        assert len(session.scalars(select(Competitor.id)).all()) == 3
        with unscoped(session, "test"):
            assert session.scalars(select(Change).where(Change.action == "delete")).all() == []


def test_rows_that_are_another_version_stay(firm: Firm) -> None:
    with firm.session() as session:
        ids = create_many(session, "client", {"name": ["a", "b", "c"]})
        table: Any = Client.__table__
        assert delete_rows(session.connection(), table, ids, [1, 2, 1]) == 2
        assert session.scalars(select(Client.id)).all() == [ids[1]]
        session.rollback()


def test_classes_with_rules_of_their_own_are_deleted_through_objects(firm: Firm) -> None:
    with firm.session("director") as session:
        assert "product" in why_gone_by_objects(session, Product)
        ids = create_many(session, "product", {"name": ["a", "b"]})
        assert delete_many(session, "product", ids) == 2
        (person,) = create_many(session, "contact", {"name": ["Anna"]})
        session.add(Consent(contact_id=person, channel="email", purpose="marketing", act="given",
                            way="import", wording="Yes"))  # fmt: skip
        session.flush()
        with pytest.raises(Rejected, match="ledger of consents stays"):
            delete_many(session, "consent", list(session.scalars(select(Consent.id))))


def test_a_listener_nobody_knows_sees_each_deleted_object(firm: Firm) -> None:
    seen: list[str] = []

    def listen(session: Session, context: Any, instances: Any) -> None:
        seen.extend(type(record).__name__ for record in session.deleted)

    def see(mapper: Any, connection: Any, target: Any) -> None:
        seen.append(target.name)

    with firm.session("manager1") as session:
        ids = create_many(session, "client", {"name": ["a", "b"]})
        sa_event.listen(session, "before_flush", listen)
        assert "listen" in why_gone_by_objects(session, Client)
        delete_many(session, "client", ids)
    assert seen == ["Client", "Client"]
    with firm.session("manager1") as session:
        ids = create_many(session, "contact", {"name": ["Anna"]})
        sa_event.listen(Contact, "before_delete", see)
        try:
            assert "each object" in why_gone_by_objects(session, Contact)
            delete_many(session, "contact", ids)
        finally:
            sa_event.remove(Contact, "before_delete", see)
    assert seen[2:] == ["Anna"]


@pytest.mark.parametrize("entity", ["client", "contact_point"])
def test_the_number_of_statements_does_not_grow_with_the_rows(firm: Firm, entity: str) -> None:
    sent: list[int] = []
    with firm.session("manager1") as session:
        for count in (1200, 2400):
            ids = create_many(session, "client", {"name": ["щ"] * count}, points={
                "row": range(count), "value": ["+79123456789"] * count,
            })  # fmt: skip
            if entity == "contact_point":
                ids = list(session.scalars(select(ContactPoint.id)))
            with statements(session) as told_now:
                delete_many(session, entity, ids)
            sent.append(len(told_now))
    assert sent[0] == sent[1]
    assert sent[0] <= 30
