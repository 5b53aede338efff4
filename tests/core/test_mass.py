"""One thing is done with many records by the rules of single ones, and can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.access.scope import unscoped
from kartoteka.api import (
    Action,
    Client,
    Invalid,
    NotAllowed,
    Permission,
    PluginError,
    PluginInfo,
    Rejected,
    StartedJob,
    Task,
    hookimpl,
    start_job,
)
from kartoteka.jobs.executor import Executor
from kartoteka.models.change import Change
from kartoteka.services import mass
from kartoteka.testing import Firm, statements
from tests.conftest import sale_plugin
from tests.core.long_work import LEASE

SET = {"entity": "client", "act": "set"}
CHANGED = {"Somebody has changed it since.": 1}


def add(firm: Firm, *names: str, who: str = "manager1", **values: Any) -> list[int]:
    with firm.session() as session:
        made = [Client(name=name, owner_id=firm.users[who], **values) for name in names]
        session.add_all(made)
        session.commit()
        return [record.id for record in made]


def run(firm: Firm, code: str, who: str, **arguments: Any) -> StartedJob:
    with firm.session(who) as session:
        session.bind = firm.made.engine.execution_options(writes=True)
        number = start_job(session, code, arguments).id
        session.commit()
    Executor(firm.app, "test", LEASE).work()
    with firm.session() as session:
        row = session.get_one(StartedJob, number)
        session.expunge(row)
    assert row.state == "done", row.error
    return row


def industries(firm: Firm) -> dict[str, str | None]:
    with firm.session() as session:
        rows = session.execute(select(Client.name, Client.industry))
        return {row[0]: row[1] for row in rows}


def test_one_that_refuses_does_not_cost_a_statement_for_each_of_the_others(firm: Firm) -> None:
    tried: list[int] = []
    said: dict[int, str] = {}

    def act(some: Sequence[int]) -> None:
        tried.append(len(some))
        if not {37, 90}.isdisjoint(some):
            raise Rejected("Not this one.")

    with firm.session() as session:
        outcome = mass.all_or_each(session, range(200), act, said.__setitem__)
    assert (outcome.done, outcome.refused) == (198, {"Not this one.": 2})
    assert [number for number, why in said.items() if why] == [37, 90]
    assert list(said) == list(range(200))
    assert len(tried) < 40


def test_a_field_is_set_for_the_whole_filter_and_taken_back(firm: Firm, monkeypatch: Any) -> None:
    monkeypatch.setattr(mass, "CHUNK", 2)
    add(firm, "A", "B", "C", industry="toys")
    add(firm, "D", industry="food")
    add(firm, "Foreign", who="manager3", industry="toys")
    chosen = {"filters": [["industry", "eq", "toys"]]}
    job = run(firm, "core.mass", "manager1", **SET, selection=chosen,
              values={"field": "industry", "value": "games"})  # fmt: skip
    assert job.result == {"done": 3, "same": 0, "refused": {}, "left": {}}
    assert industries(firm) == {
        "A": "games", "B": "games", "C": "games", "D": "food", "Foreign": "toys",
    }  # fmt: skip
    with firm.session() as session, unscoped(session, "test"):
        found = session.scalars(select(Change).where(Change.batch == mass.batch_of(job))).all()
        assert [(c.changes, c.user_id, c.way) for c in found] == [
            ({"industry": ["toys", "games"]}, firm.users["manager1"], "job")
        ] * 3
        client = session.scalars(select(Client).where(Client.name == "B")).one()
        client.industry = "sports"  # somebody works on it since
        session.commit()
    back = run(firm, "core.undo_mass", "manager1", job=job.id)
    assert back.result == {"done": 2, "same": 1, "refused": {}, "left": CHANGED}
    assert industries(firm)["A"] == "toys"
    assert industries(firm)["B"] == "sports"


def test_ticked_rows_out_of_sight_are_not_touched(firm: Firm) -> None:
    ids = add(firm, "Mine") + add(firm, "Theirs", who="manager3")
    job = run(firm, "core.mass", "manager1", **SET, selection={"ids": ids},
              values={"field": "industry", "value": "x"})  # fmt: skip
    assert job.result is not None
    assert job.result["done"] == 1
    assert industries(firm)["Theirs"] is None


def test_a_record_that_refuses_is_left_and_its_reason_is_told(make: Any) -> None:
    from acme_dummy import plugin as acme

    firm = make(acme)
    ids = add(firm, "Fine", "Later forbidden")
    with firm.session() as session:
        session.connection().exec_driver_sql(
            f"UPDATE client SET name = '{acme.FORBIDDEN}' WHERE id = {ids[1]}"
        )
        session.commit()
    job = run(firm, "core.mass", "manager1", **SET,
              values={"field": "industry", "value": "x"})  # fmt: skip
    assert job.result == {
        "done": 1, "same": 0, "left": {}, "refused": {"Acme does not work with them.": 1},
    }  # fmt: skip
    assert "Acme does not work with them." in str(job.result_words)


@pytest.mark.parametrize(
    "values",
    [
        {"field": "no_such", "value": 1}, {"field": "name", "value": "x"},
        {"field": "owner_id", "value": 1}, {"field": "purchase_count", "value": 1},
        {"field": "size_class", "value": "Z"}, {"field": "region_id", "value": 999},
        {"field": "kind", "value": ""}, {},
    ],
)  # fmt: skip
def test_a_value_that_does_not_pass_is_refused_before_anything_is_done(
    firm: Firm, values: dict[str, Any]
) -> None:
    with firm.session("manager1") as session, pytest.raises(Invalid):
        start_job(session, "core.mass", {**SET, "values": values})


def test_tasks_are_given_to_each_clients_manager_and_taken_back(firm: Firm) -> None:
    add(firm, "A", "B")
    add(firm, "C", who="manager2")
    job = run(firm, "core.mass", "curator1", entity="client", act="task",
              values={"title": "Congratulate", "due_at": "2026-12-31T10:00"})  # fmt: skip
    with firm.session() as session:
        owners = session.scalars(select(Task.owner_id).order_by(Task.client_id)).all()
        assert list(owners) == [firm.users[who] for who in ("manager1", "manager1", "manager2")]
        session.scalars(select(Task)).first().note = "begun"  # pyright: ignore[reportOptionalMemberAccess]
        session.commit()
    back = run(firm, "core.undo_mass", "curator1", job=job.id)
    assert back.result == {"done": 2, "same": 1, "refused": {}, "left": CHANGED}
    with firm.session("manager1") as session, pytest.raises(Invalid):
        start_job(session, "core.mass", {"entity": "client", "act": "task", "values": {}})


def test_clients_are_handed_over_and_back(firm: Firm) -> None:
    add(firm, "A", "B")
    values = {"owner_id": firm.users["manager2"]}
    job = run(firm, "core.mass", "curator1", entity="client", act="hand_over", values=values)
    assert job.result is not None
    assert job.result["done"] == 2
    with firm.session("manager1") as session, pytest.raises(NotAllowed):
        start_job(session, "core.mass", {"entity": "client", "act": "hand_over", "values": values})
    run(firm, "core.undo_mass", "curator1", job=job.id)
    with firm.session() as session:
        assert set(session.scalars(select(Client.owner_id))) == {firm.users["manager1"]}


def test_nobody_takes_back_what_is_not_theirs(firm: Firm) -> None:
    add(firm, "A")
    job = run(firm, "core.mass", "manager1", **SET,
              values={"field": "industry", "value": "x"})  # fmt: skip
    for number in (job.id, 0, 10**6):
        with firm.session("manager3") as session, pytest.raises(NotAllowed):
            start_job(session, "core.undo_mass", {"job": number})


def test_a_chunk_asks_the_same_however_many_records(firm: Firm) -> None:
    ids = add(firm, *(f"C{n}" for n in range(60)))
    counts: list[int] = []
    for some, value in ((ids[:2], "a"), (ids, "b")):
        with firm.session("manager1") as session:
            entity = firm.made.registry.entity("client")
            values = {"field": "industry", "value": value}
            with statements(firm) as sent:
                assert mass.apply(session, entity, "set", values, some).done == len(some)
        # Each record has its UPDATE: versions.
        counts.append(len([text for text in sent if text.startswith("SELECT")]))
    assert counts[1] == counts[0], counts


def many_plugin(calls: list[list[str]]) -> Any:
    """Return a plugin with a mass action that needs a right, and a button that is none."""

    def flag(session: Any, found: Any) -> str:
        calls.append([record.name for record in found])
        for record in found:
            if record.name == "Never":
                raise Rejected("Never is never flagged.")
            record.important = True
        return "Flagged"

    return SimpleNamespace(
        PLUGIN=PluginInfo(name="many", title="Many", version="1", requires_core=">=0.1,<1"),
        permissions=hookimpl(
            lambda: [Permission(code="many_flag", title="Flags", roles=("curator", "director"))]
        ),
        actions=hookimpl(
            lambda: [
                Action(code="many.flag", title="Flag them all", run=flag, many=True,
                       permission="many_flag", confirm="They will be flagged."),
                Action(code="many.one", title="Flag one", run=flag),
            ]
        ),
    )  # fmt: skip


def flagged(firm: Firm) -> set[str]:
    with firm.session() as session:
        return set(session.scalars(select(Client.name).where(Client.important)))


def test_a_plugin_brings_its_own_mass_action(make: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(mass, "CHUNK", 3)
    calls: list[list[str]] = []
    firm = make(sale_plugin(), many_plugin(calls))
    add(firm, "A", "B", "C", "Never", "D")
    add(firm, "Foreign", who="manager3")
    browser = firm.browser("curator1")
    asked = browser.get("/client/change").text
    assert "Flag them all" in asked
    assert "Flag one" not in asked
    page = browser.get("/client/change?act=action:many.flag").text
    assert "They will be flagged." in page
    answer = browser.post("/client/change", data={"act": "action:many.flag"})
    assert answer.status_code == 302
    Executor(firm.app, "test", LEASE).work()

    assert calls == [["A", "B", "C"], ["Never", "D"], ["Never"], ["D"]]
    assert flagged(firm) == {"A", "B", "C", "D"}
    number = int(answer.location.rsplit("/", 1)[1])
    shown = browser.get(f"/job/show/{number}").text
    assert "Never is never flagged." in shown
    back = run(firm, "core.undo_mass", "curator1", job=number)
    assert back.result == {"done": 4, "same": 0, "refused": {}, "left": {}}
    assert flagged(firm) == set()


def test_a_mass_action_of_a_plugin_asks_for_its_right_by_every_way(make: Any) -> None:
    calls: list[list[str]] = []
    firm = make(sale_plugin(), many_plugin(calls))
    ids = add(firm, "A")
    assert "Flag them all" not in firm.browser("manager1").get("/client/change").text
    wish = {"entity": "client", "act": "action", "values": {"action": "many.flag"}}
    for who, code in (("manager1", "many.flag"), ("curator1", "many.one"), ("curator1", "")):
        values = {"action": code}
        with firm.session(who) as session, pytest.raises(NotAllowed, match="no such action"):
            start_job(session, "core.mass", {**wish, "values": values})
        program = firm.program(who)
        body = {"kind": "core.mass", "arguments": {**wish, "values": values}}
        assert program.post("/api/v1/job/start", json=body).status_code == 403
    with firm.session("curator1") as session, pytest.raises(NotAllowed):
        start_job(session, "core.mass", {**wish, "entity": "deal"})
    answer = firm.browser("manager1").post("/client/change", data={"act": "action:many.flag"})
    assert answer.status_code == 400
    job = run(firm, "core.mass", "curator2", **wish, selection={"ids": ids})  # out of their sight
    assert job.result == {"done": 0, "same": 0, "refused": {}, "left": {}}
    assert calls == []


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (Action(code="many.x", title="X", page="/x/", many=True), "is for many records"),
        (Action(code="many.x", title="X", run=str, place="nowhere", many=True), "is for many"),  # pyright: ignore
        (Action(code="many.x", title="X", run=str, permission="gone"), "which nobody declares"),  # pyright: ignore
    ],
)
def test_a_plugin_is_told_what_is_wrong_with_its_action(
    make: Any, action: Action, sentence: str
) -> None:
    plugin = SimpleNamespace(
        PLUGIN=PluginInfo(name="many", title="Many", version="1", requires_core=">=0.1,<1"),
        actions=hookimpl(lambda: [action]),
    )
    with pytest.raises(PluginError, match=sentence):
        make(sale_plugin(), plugin)
