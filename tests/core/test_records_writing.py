"""One way to write: what is typed is checked, two writers learn of each other, errors are plain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from acme_dummy import plugin as acme
from sqlalchemy import select, update as sql_update

from kartoteka.api import (
    Activity,
    Client,
    Contact,
    ContactPoint,
    EditConflict,
    Employment,
    Invalid,
    Product,
    Purchase,
    Rejected,
    Task,
    create,
    delete,
    get,
    update,
)
from kartoteka.testing import Firm
from tests.conftest import sale_plugin


def test_each_wrong_field_is_named(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        with pytest.raises(Invalid) as refused:
            create(
                session, entity,
                {"name": "x", "tax_id": "1", "colour": "red", "purchase_total": "5",
                 "website": "javascript:1", "region_id": "99", "size_class": "Z"},
            )  # fmt: skip
        assert set(refused.value.errors) == {
            "tax_id", "colour", "purchase_total", "website", "region_id", "size_class",
        }  # fmt: skip
        with pytest.raises(Invalid) as refused:
            create(session, entity, {})
        assert refused.value.errors == {"name": "Fill this in."}


def test_a_demanded_field_can_not_be_emptied(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        client = create(session, entity, {"name": "x", "kind": "", "important": ""})
        assert (client.kind, client.important) == ("organisation", False)
        with pytest.raises(Invalid, match=r"name: Fill this in\."):
            update(session, entity, client, {"name": "  "})


def test_a_form_sent_back_untouched_changes_nothing(firm: Firm) -> None:
    entity = firm.made.registry.entity("activity")
    exact = datetime(2026, 3, 1, 10, 20, 37, 123456, tzinfo=UTC)
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "x"})
        call = Activity(client_id=client.id, kind="call", happened_at=exact, text="a\r\nb\nc")
        session.add(call)
        session.commit()
        reading, version = session.info["reading"], call.version
        typed = {
            name: item.kind.edit(item.get(call), reading)
            for name, item in firm.made.registry.fields(entity).items()
            if not item.readonly
        }
        update(session, entity, call, typed, version=version)
        session.commit()
        assert (call.version, call.happened_at) == (version, exact)
        update(session, entity, call, {**typed, "happened_at": "2026-03-01T14:00"})
        session.commit()
        assert call.happened_at == datetime(2026, 3, 1, 11, 0, tzinfo=UTC)


def test_the_second_writer_is_shown_each_field(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        client = create(session, entity, {"name": "Base", "note": "base", "industry": "base"})
        session.commit()
        number, version = client.id, client.version
    with firm.session("assistant1") as session:
        update(session, entity, get(session, entity, number), {"name": "Theirs", "note": "same"},
               version=version)  # fmt: skip
        session.commit()
    with firm.session("manager1") as session:
        client = get(session, entity, number)
        with pytest.raises(EditConflict) as conflict:
            update(
                session, entity, client,
                {"name": "Mine", "note": "same", "industry": "mine"}, version=version,
                base={"name": "Base", "note": "base", "industry": "base"},
            )  # fmt: skip
        clashes = {c.name: (c.base, c.theirs, c.mine) for c in conflict.value.clashes}
        assert clashes == {
            "name": ("Base", "Theirs", "Mine"),
            "industry": ("base", "base", "mine"),
        }
        assert conflict.value.by == "Assistant1 Test"
        session.rollback()
        assert (client.name, client.industry) == ("Theirs", "base")
        update(session, entity, client, {"name": "Mine"}, version=conflict.value.version)
        session.commit()
        assert client.name == "Mine"


def test_of_two_who_save_at_the_same_moment_one_is_shown_the_other(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as first, firm.session("assistant1") as second:
        number = create(first, entity, {"name": "Base", "note": "base"}).id
        first.commit()
        second.rollback()
        mine, theirs = get(first, entity, number), get(second, entity, number)
        version = mine.version
        assert theirs.version == version
        update(first, entity, mine, {"name": "First"}, version=version)
        first.commit()
        with pytest.raises((EditConflict, Rejected)) as refused:
            update(second, entity, theirs, {"name": "Second"}, version=version,
                   base={"name": "Base"})  # fmt: skip
        if isinstance(refused.value, EditConflict):
            (clash,) = refused.value.clashes
            assert (clash.base, clash.theirs, clash.mine) == ("Base", "First", "Second")
        else:  # SQLite lets nobody write who has read before another wrote
            assert "at the same moment" in str(refused.value)
        second.rollback()
        assert get(second, entity, number).name == "First"


def test_a_bulk_change_is_a_change_that_editors_are_told_of(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        client = create(session, entity, {"name": "Base"})
        session.commit()
        version = client.version
        session.execute(sql_update(Client).values(note="bulk"))
        session.commit()
        with pytest.raises(EditConflict):
            update(session, entity, client, {"note": "mine"}, version=version)


def test_what_the_database_refuses_is_said_plainly(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("director") as session:
        create(session, entity("product"), {"name": "Tea", "code": "T1"})
        region = create(session, entity("region"), {"name": "North"})
        create(session, entity("region"), {"name": "Village", "parent_id": region.id})
        client = create(session, entity("client"), {"name": "x"})
        session.commit()
        with pytest.raises(Rejected, match=r"^Another record has this value already\.$") as taken:
            create(session, entity("product"), {"name": "Coffee", "code": "T1"})
        assert taken.value.field == "code"
        session.rollback()
        with pytest.raises(Rejected, match="Other records refer to this one"):
            delete(session, entity("region"), region)
        session.rollback()
        contact = create(session, entity("contact"), {"name": "Anna"})
        dmu = create(session, entity("dmu"), {"title": "d", "client_id": client.id})
        member = {"dmu_id": dmu.id, "contact_id": contact.id, "client_id": client.id,
                  "roles": "user"}  # fmt: skip
        create(session, entity("dmu_member"), member)
        session.commit()
        with pytest.raises(Rejected, match="There is such a record already"):
            create(session, entity("dmu_member"), member)
        session.rollback()
        with pytest.raises(Rejected, match="missing or not allowed"):
            create(session, entity("contact_point"), {"kind": "phone", "value": "+74951234567"})


def test_phones_are_kept_as_typed_and_normalised(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x"})
        typed = {"client_id": client.id, "kind": "phone", "value": "8 (495) 123-45-67 доб. 12"}
        point = create(session, entity("contact_point"), typed)
        assert (point.value, point.normalised) == (typed["value"], "+74951234567;ext=12")
        with pytest.raises(Rejected, match="is not a phone number"):
            create(session, entity("contact_point"), {**typed, "value": "later"})
        session.rollback()
        client = create(session, entity("client"), {"name": "x"})
        wrong = {"client_id": client.id, "kind": "phone", "value": "later", "is_valid": "no"}
        assert create(session, entity("contact_point"), wrong).value == "later"


def test_plugins_are_asked_and_what_they_change_follows_all_rules(
    make: Callable[..., Firm],
) -> None:
    firm = make(sale_plugin(), acme)
    entity = firm.made.registry.entity("client")
    acme.seen.clear()
    with firm.session("manager1") as session:
        with pytest.raises(Rejected, match="does not work with them"):
            create(session, entity, {"name": acme.FORBIDDEN})
        session.rollback()
        assert acme.seen == []
        client = create(session, entity, {"name": "Ромашка", "acme_nickname": "auto"})
        assert acme.seen == []
        session.commit()
        assert client.acme_nickname == "Ромашка Ё"
        assert client.acme_nickname_key == "ромашка е"
        saved: list[Any] = acme.seen
        assert [(event.entity, event.action) for event in saved] == [("client", "create")]
        with session.begin_nested() as savepoint:
            create(session, entity, {"name": "forgotten"})
            savepoint.rollback()
        session.commit()
        assert len(acme.seen) == 1


def adding_plugin() -> Any:
    """Return a plugin that adds a task to each new client and moves no rule aside."""
    from types import SimpleNamespace

    from kartoteka.api import PluginInfo, hookimpl, now

    @hookimpl
    def before_save(session: Any, change: Any) -> None:
        if change.entity == "contact" and not change.old:
            session.add(Task(title=f"Greet {change.record.name}", due_at=now()))

    info = PluginInfo(name="adding", title="Adding", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, before_save=before_save)


def test_a_record_that_a_plugin_adds_gets_owner_signature_and_history(
    make: Callable[..., Firm],
) -> None:
    firm = make(adding_plugin())
    with firm.session("manager1") as session:
        create(session, firm.made.registry.entity("contact"), {"name": "Anna"})
        session.commit()
        task = session.scalars(select(Task)).one()
        assert (task.owner_id, task.created_by_id) == (firm.users["manager1"],) * 2
        assert task.search_text == "greet anna"


def test_rows_follow_their_client_and_their_person(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x"})
        contact = create(session, entity("contact"), {"name": "Anna"})
        for holder in ({"client_id": client.id}, {"contact_id": contact.id}):
            values = {**holder, "kind": "email", "value": "a@example.com"}
            create(session, entity("contact_point"), values)
        bought = {"client_id": client.id, "bought_on": "01.02.2026", "amount": "5"}
        create(session, entity("purchase"), bought)
        create(session, entity("employment"), {"client_id": client.id, "contact_id": contact.id})
        due = {"client_id": client.id, "title": "t", "due_at": "2026-01-01 10:00"}
        create(session, entity("task"), due)
        session.commit()
        number = client.id
    heir = firm.users["manager3"]
    with firm.session("director") as session:
        client = get(session, entity("client"), number)
        update(session, entity("client"), client, {"owner_id": heir})
        session.commit()
        for model in (Client, Contact, ContactPoint, Purchase, Employment, Task):
            south = firm.departments["South"]
            rows = session.execute(select(model.owner_id, model.department_id)).all()
            assert set(rows) == {(heir, south)}, model


def test_the_currency_of_an_amount_is_never_left_open(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "x", "currency": "BGN"})
        bought = {"client_id": client.id, "bought_on": "01.02.2026", "amount": "5"}
        assert create(session, entity("purchase"), bought).amount_currency == "BGN"
        deal = {"client_id": client.id, "title": "d", "pipeline": "sale", "amount": "5"}
        assert create(session, entity("deal"), deal).amount_currency == "BGN"
    with firm.session("director") as session:
        product = create(session, entity("product"), {"name": "Tea", "price": "1"})
        assert product.price_currency == "RUB"
        assert session.scalars(select(Product.price_currency)).all() == ["RUB"]


def test_no_record_needs_flask(tmp_path: Path) -> None:
    """The services run in jobs and commands, where there is no request."""
    from flask import has_app_context

    assert not has_app_context()
