"""What hangs on a deal is of the client of the deal, and goes along to another client."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update as sql_update

from kartoteka.api import (
    Activity,
    Client,
    Contact,
    Deal,
    Dmu,
    DmuMember,
    DmuRelation,
    Purchase,
    Rejected,
    StageChange,
    Task,
    move_deal,
    update,
)
from kartoteka.history.log import changes_of
from kartoteka.services import dmu, totals
from kartoteka.services.employments import add_person
from kartoteka.services.import_file import open_table
from kartoteka.services.importing import import_table
from kartoteka.testing import Firm, statements

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def two_clients(firm: Firm, second: str = "manager2") -> dict[str, int]:
    """Return two clients of two managers; the first has a deal with everything that hangs on it."""
    with firm.session() as session:
        mine = Client(name="mine", kind="organisation", owner_id=firm.users["manager1"])
        other = Client(name="other", kind="organisation", owner_id=firm.users[second])
        person, boss, third = Contact(name="p"), Contact(name="q"), Contact(name="r")
        session.add_all([mine, other, person, boss, third])
        session.flush()
        deal = Deal(client_id=mine.id, title="d", amount=Decimal(5))
        foreign = Deal(client_id=other.id, title="f")
        session.add_all([deal, foreign])
        session.flush()
        move_deal(session, deal, "offer")
        seats = [
            dmu.seat(session, mine.id, one.id, deal_id=deal.id, roles=["user"])
            for one in (person, boss)
        ]
        theirs = dmu.seat(session, other.id, third.id, deal_id=foreign.id, roles=["user"])
        of_deal = {"client_id": mine.id, "deal_id": deal.id}
        made: dict[str, Any] = {
            "mine": mine, "other": other, "deal": deal, "foreign": foreign, "person": person,
            "unit": session.get_one(Dmu, seats[0].dmu_id), "member": seats[0], "boss": seats[1],
            "their_unit": session.get_one(Dmu, theirs.dmu_id), "theirs": theirs,
            "relation": DmuRelation(
                client_id=mine.id, member_id=seats[0].id, other_id=seats[1].id, kind="influences"
            ),
            "purchase": Purchase(**of_deal, amount=Decimal(100), paid=Decimal(40)),
            "activity": Activity(**of_deal, kind="call", happened_at=NOON),
            "task": Task(**of_deal, title="t", due_at=NOON, owner_id=firm.users["manager1"]),
            "helper": Task(**of_deal, title="h", due_at=NOON, owner_id=firm.users["curator1"]),
        }  # fmt: skip
        session.add_all(made.values())
        session.flush()
        session.commit()
        return {name: record.id for name, record in made.items()}


LINKS = (
    ("purchase", "purchase", {"deal_id": "foreign"}, "deal_id"),
    ("activity", "activity", {"deal_id": "foreign"}, "deal_id"),
    ("task", "task", {"deal_id": "foreign"}, "deal_id"),
    ("purchase", "purchase", {"client_id": "other"}, "client_id"),
    ("dmu", "unit", {"deal_id": "foreign"}, "deal_id"),
    ("dmu_member", "member", {"dmu_id": "their_unit"}, "dmu_id"),
    ("dmu_member", "member", {"client_id": "other"}, "client_id"),
    ("dmu_relation", "relation", {"other_id": "theirs"}, "other_id"),
)


@pytest.mark.parametrize(("code", "which", "change", "field"), LINKS)
def test_a_link_to_another_client_is_refused_on_every_way(
    firm: Firm, code: str, which: str, change: dict[str, str], field: str
) -> None:
    made = two_clients(firm)
    values = {name: made[target] for name, target in change.items()}
    response = firm.program("director").put(f"/api/v1/{code}/{made[which]}", json=values)
    assert response.status_code == 422
    (blamed,) = response.json["errors"].items()
    assert blamed[0] == field
    assert "belongs to another client. Choose one of the same client." in blamed[1]
    entity = firm.made.registry.entity(code)
    with firm.session() as session:
        record = session.get_one(entity.model, made[which])
        with pytest.raises(Rejected, match="belongs to another client") as refused:
            update(session, entity, record, values)
        assert refused.value.field == field
        session.rollback()
        statement = sql_update(entity.model).where(entity.model.id == made[which]).values(values)
        with pytest.raises(Rejected, match="belongs to another client"):
            session.execute(statement)


def test_a_new_record_does_not_link_two_clients(firm: Firm) -> None:
    made = two_clients(firm)
    program = firm.program("director")
    for code, values in (
        ("purchase", {"amount": "1", "bought_on": "2026-05-01", "deal_id": made["foreign"]}),
        ("activity", {"happened_at": "2026-05-01T10:00:00Z", "deal_id": made["foreign"]}),
        ("task", {"title": "t", "due_at": "2026-05-01T10:00:00Z", "deal_id": made["foreign"]}),
        ("dmu", {"title": "u", "deal_id": made["foreign"]}),
        (
            "dmu_member",
            {"dmu_id": made["their_unit"], "contact_id": made["person"], "roles": ["user"]},
        ),
    ):
        response = program.post(f"/api/v1/{code}/", json={**values, "client_id": made["mine"]})
        assert response.status_code == 422, code
        assert "belongs to another client" in str(response.json["errors"]), code


def test_nobody_stands_to_themselves(firm: Firm) -> None:
    made = two_clients(firm)
    response = firm.program("director").put(
        f"/api/v1/dmu_relation/{made['relation']}", json={"other_id": made["member"]}
    )
    assert response.status_code == 422
    assert response.json["errors"] == {
        "other_id": "Nobody stands to themselves. Choose somebody else."
    }


def test_an_import_names_the_row_with_the_deal_of_another_client(
    firm: Firm, tmp_path: Path
) -> None:
    made = two_clients(firm)
    path = tmp_path / "purchases.csv"
    path.write_text(
        f"client_id,deal_id,amount\nmine,{made['deal']},1\nmine,{made['foreign']},2\n"
        f"other,{made['foreign']},3\n",
        encoding="utf-8",
    )
    with firm.session("director") as session:
        report = import_table(session, open_table(path), firm.made.registry.entity("purchase"))
        session.commit()
    assert (report.created, report.rejected) == (2, 1)
    (problem,) = report.problems
    assert (problem.row, problem.column) == (3, "deal_id")
    assert "belongs to another client" in problem.reason


def everything_of(firm: Firm, made: dict[str, int], client: str, manager: str) -> None:
    """Check that all that hangs on the deal is of a client and its manager."""
    with firm.session() as session:
        for model, which in (
            (Dmu, "unit"), (DmuMember, "member"), (DmuMember, "boss"), (DmuRelation, "relation"),
            (Purchase, "purchase"), (Activity, "activity"), (Task, "task"),
        ):  # fmt: skip
            row: Any = session.get_one(model, made[which])
            assert (row.client_id, row.owner_id) == (made[client], firm.users[manager]), which
        assert session.get_one(Task, made["helper"]).client_id == made[client]
        assert session.get_one(Task, made["helper"]).owner_id == firm.users["curator1"]
        moves = session.scalars(select(StageChange).where(StageChange.deal_id == made["deal"]))
        assert {(m.client_id, m.owner_id) for m in moves} == {(made[client], firm.users[manager])}
        assert totals.check(session.connection()) == []


def test_a_deal_brings_along_what_hangs_on_it(firm: Firm) -> None:
    made = two_clients(firm)
    response = firm.program("curator1").put(
        f"/api/v1/deal/{made['deal']}", json={"client_id": made["other"]}
    )
    assert response.status_code == 200, response.json
    everything_of(firm, made, "other", "manager2")
    with firm.session() as session:
        mine, other = (session.get_one(Client, made[one]) for one in ("mine", "other"))
        assert (mine.purchase_count, mine.debt_total, mine.last_contact_at) == (0, 0, None)
        assert (other.purchase_count, other.debt_total) == (1, Decimal(60))
        assert other.last_contact_at == NOON
        told = changes_of(session, "purchase", made["purchase"])[0]
        assert told.changes == {"client_id": [made["mine"], made["other"]]}
        assert told.user_id == firm.users["curator1"]
    old, new = firm.program("manager1"), firm.program("manager2")
    for code in ("stage_change", "activity", "purchase", "dmu_member"):
        of_deal = [old.get(f"/api/v1/{code}/").json, new.get(f"/api/v1/{code}/").json]
        assert [bool(found["result"]) for found in of_deal] == [False, True], code
    page = firm.browser("manager2").get(f"/deal/show/{made['deal']}")
    assert "Offer sent" in page.text


def test_a_statement_brings_along_too(firm: Firm) -> None:
    made = two_clients(firm)
    with firm.session("director") as session:
        session.execute(
            sql_update(Deal).where(Deal.id == made["deal"]).values(client_id=made["other"])
        )
        session.commit()
    everything_of(firm, made, "other", "manager2")


def test_what_is_loaded_shows_its_new_client(firm: Firm) -> None:
    made = two_clients(firm)
    entity = firm.made.registry.entity("deal")
    with firm.session() as session:
        purchase = session.get_one(Purchase, made["purchase"])
        version = purchase.version
        deal = session.get_one(Deal, made["deal"])
        update(session, entity, deal, {"client_id": made["other"]})
        assert (purchase.client_id, purchase.version) == (made["other"], version + 1)
        purchase.note = "x"
        update(session, entity, deal, {"client_id": made["mine"]})
        session.commit()
    everything_of(firm, made, "mine", "manager1")


def test_many_rows_go_along_in_as_many_statements_as_few(firm: Firm) -> None:
    made = two_clients(firm)
    entity = firm.made.registry.entity("deal")
    counts: list[int] = []
    for more, taker in ((1, "other"), (50, "mine")):
        with firm.session() as session:
            deal = session.get_one(Deal, made["deal"])
            for number in range(more):
                session.add(
                    Purchase(client_id=deal.client_id, deal_id=deal.id, amount=Decimal(number + 1))
                )
            session.flush()
            with statements(firm) as found:
                update(session, entity, deal, {"client_id": made[taker]})
            counts.append(len(found))
            session.commit()
    assert counts[0] == counts[1]
    with firm.session() as session:
        assert session.scalar(select(func.count(Purchase.id))) == 52
        assert totals.check(session.connection()) == []


def test_a_deal_is_not_given_away_with_a_person_who_does_not_work_there(firm: Firm) -> None:
    made = two_clients(firm)
    with firm.session("manager1") as session:
        person = add_person(session, made["mine"], name="Анна")
        session.get_one(Deal, made["deal"]).contact_id = person.id
        session.commit()
    program = firm.program("curator1")
    path = f"/api/v1/deal/{made['deal']}"
    refused = program.put(path, json={"client_id": made["other"]})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["contact_id"])
    with firm.session("director") as session, pytest.raises(Rejected, match="does not work"):
        session.execute(
            sql_update(Deal).where(Deal.id == made["deal"]).values(client_id=made["other"])
        )
    given = program.put(path, json={"client_id": made["other"], "contact_id": None})
    assert given.status_code == 200, given.json


def test_no_client_recommends_itself(firm: Firm) -> None:
    made = two_clients(firm)
    program = firm.program("director")
    source = program.post("/api/v1/source/", json={"name": "Совет"}).json["id"]
    values = {"client_id": made["mine"], "source_id": source, "recommended_by_id": made["mine"]}
    refused = program.post("/api/v1/client_source/", json=values)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["recommended_by_id"])
