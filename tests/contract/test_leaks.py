"""Nobody sees, changes or points at a row that is not theirs, by any way in.

Every registered entity is walked, those of plugins too, without being told: a new entity is
covered from its first day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from acme_dummy import plugin as acme
from sqlalchemy import (
    bindparam,
    column,
    delete as sql_delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
    true,
    union,
    update as sql_update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import flag_modified

from kartoteka.access.scope import connection_of, narrowed
from kartoteka.api import (
    Filter,
    Invalid,
    NotAllowed,
    Query,
    Reference,
    Refused,
    Text,
    create,
    delete,
    fetch,
    get,
    labels,
    now,
    unscoped,
    update,
    visible_fields,
)
from kartoteka.models import Base, Change, Client, Region, Staff
from kartoteka.services.list_search import is_searchable
from kartoteka.testing import Firm
from tests.contract.every_row import ALONE, OWNERS, SEES, Rows, stored

ROLES = sorted(SEES)


def _ids_by(query: Callable[[Any], Any]) -> Callable[[Session, Any], set[int]]:
    return lambda session, model: set(session.scalars(query(model)))


READS: dict[str, Callable[[Session, Any], set[int]]] = {
    "select": _ids_by(lambda m: select(m.id)),
    "whole rows": lambda session, m: {record.id for record in session.scalars(select(m))},
    "legacy query": lambda session, m: {record.id for record in session.query(m)},
    "alias": _ids_by(lambda m: select(aliased(m).id)),
    "subquery": _ids_by(lambda m: select(select(m.id).subquery().c.id)),
    "CTE": _ids_by(lambda m: select(select(m.id).cte().c.id)),
    "union": _ids_by(lambda m: union(select(m.id), select(m.id))),
    "union inside": _ids_by(lambda m: select(union(select(m.id), select(m.id)).subquery().c.id)),
    "in": lambda session, m: set(session.scalars(select(m.id).where(m.id.in_(select(m.id))))),
    "narrowed, by the connection": lambda session, m: set(
        connection_of(session).scalars(narrowed(session, select(m.id)))
    ),
    "narrowed alias, by the connection": lambda session, m: set(
        connection_of(session).scalars(narrowed(session, select(aliased(m).id)))
    ),
    "aliased entity": lambda session, m: {r.id for r in session.scalars(select(aliased(m)))},
    "self join": lambda session, m: {
        row[0]
        for row in session.execute(
            (lambda a: select(a.id).select_from(m).join(a, a.id == m.id))(aliased(m))
        )
    },
    "join of another": lambda session, m: set(
        session.scalars(select(m.id).select_from(Staff).join(m, true()))
    ),
    "outer join": lambda session, m: (
        set(session.scalars(select(m.id).select_from(Staff).outerjoin(m, true()))) - {None}
    ),
    "exists": lambda session, m: {
        number
        for (number,) in session.execute(
            select(aliased(m).id).where(exists(select(m.id)))  # of an alias, with a subquery
        )
    },
}


@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
@pytest.mark.parametrize("who", ROLES)
def test_reads_by_every_form_of_statement(rows: Rows, who: str) -> None:
    with rows.firm.session(who) as session:
        for entity in rows.scoped:
            expected = rows.visible(entity.code, who)
            made = set(rows.ids[entity.code].values())
            for form, read in READS.items():
                assert read(session, entity.model) & made == expected, (entity.code, form)
            total = session.scalar(select(func.count(entity.model.id)))
            assert total == len(READS["select"](session, entity.model))
            foreign = rows.foreign(entity.code, who)
            told = session.scalar(select(func.count(Staff.id)).where(entity.model.id.in_(foreign)))
            assert told == 0, entity.code


@pytest.mark.parametrize("who", ROLES)
def test_lists_counts_filters_search_and_labels(rows: Rows, who: str) -> None:
    with rows.firm.session(who) as session:
        for entity in rows.scoped:
            expected = rows.visible(entity.code, who)
            made = set(rows.ids[entity.code].values())
            page = fetch(session, entity, Query(size=100))
            assert {record.id for record in page.records} & made == expected, entity.code
            assert page.total == len(page.records)
            for owner in OWNERS if is_searchable(session, entity) else ():
                found = fetch(session, entity, Query(search=f"zq{owner}zq", size=100))
                theirs = {rows.ids[entity.code][owner]} & expected
                assert {record.id for record in found.records} & made <= theirs, entity.code
            for name, item in visible_fields(session, entity).items():
                if item.filterable and "filled" in item.kind.operators:
                    filled = fetch(
                        session, entity, Query(filters=[Filter(field=name, op="filled")], size=100)
                    )
                    assert {record.id for record in filled.records} & made <= expected
            assert set(labels(session, entity.code, made)) == expected, entity.code


@pytest.mark.parametrize("who", ROLES)
def test_a_record_by_its_number(rows: Rows, who: str) -> None:
    with rows.firm.session(who) as session:
        for entity in rows.scoped:
            for number in rows.visible(entity.code, who):
                assert get(session, entity, number).id == number
            with unscoped(session, "as work for somebody else leaves them behind"):
                kept = list(session.scalars(select(entity.model)))
            for number in rows.foreign(entity.code, who):
                assert session.get(entity.model, number) is None, entity.code
                with pytest.raises(NotAllowed):
                    get(session, entity, number)
            assert len(kept) >= len(OWNERS)


@pytest.mark.parametrize("who", [who for who in ROLES if who != "director"])
def test_writing_a_foreign_row_is_refused(rows: Rows, who: str) -> None:
    with rows.firm.session(who) as session:
        for entity in rows.scoped:
            number = min(rows.foreign(entity.code, who))
            before = stored(session, entity.model)
            for act in (_change, _rewrite, _remove):
                with unscoped(session, "as work for somebody else leaves it behind"):
                    record = session.get(entity.model, number)
                with pytest.raises(Refused):
                    act(session, entity, record)
                session.rollback()
            model = entity.model
            session.execute(
                sql_update(model).where(model.id == number).values(created_at=now()),
            )
            session.execute(sql_delete(model).where(model.id == number))
            session.execute(
                sql_delete(model).where(model.id.in_(rows.foreign(entity.code, who))),
                execution_options={"synchronize_session": False},
            )
            assert stored(session, model) == before, entity.code
            session.rollback()


def _change(session: Session, entity: Any, record: Any) -> None:
    flag_modified(record, "created_at")
    record.created_at = now()
    session.flush()


def _rewrite(session: Session, entity: Any, record: Any) -> None:
    texts = [
        name for name, item in session.info["registry"].fields(entity).items()
        if isinstance(item.kind, Text) and not item.readonly
    ]  # fmt: skip
    if not texts:
        raise NotAllowed("nothing to write here")
    update(session, entity, record, {texts[0]: "hijacked"})


def _remove(session: Session, entity: Any, record: Any) -> None:
    delete(session, entity, record)


@pytest.mark.parametrize("who", [who for who in ROLES if who != "director"])
def test_linking_to_a_foreign_row_is_refused(rows: Rows, who: str) -> None:
    owner = who if who in OWNERS else min(SEES[who] & set(OWNERS))
    scoped = {entity.code for entity in rows.scoped}
    with rows.firm.session(who) as session:
        for entity in rows.registry.entities.values():
            for name, item in rows.registry.fields(entity).items():
                if not isinstance(item.kind, Reference) or item.kind.table not in scoped:
                    continue
                foreign = min(rows.foreign(item.kind.table, who))
                if not item.readonly:
                    with pytest.raises(Invalid) as refused:
                        create(session, entity, {name: str(foreign)})
                    assert name in refused.value.errors, (entity.code, name)
                    session.rollback()
                forged = rows.build(session, entity.code, owner, **{name: foreign})
                session.add(forged)
                with pytest.raises(Refused):
                    session.flush()
                session.rollback()
                mine = session.get(entity.model, rows.ids[entity.code][owner])
                if mine is None:
                    continue
                setattr(mine, name, foreign)
                with pytest.raises(Refused):
                    session.flush()
                session.rollback()
                bulk = sql_update(entity.model).where(entity.model.id == mine.id)
                before = stored(session, entity.model)
                with pytest.raises(Refused):
                    session.execute(bulk.values({name: foreign}))
                assert stored(session, entity.model) == before, (entity.code, name)
                session.rollback()


@pytest.mark.parametrize("who", ["manager2", "curator2"])
def test_giving_a_row_to_somebody_out_of_sight_is_refused(rows: Rows, who: str) -> None:
    stranger = rows.firm.users["manager1"]
    with rows.firm.session(who) as session:
        for entity in rows.scoped:
            if not hasattr(entity.model, "owner_id") or entity.code in ("contact",):
                continue
            mine = rows.visible(entity.code, who)
            if entity.code in ALONE and not mine:
                continue  # what people have alone, this person has none of
            record = session.get(entity.model, min(mine))
            record.owner_id = stranger
            try:
                session.flush()
            except Refused:
                session.rollback()
            else:  # the manager of such a row is that of its client; what was set is set right
                assert set(session.scalars(select(entity.model.id))) >= mine, entity.code
                session.rollback()


def test_statements_that_can_not_be_narrowed_are_refused(rows: Rows) -> None:
    core: Any = Client.__table__
    forms = {
        "text": text("SELECT name FROM client"),
        "columns of text": select(text("name")).select_from(text("client")),
        "literal column": select(literal_column("name")).select_from(table("client")),
        "light table": select(Staff.id, table("client", column("name")).c.name),
        "table": select(core),
        "column": select(core.c.name),
        "count of a table": select(func.count()).select_from(core),
        "alias of a table": select(core.alias().c.name),
        "class and table": select(Staff.id, core.c.name),
        "join with a table": select(Staff.id).join(core, true()),
        "outer join with a table": select(Region.id, core.alias().c.name).join(
            core.alias(), true()
        ),
        "exists": select(exists(select(core.c.id))),
        "scalar": select(select(func.max(core.c.name)).scalar_subquery()),
        "where": select(Staff.id).where(exists(select(core.c.id).where(core.c.name == "a"))),
        "text in where": select(Staff.id).where(text("EXISTS (SELECT 1 FROM client)")),
        "CTE": select(select(core.c.name).cte().c.name),
        "union": union(select(core.c.name), select(Region.name)),
        "search index": select(literal_column("rowid")).select_from(table("client_search")),
        "class from text": select(Client).from_statement(text("SELECT * FROM client")),
        "class from table": select(Client).from_statement(select(core)),
        "insert": insert(Client).values(name="x"),
        "insert many": insert(Client),
        "core insert": core.insert().values(name="x"),
        "core update": core.update().values(name="x"),
        "core delete": core.delete(),
        "update with a table": sql_update(Client).values(
            note=select(func.max(core.c.name)).scalar_subquery()
        ),
        "update where a table": sql_update(Client)
        .where(Client.id == core.alias().c.id)
        .values(note=""),
        "insert from select": insert(Region).from_select(["name"], select(core.c.name)),
        "history": select(Change.changes),
        "literal with exists": select(literal(1)).where(exists(select(core.c.id))),
    }
    with rows.firm.session("manager1") as session:
        let_through: list[str] = []
        for name, statement in forms.items():
            many = [{"name": "x"}, {"name": "y"}] if name == "insert many" else None
            try:
                session.execute(statement, many)
            except NotAllowed:
                pass
            else:
                let_through.append(name)
            session.rollback()
        with pytest.raises(NotAllowed):
            session.execute(
                sql_update(Client).where(Client.id == bindparam("key")), [{"key": 1, "id": 1}]
            )
        for bulk in ("bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"):
            with pytest.raises(NotAllowed):
                getattr(session, bulk)(Client, [{"name": "x"}])
        with pytest.raises(NotAllowed):
            session.connection().execute(text("SELECT name FROM client"))
        with unscoped(session, "a reason that is written down"):
            assert session.connection().execute(text("SELECT count(*) FROM client")).scalar_one()
        assert let_through == []


def test_a_session_without_an_actor_shows_no_record(rows: Rows) -> None:
    from kartoteka.errors import NoActor

    with rows.firm.made.sessions() as session:
        for entity in rows.registry.entities.values():
            with pytest.raises(NoActor):
                session.scalars(select(entity.model))
        for mapper in Base.registry.mappers:
            with pytest.raises(NoActor):
                session.execute(select(mapper.local_table))


def test_a_plugin_narrows_and_never_widens(rows: Rows) -> None:
    with rows.firm.session() as session:
        secret = rows.build(session, "client", "manager1")
        secret.name, secret.owner_id = acme.SECRET_WORD, rows.firm.users["manager1"]
        session.add(secret)
        session.commit()
        number = secret.id
    for who in ROLES:
        with rows.firm.session(who) as session:
            seen = set(session.scalars(select(Client.id)))
            expected = rows.visible("client", who)
            assert seen == (expected | {number} if who == "director" else expected)
            if who == "manager1":
                activity = rows.build(session, "activity", "manager1", client_id=number)
                session.add(activity)
                with pytest.raises(NotAllowed):
                    session.flush()


def test_a_hidden_field_does_not_exist_for_the_role(rows: Rows) -> None:
    entity = rows.registry.entity("acme_visit")
    number = rows.ids["acme_visit"]["manager1"]
    with rows.firm.session("assistant1") as session:
        visit = get(session, entity, number)
        for query in (
            Query(order="marks"),
            Query(filters=[Filter(field="marks", op="eq", value="1")]),
        ):
            with pytest.raises(Invalid):
                fetch(session, entity, query)
        with pytest.raises(Invalid, match="no such field"):
            update(session, entity, visit, {"marks": "5"})
    with rows.firm.session("manager1") as session:
        update(session, entity, get(session, entity, number), {"marks": "5"})
        session.commit()


def test_a_curator_sees_the_records_of_an_assistant_in_another_department(firm: Firm) -> None:
    client = firm.made.registry.entity("client")
    with firm.session() as session:
        helper = session.get_one(Staff, firm.users["assistant1"])
        helper.superior_id, helper.department_id = (
            firm.users["curator1"], firm.departments["South"],
        )  # fmt: skip
        session.commit()
    with firm.session("assistant1") as session:
        number = create(session, client, {"name": "Of the assistant"}).id
        session.commit()
    seen: dict[str, bool] = {}
    for who in ("curator1", "curator2", "manager1", "director"):
        with firm.session(who) as session:
            seen[who] = session.get(client.model, number) is not None
    assert seen == {"curator1": True, "curator2": True, "manager1": False, "director": True}
