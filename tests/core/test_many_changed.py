"""Records changed set-wise are those that `setattr` and a flush would have left."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update as sql_update
from sqlalchemy.orm.exc import StaleDataError

from kartoteka.api import Client, Contact, create_many, registry_of, unscoped, update_many
from kartoteka.services import many_changed
from kartoteka.services.many import why_not_set_wise
from kartoteka.testing import Firm, statements
from tests.conftest import MakeFirm
from tests.core.many_ways import LISTENING, Objects, SetWise, Way, everything, heard, some_columns

FIELDS = {
    "client": ["name", "tax_id", "website", "note", "size_class", "important",
               "wholesale_min_order", "wholesale_floor_area", "wholesale_outlets", "industry"],
    "contact": ["name", "birthday", "note"],
    "employment": ["position", "unit", "since"],
    "contract": ["number", "amount", "ends_on", "renews_itself"],
}  # fmt: skip


def _story(firm: Firm, way: Way, who: str, seed: int) -> None:
    chance = random.Random(seed)
    count = 130
    with firm.session(who) as session:
        clients = Objects().create(
            session, "client",
            some_columns(session, chance, "client", count, left_on=[None] * count,
                         owner_id=[firm.users["manager1"]] * count),
        )  # fmt: skip
        people = Objects().create(
            session, "contact",
            some_columns(session, chance, "contact", count,
                         owner_id=[firm.users["manager1"]] * count),
        )  # fmt: skip
        ids = {"client": clients, "contact": people}
        for entity, more in (
            ("employment", {"contact_id": people, "until": [None] * count}),
            ("contract", {"starts_on": [None] * count}),
        ):
            some = some_columns(session, chance, entity, count, client_id=clients, **more)
            ids[entity] = Objects().create(session, entity, some)
        session.commit()
    with firm.session(who, "import") as session:
        session.info["actor"] = session.info["actor"].by("import", "batch-9")
        for entity, names in FIELDS.items():
            numbers = ids[entity]
            columns = {
                name: values
                for name, values in some_columns(session, chance, entity, count).items()
                if name in names
            }
            model = registry_of(session).entity(entity).model
            # Half of the rows hold most of these values already.
            for row in range(0, count, 2):
                record = session.get_one(model, numbers[row])
                for name in list(columns)[:-1]:
                    columns[name][row] = getattr(record, name)
            assert why_not_set_wise(session, entity, columns) == ""
            way.update(session, entity, numbers, columns)
        session.commit()


@pytest.mark.parametrize("who", ["director", "manager1", "assistant1"])
def test_changed_rows_are_those_of_a_flush(make: MakeFirm, who: str) -> None:
    found: list[Any] = []
    for way in (Objects(), SetWise()):
        heard.clear()
        firm = make("wholesale", "funnel_colors", LISTENING)
        _story(firm, way, who, len(who))
        base = everything(firm)
        base["heard"] = sorted(heard, key=repr)
        found.append(base)
    for name, rows in found[0].items():
        assert found[1][name] == rows, name


def test_what_stays_is_not_counted(firm: Firm) -> None:
    with firm.session("manager1") as session:
        ids = create_many(session, "client", {"name": ["a", "b"], "note": ["x", None]})
        assert update_many(session, "client", ids, {"note": ["x", "y"]}) == 1
        versions = session.scalars(select(Client.version).order_by(Client.id)).all()
        assert versions == [1, 2]
        assert update_many(session, "client", ids, {"note": ["x", "y"]}) == 0


def test_objects_of_the_session_are_read_again(firm: Firm) -> None:
    with firm.session("manager1") as session:
        (number,) = create_many(session, "client", {"name": ["a"]})
        client = session.get_one(Client, number)
        update_many(session, "client", [number], {"name": ["ё"]})
        assert (client.name, client.name_key, client.version) == ("ё", "е", 2)


def test_what_more_hangs_on_goes_through_objects(firm: Firm) -> None:
    with firm.session("director") as session:
        (number,) = create_many(session, "client", {"name": ["a"]})
        create_many(session, "purchase", {"client_id": [number], "amount": [5]})
        assert "owner_id" in why_not_set_wise(session, "client", ["owner_id"])
        update_many(session, "client", [number], {"owner_id": [firm.users["manager1"]]})
        client = session.get_one(Client, number)
        assert client.department_id == firm.departments["North"]


def test_a_row_that_somebody_else_changed_is_not_overwritten(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    with firm.session("manager1") as session:
        ids = create_many(session, "contact", {"name": ["a", "b"]})
        session.commit()
        kept = many_changed.derive_changed
        table: Any = Contact.__table__

        def meanwhile(*given: Any) -> None:
            kept(*given)
            with unscoped(session, "somebody else"):
                session.execute(sql_update(table).where(table.c.id == ids[0]).values(version=7))

        monkeypatch.setattr(many_changed, "derive_changed", meanwhile)
        with pytest.raises(StaleDataError):
            update_many(session, "contact", ids, {"note": ["x", "y"]})


def test_the_number_of_statements_does_not_grow_with_the_rows(firm: Firm) -> None:
    sent: list[int] = []
    with firm.session("manager1") as session:
        for count in (1200, 4800):
            ids = create_many(session, "client", {"name": ["ё"] * count})
            with statements(session) as told:
                update_many(session, "client", ids, {"name": [f"щ{n}" for n in ids]})
            sent.append(len(told))
    assert sent[0] == sent[1]
    assert sent[0] <= 15


def test_a_client_leaves_with_a_reason(firm: Firm) -> None:
    with firm.session("manager1") as session:
        ids = create_many(session, "client", {"name": ["a"]})
        with pytest.raises(Exception, match="Say why the client left"):
            update_many(session, "client", ids, {"left_on": [date(2025, 1, 1)]})
