"""The history tells who, on behalf of whom, by which way, from what to what; of every path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from acme_dummy import plugin as acme
from sqlalchemy import delete as sql_delete, select, update as sql_update
from sqlalchemy.orm import Session

from kartoteka.api import (
    Activity,
    Change,
    Client,
    Contact,
    Deal,
    NotAllowed,
    Purchase,
    changes_of,
    create,
    delete,
    get,
    hand_over,
    move_deal,
    update,
)
from kartoteka.testing import Firm, statements
from tests.conftest import sale_plugin


def told(session: Session, entity: str, number: int) -> list[tuple[str, dict[str, Any]]]:
    """Return the acts on a record with their fields, oldest first."""
    return [(c.action, c.changes) for c in reversed(changes_of(session, entity, number))]


def test_what_happens_to_an_object_is_told_from_what_to_what(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1", way="api") as session:
        client = create(session, entity, {"name": "Один", "tax_id": "7707083893"})
        session.commit()
        update(session, entity, client, {"name": "Два", "tax_id": ""})
        session.commit()
        number = client.id
        first, second = told(session, "client", number)
        assert first[0] == "create"
        assert first[1]["name"] == [None, "Один"]
        assert first[1]["owner_id"] == [None, firm.users["manager1"]]
        assert second == ("update", {"name": ["Один", "Два"], "tax_id": ["7707083893", None]})
        newest = changes_of(session, "client", number)[0]
        assert (newest.user_id, newest.on_behalf_of_id) == (firm.users["manager1"], None)
        assert (newest.way, newest.batch) == ("api", None)
        delete(session, entity, client)
        session.commit()
    with firm.session("director") as session:
        gone = changes_of(session, "client", number)[0]
        assert (gone.action, gone.changes["name"]) == ("delete", ["Два", None])


def test_a_number_used_again_does_not_bring_the_old_history(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        old = create(session, entity, {"name": "Old"})
        session.commit()
        number = old.id
        delete(session, entity, old)
        session.commit()
        session.add(Client(id=number, name="New"))
        session.commit()
        ((action, changes),) = told(session, "client", number)
        assert (action, changes["name"]) == ("create", [None, "New"])


def test_nothing_is_told_when_nothing_changed_or_the_work_was_undone(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        client = create(session, entity, {"name": "x"})
        session.commit()
        version = client.version
        update(session, entity, client, {"name": "x", "note": ""})
        update(session, entity, client, {"name": "y"})
        session.rollback()
        client.name = "z"
        client.name = "x"
        session.commit()
        assert [action for action, _changes in told(session, "client", client.id)] == ["create"]
        assert client.version == version


def test_what_is_computed_is_not_history(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x"})
        session.commit()
        bought = {"client_id": client.id, "bought_on": "01.02.2026", "amount": "100", "paid": "1"}
        purchase = create(session, entity("purchase"), bought)
        session.add(Activity(client_id=client.id, kind="call", happened_at=client.created_at))
        session.commit()
        assert client.purchase_total == 100
        assert [action for action, _changes in told(session, "client", client.id)] == ["create"]
        ((_action, changes),) = told(session, "purchase", purchase.id)
        assert "debt" not in changes
        assert changes["amount"] == [None, "100.00"]


def test_the_assistant_signs_with_the_own_name_on_behalf_of_the_superior(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    boss, helper = firm.users["manager1"], firm.users["assistant1"]
    with firm.session("manager1") as session:
        theirs = create(session, entity, {"name": "x"}).id
        session.commit()
    with firm.session("assistant1") as session:
        update(session, entity, get(session, entity, theirs), {"name": "y"})
        own = create(session, entity, {"name": "z"}).id
        session.execute(sql_update(Client).where(Client.id == theirs).values(note="n"))
        session.commit()
        for change in changes_of(session, "client", theirs)[:2]:
            assert (change.user_id, change.on_behalf_of_id) == (helper, boss)
        (created,) = changes_of(session, "client", own)
        assert (created.user_id, created.on_behalf_of_id) == (helper, None)
        assert get(session, entity, theirs).updated_by_id == helper


def test_bulk_statements_tell_of_each_row(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        ids = [create(session, entity, {"name": name}).id for name in ("a", "b")]
        session.commit()
        session.execute(sql_update(Client).values({"industry": "Tea", Client.note: "n"}))
        session.execute(sql_update(Client).where(Client.name == "a"), {"note": "other"})
        session.commit()
        assert told(session, "client", ids[0])[1:] == [
            ("update", {"industry": [None, "Tea"], "note": [None, "n"]}),
            ("update", {"note": ["n", "other"]}),
        ]
        assert len(told(session, "client", ids[1])) == 2
        session.execute(sql_delete(Client).where(Client.name == "b"))
        session.commit()
    with firm.session("director") as session:
        assert told(session, "client", ids[1])[-1][0] == "delete"
        assert changes_of(session, "client", ids[1])[0].user_id == firm.users["manager1"]


def test_bulk_statements_keep_keys_search_and_signature(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        number = create(session, entity, {"name": "Старое"}).id
        session.commit()
    with firm.session("curator1") as session:
        session.execute(sql_update(Client).values(name="Новое Ё", region_id=None))
        session.commit()
        client = get(session, entity, number)
        assert (client.name_key, client.search_text) == ("новое е", "новое е")
        assert client.updated_by_id == firm.users["curator1"]


def test_a_handover_is_told_of_clients_people_and_tasks(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x"})
        contact = create(session, entity("contact"), {"name": "Anna"})
        create(session, entity("employment"), {"client_id": client.id, "contact_id": contact.id})
        deal = create(
            session, entity("deal"), {"client_id": client.id, "title": "d", "pipeline": "sale"}
        )
        task = create(
            session, entity("task"),
            {"title": "t", "client_id": client.id, "due_at": "2026-01-01 10:00"},
        )  # fmt: skip
        session.commit()
        numbers = {"client": client.id, "contact": contact.id, "task": task.id}
        deal_id = deal.id
    old, new = firm.users["manager1"], firm.users["manager2"]
    with firm.session("curator1") as session:
        with pytest.raises(NotAllowed):
            hand_over(session, [client.id], firm.users["manager3"])
        session.rollback()
        assert hand_over(session, [numbers["client"]], new, "on leave") == 1
        session.commit()
        for name, number in numbers.items():
            newest = changes_of(session, name, number)[0]
            assert newest.changes["owner_id"] == [old, new], name
            assert newest.user_id == firm.users["curator1"]
    with firm.session("manager2") as session:
        assert session.get(Deal, deal_id) is not None
        assert session.scalars(select(Contact.name)).all() == ["Anna"]
        activity = session.scalars(select(Activity)).one()
        assert (activity.kind, activity.text) == ("handover", "on leave")
    with firm.session("manager1") as session:
        for model in (Client, Contact, Deal, Activity):
            assert session.scalars(select(model)).all() == []


def test_a_move_of_a_deal_is_told(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x"})
        deal = create(
            session, entity("deal"), {"client_id": client.id, "title": "d", "pipeline": "sale"}
        )
        session.commit()
        move_deal(session, deal, "won")
        session.commit()
        assert told(session, "deal", deal.id)[-1][1]["stage"] == ["new", "won"]


def test_hidden_fields_and_foreign_records_stay_out_of_the_history(
    make: Callable[..., Firm],
) -> None:
    firm = make(sale_plugin(), acme)
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x"})
        visit = create(
            session, entity("acme_visit"), {"client_id": client.id, "title": "v", "marks": "3"}
        )
        session.commit()
        update(session, entity("acme_visit"), visit, {"marks": "5"})
        session.commit()
        number = visit.id
        assert len(changes_of(session, "acme_visit", number)) == 2
    with firm.session("assistant1") as session:
        (created,) = changes_of(session, "acme_visit", number)
        assert "marks" not in created.changes
    with firm.session("manager2") as session:
        assert changes_of(session, "acme_visit", number) == []
        with pytest.raises(NotAllowed):
            session.scalars(select(Change))


def test_the_history_itself_can_not_be_rewritten(firm: Firm) -> None:
    with firm.session("manager1") as session:
        create(session, firm.made.registry.entity("client"), {"name": "x"})
        session.commit()
        for statement in (sql_delete(Change), sql_update(Change).values(user_id=None)):
            with pytest.raises(NotAllowed):
                session.execute(statement)


def test_values_of_every_kind_are_told_in_plain_words(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x"})
        purchase = create(
            session, entity("purchase"),
            {"client_id": client.id, "bought_on": date(2026, 2, 1), "amount": "5.5"},
        )  # fmt: skip
        session.commit()
        session.execute(sql_update(Purchase).values(bought_on=date(2026, 2, 2), amount=7))
        session.commit()
        assert told(session, "purchase", purchase.id)[-1][1] == {
            "bought_on": ["2026-02-01", "2026-02-02"],
            "amount": ["5.50", "7.00"],
        }


def test_the_last_values_of_a_deleted_record_are_told_to_whoever_sees_all(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.commit()
        number = client.id
    director, manager = firm.browser("director"), firm.browser("manager1")
    assert manager.delete(f"/api/v1/client/{number}").status_code == 200

    told = director.get(f"/api/v1/client/{number}/history").get_json()["result"]
    assert told[0]["changes"]["name"] == {"from": "Ромашка", "to": None}
    page = director.get(f"/client/history/{number}")
    assert page.status_code == 200
    assert "Ромашка · deleted" in page.text
    assert manager.get(f"/api/v1/client/{number}/history").status_code == 404
    assert manager.get(f"/client/history/{number}").status_code == 403
    assert director.get("/api/v1/client/9999999999/history").status_code == 404
    assert director.get("/client/history/9999999999").status_code in (403, 404)


def test_what_goes_with_a_deleted_client_is_told_too(firm: Firm) -> None:
    registry = firm.made.registry
    with firm.session("manager1") as session:
        client = create(session, registry.entity("client"), {"name": "Один"})
        session.flush()
        bought = create(
            session, registry.entity("purchase"),
            {"client_id": client.id, "bought_on": "2026-01-05", "amount": "100"},
        )  # fmt: skip
        deal = create(
            session, registry.entity("deal"), {"client_id": client.id, "title": "Поставка"}
        )
        session.flush()
        task = create(
            session,
            registry.entity("task"),
            {"title": "Звонок", "deal_id": deal.id, "due_at": "2026-12-01T09:00:00+00:00"},
        )
        session.commit()
        numbers = client.id, bought.id, deal.id, task.id
    with firm.session("director") as session:
        delete(
            session, registry.entity("client"), get(session, registry.entity("client"), numbers[0])
        )
        session.commit()
        for entity, number, name in (
            ("purchase", numbers[1], "amount"), ("deal", numbers[2], "title"),
        ):  # fmt: skip
            action, changes = told(session, entity, number)[-1]
            assert action == "delete"
            assert changes[name][1] is None
            assert [act for act, _ in told(session, entity, number)].count("delete") == 1


def test_a_statement_that_deletes_clients_tells_what_goes_with_them(firm: Firm) -> None:
    registry = firm.made.registry
    with firm.session("director") as session:
        numbers: list[int] = []
        for name in ("Один", "Два"):
            client = create(session, registry.entity("client"), {"name": name})
            session.flush()
            deal = create(
                session, registry.entity("deal"), {"client_id": client.id, "title": f"{name} 1"}
            )
            session.flush()
            numbers.append(deal.id)
        session.commit()
        with statements(firm) as sent:
            session.execute(sql_delete(Client))
        asked = [text for text in sent if "FROM deal" in text]
        session.commit()
        assert len(asked) == 1, asked
        assert [told(session, "deal", number)[-1][0] for number in numbers] == ["delete"] * 2
