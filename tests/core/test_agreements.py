"""Values that contradict each other are refused on every way, at the field to mend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from kartoteka.api import (
    Client,
    Contact,
    Contract,
    Invalid,
    Purchase,
    Region,
    Rejected,
    create,
    update,
)
from kartoteka.fields.types import today
from kartoteka.models import NormSetting
from kartoteka.services import mass, totals
from kartoteka.services.import_file import open_table
from kartoteka.services.importing import import_table
from kartoteka.testing import Firm

CONTRADICTIONS: tuple[tuple[str, dict[str, str], dict[str, str], str], ...] = (
    ("contract", {"number": "1", "starts_on": "2026-05-01", "ends_on": "2026-05-01"},
     {"ends_on": "2026-04-30"}, "ends_on"),
    ("contract", {"number": "1", "starts_on": "2026-05-01", "ends_on": "2026-05-01"},
     {"starts_on": "2026-05-02"}, "starts_on"),
    ("purchase", {"bought_on": "2026-05-01", "amount": "100", "paid": "100"},
     {"paid": "100.01"}, "paid"),
    ("purchase", {"bought_on": "2026-05-01", "amount": "100", "paid": "100"},
     {"amount": "99"}, "amount"),
    ("purchase", {"bought_on": "2026-05-01", "amount": "100"}, {"paid": "-1"}, "paid"),
    ("purchase", {"bought_on": "2026-05-01", "amount": "-100", "paid": "-40"},
     {"paid": "-100.01"}, "paid"),
    ("task", {"title": "t", "due_at": "2026-05-01 10:00", "remind_at": "2026-05-01 10:00"},
     {"remind_at": "2026-05-01 10:01"}, "remind_at"),
    ("employment", {"since": "2026-05-01", "until": "2026-05-01"},
     {"until": "2026-04-30"}, "until"),
    ("region_note", {"section": "market", "title": "n", "written_on": "2026-05-01",
                     "review_by": "2026-05-01"}, {"review_by": "2026-04-30"}, "review_by"),
    ("norm_setting", {"norm": "n", "least": "2", "most": "2"}, {"least": "3"}, "least"),
)  # fmt: skip


def links(session: Session, code: str) -> dict[str, Any]:
    """Return what a record of an entity hangs on, newly made."""
    made: dict[str, Any] = {}
    rows: Mapping[str, Any] = {
        "client_id": Client(name="x", kind="organisation"), "contact_id": Contact(name="y"),
        "region_id": Region(name="z"),
    }  # fmt: skip
    wanted = {"employment": ("client_id", "contact_id"), "region_note": ("region_id",),
              "norm_setting": ()}.get(code, ("client_id",))  # fmt: skip
    for name in wanted:
        session.add(rows[name])
        session.flush()
        made[name] = rows[name].id
    return made


@pytest.mark.parametrize(
    ("code", "good", "bad", "field"), CONTRADICTIONS,
    ids=[f"{code}.{field}" for code, _good, _bad, field in CONTRADICTIONS],
)  # fmt: skip
def test_a_contradiction_is_refused_at_the_field_that_was_changed(
    firm: Firm, code: str, good: dict[str, str], bad: dict[str, str], field: str
) -> None:
    entity = firm.made.registry.entity(code)
    with firm.session() as session:
        own = links(session, code)
        if code == "norm_setting":
            session.add(record := NormSetting(norm="n", least=Decimal(2), most=Decimal(2)))
            session.flush()
        else:
            record = create(session, entity, {**own, **good})
        session.commit()
        with pytest.raises(Rejected) as refused:
            update(session, entity, record, bad)
        assert refused.value.field == field
        session.rollback()
        if code != "norm_setting":
            with pytest.raises(Rejected):
                create(session, entity, {**own, **good, **bad})


def test_a_return_is_a_purchase_below_zero(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session() as session:
        client = create(session, entity("client"), {"name": "x"})
        for amount, paid in (("1000", "400"), ("-200", "0"), ("-100", "-100")):
            bought = {"client_id": client.id, "bought_on": "2026-05-01"}
            create(session, entity("purchase"), {**bought, "amount": amount, "paid": paid})
        session.commit()
        assert client.purchase_total == Decimal(700)
        assert client.debt_total == Decimal(600)
        assert totals.check(session.connection()) == []


def test_what_was_wrong_before_does_not_stop_other_changes(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session() as session:
        client = create(session, entity("client"), {"name": "x"})
        contract = Contract(client_id=client.id, number="1", starts_on=date(2026, 5, 1))
        session.add(contract)
        session.commit()
        table: Any = Contract.__table__
        session.connection().execute(sql_update(table).values(ends_on=date(2026, 4, 1)))
        session.refresh(contract)
        update(session, entity("contract"), contract, {"note": "found in the archive"})
        session.commit()
        with pytest.raises(Rejected):
            update(session, entity("contract"), contract, {"ends_on": "2026-04-02"})
        session.rollback()
        update(session, entity("contract"), contract, {"ends_on": ""})
        session.commit()
        assert contract.ends_on is None


@pytest.mark.parametrize("who", ["director", "manager1"])
def test_a_statement_that_contradicts_is_undone(firm: Firm, who: str) -> None:
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "x"})
        for amount in (50, 100):
            session.add(Purchase(client_id=client.id, amount=Decimal(amount)))
        session.commit()
        number = client.id
    with firm.session(who) as session:
        with pytest.raises(Rejected, match="More is paid") as refused:
            session.execute(sql_update(Purchase).values(paid=Decimal(60)))
        session.execute(sql_update(Purchase).where(Purchase.amount < 60).values(paid=Decimal(40)))
        session.commit()
        assert refused.value.field == "paid"
    with firm.session() as session:
        assert sorted(p.paid for p in session.query(Purchase)) == [Decimal(0), Decimal(40)]
        assert session.get_one(Client, number).debt_total == Decimal(110)


def test_a_mass_action_leaves_those_it_would_contradict(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("director") as session:
        client = create(session, entity("client"), {"name": "x"})
        made = [
            create(session, entity("contract"),
                   {"client_id": client.id, "number": day, "starts_on": day})
            for day in ("2026-05-01", "2026-07-01")
        ]  # fmt: skip
        wish = {"field": "ends_on", "value": "2026-06-01"}
        outcome = mass.apply(session, entity("contract"), "set", wish, [c.id for c in made])
        session.commit()
    assert outcome.done == 1
    assert outcome.refused == {"A contract does not end before it begins.": 1}


def test_form_and_program_name_the_field(firm: Firm) -> None:
    with firm.session() as session:
        client = Client(name="x", kind="organisation", owner_id=firm.users["manager1"])
        session.add(client)
        session.commit()
        number = client.id
    sentence = "A contract does not end before it begins."
    values = {"client_id": number, "number": "1", "starts_on": "2026-05-01"}
    response = firm.program("manager1").post(
        "/api/v1/contract/", json={**values, "ends_on": "2026-04-01"}
    )
    assert (response.status_code, response.json["errors"]) == (422, {"ends_on": sentence})
    page = firm.browser("manager1").post(
        "/contract/add", data={**values, "ends_on": "2026-04-01", "renews_itself": ""}
    )
    assert page.status_code == 400
    block = re.search(r'name="ends_on".*?</div>', page.text, re.DOTALL)
    assert block
    assert sentence in block[0]
    with firm.session() as session:
        assert session.query(Contract).count() == 0


def test_an_import_names_the_row_and_its_column(firm: Firm, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    path.write_text(
        "number,client_id,starts_on,Конец\n"
        "1,Рассвет,2026-05-01,2026-04-01\n2,Рассвет,2026-05-01,2026-06-01\n",
        encoding="utf-8",
    )
    entity = firm.made.registry.entity
    with firm.session("director") as session:
        create(session, entity("client"), {"name": "Рассвет"})
        report = import_table(
            session, open_table(path), entity("contract"),
            columns=[("number", "number"), ("client_id", "client_id"),
                     ("starts_on", "starts_on"), ("Конец", "ends_on")],
        )  # fmt: skip
        session.commit()
        found = [(c.number, c.ends_on) for c in session.query(Contract)]
    assert (report.created, report.rejected) == (1, 1)
    (problem,) = report.problems
    assert (problem.row, problem.column) == (2, "Конец")
    assert problem.reason == "A contract does not end before it begins."
    assert found == [("2", date(2026, 6, 1))]


@pytest.mark.parametrize(
    ("code", "field", "away", "is_taken"),
    [("contact", "birthday", 2, False), ("contact", "birthday", 1, True),
     ("contact", "birthday", -50_000, False), ("indicator_value", "retrieved_on", 30, False),
     ("client", "left_on", 400, False), ("client_source", "seen_on", 400, False)],
)  # fmt: skip
def test_a_day_that_can_not_be_meant_is_refused(
    firm: Firm, code: str, field: str, away: int, is_taken: bool
) -> None:
    from kartoteka.services.records import read_values

    typed = {field: (today() + timedelta(days=away)).isoformat()}
    with firm.session() as session:
        entity = firm.made.registry.entity(code)
        if is_taken:
            read_values(session, entity, typed)
            return
        with pytest.raises(Invalid, match="Choose a day between 1900 and"):
            read_values(session, entity, typed)


def test_a_call_in_the_far_future_is_refused(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x"})
        call = {"client_id": client.id, "kind": "call"}
        with pytest.raises(Invalid, match="happened_at: Choose a day"):
            create(session, entity("activity"), {**call, "happened_at": "2206-01-01 10:00"})
        create(session, entity("activity"), {**call, "happened_at": "2026-01-01 10:00"})
