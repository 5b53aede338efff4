"""Taking a plugin's mass action back leaves nothing of it, and says what it has to leave."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.access.scope import unscoped
from kartoteka.api import (
    Action,
    Activity,
    Client,
    Consent,
    Contact,
    Deal,
    Employment,
    PluginInfo,
    Rejected,
    StartedJob,
    Task,
    hookimpl,
    now,
    start_job,
)
from kartoteka.jobs.executor import Executor
from kartoteka.models.change import Change
from kartoteka.testing import Firm, statements
from tests.conftest import sale_plugin
from tests.core.long_work import LEASE
from tests.core.test_mass import add, run

Run = Callable[[Any, Any], str]
WISH = {"entity": "client", "act": "action", "values": {"action": "campaign.begin"}}


def campaign(begin: Run, **values: Any) -> Any:
    """Return a plugin with one mass action."""
    action = Action(code="campaign.begin", title="Begin a campaign", run=begin, many=True, **values)
    return SimpleNamespace(
        PLUGIN=PluginInfo(name="campaign", title="Campaign", version="1", requires_core=">=0.1,<1"),
        actions=hookimpl(lambda: [action]),
    )


def begin(session: Any, found: Any) -> str:
    """For each client: a deal with a task and a note, and other values of the client."""
    deals = [Deal(client_id=one.id, title="Spring", pipeline="sale", stage="new") for one in found]
    session.add_all(deals)
    session.flush()
    session.add_all(
        Task(client_id=deal.client_id, deal_id=deal.id, title="Call", due_at=now())
        for deal in deals
    )
    session.add_all(
        Activity(client_id=deal.client_id, deal_id=deal.id, kind="call", happened_at=now())
        for deal in deals
    )
    session.flush()
    for deal, client in zip(deals, found, strict=True):
        deal.note = "begun"
        client.industry = "first"
    session.flush()
    for client in found:
        client.industry, client.name = "second", f"{client.name}!"
    return "Begun"


def counts(firm: Firm) -> list[int]:
    with firm.session() as session:
        return [len(session.scalars(select(model.id)).all()) for model in (Deal, Task, Activity)]


def clients(firm: Firm) -> dict[str, Any]:
    with firm.session() as session:
        return {c.name: (c.industry, c.last_contact_at) for c in session.scalars(select(Client))}


@pytest.mark.parametrize("chunk", [2, 200])
def test_what_an_action_added_goes_and_what_it_changed_comes_back(
    make: Any, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("kartoteka.services.mass.CHUNK", chunk)
    monkeypatch.setattr("kartoteka.services.past_acts.CHUNK", chunk)
    firm = make(sale_plugin(), campaign(begin))
    add(firm, "A", "B", "C", industry="toys")
    before = clients(firm)
    job = run(firm, "core.mass", "manager1", **WISH)
    assert counts(firm) == [3, 3, 3]
    assert {industry for industry, _at in clients(firm).values()} == {"second"}

    back = run(firm, "core.undo_mass", "manager1", job=job.id)

    assert counts(firm) == [0, 0, 0]
    assert clients(firm) == before
    assert back.result is not None
    assert (back.result["same"], back.result["refused"]) == (0, {})
    with firm.session() as session, unscoped(session, "test"):
        told = session.scalars(select(Change).where(Change.batch == f"undo-{back.id}")).all()
        gone = [c.entity for c in told if c.action == "delete"]
        assert sorted(gone) == ["activity"] * 3 + ["deal"] * 3 + ["task"] * 3
        assert {c.user_id for c in told} == {firm.users["manager1"]}


def test_what_somebody_worked_on_since_stays_with_its_reason(make: Any) -> None:
    firm = make(sale_plugin(), campaign(begin))
    add(firm, "A", "B", "C", "D")
    job = run(firm, "core.mass", "manager1", **WISH)
    with firm.session("manager1") as session:
        one, two, three, _four = session.scalars(select(Deal).order_by(Deal.client_id)).all()
        one.title = "Summer"  # its own title
        session.add(Task(client_id=two.client_id, deal_id=two.id, title="Mine", due_at=now()))
        session.delete(session.scalars(select(Task).where(Task.deal_id == three.id)).one())
        session.commit()

    back = run(firm, "core.undo_mass", "manager1", job=job.id)

    with firm.session() as session:
        assert set(session.scalars(select(Deal.title))) == {"Summer", "Spring"}
        assert session.scalars(select(Task.title)).all() == ["Mine"]
    assert counts(firm) == [2, 1, 0]
    words = str(back.result_words)
    assert "1 was left as it is: Somebody has changed it since." in words
    assert "1 was left as it is: Other records hang on it by now." in words
    assert "1 was left as it is: It is not there any more." in words


def test_a_handover_since_is_no_work_on_what_was_added(make: Any) -> None:
    from kartoteka.api import hand_over

    firm = make(sale_plugin(), campaign(begin))
    ids = add(firm, "A")
    job = run(firm, "core.mass", "curator1", **WISH)
    with firm.session("curator1") as session:
        hand_over(session, ids, firm.users["manager2"])
        session.commit()
    run(firm, "core.undo_mass", "curator1", job=job.id)
    assert counts(firm)[:2] == [0, 0]
    with firm.session() as session:
        assert session.scalars(select(Client.owner_id)).all() == [firm.users["manager2"]]
        assert session.scalars(select(Activity.kind)).all() == ["handover"]


def test_what_may_not_be_deleted_is_told_with_its_reason(make: Any) -> None:
    def agree(session: Any, found: Any) -> str:
        for client in found:
            person = session.scalars(
                select(Employment.contact_id).where(Employment.client_id == client.id)
            ).one()
            session.add(Consent(contact_id=person, channel="email", purpose="marketing",
                                act="given", way="import", wording="Yes"))  # fmt: skip
        return "Agreed"

    firm = make(sale_plugin(), campaign(agree))
    (client,) = add(firm, "A")
    with firm.session() as session:
        person = Contact(name="Anna", owner_id=firm.users["manager1"])
        session.add(person)
        session.flush()
        session.add(Employment(client_id=client, contact_id=person.id))
        session.commit()
    job = run(firm, "core.mass", "manager1", **WISH)
    back = run(firm, "core.undo_mass", "manager1", job=job.id)
    assert back.result is not None
    ((reason, count),) = back.result["refused"].items()
    assert count == 1
    assert "ledger of consents stays" in reason


def test_what_an_action_deleted_is_told_not_to_come_back(make: Any) -> None:
    def clear(session: Any, found: Any) -> str:
        for client in found:
            for task in session.scalars(select(Task).where(Task.client_id == client.id)):
                session.delete(task)
        return "Cleared"

    firm = make(sale_plugin(), campaign(clear))
    (client,) = add(firm, "A")
    with firm.session() as session:
        session.add(Task(client_id=client, title="Call", due_at=now()))
        session.commit()
    job = run(firm, "core.mass", "manager1", **WISH)
    assert counts(firm)[1] == 0
    back = run(firm, "core.undo_mass", "manager1", job=job.id)
    assert "It was deleted, which can not be taken back." in str(back.result_words)


def test_a_final_action_says_so_before_and_offers_no_way_back(make: Any) -> None:
    firm = make(sale_plugin(), campaign(begin, final=True))
    add(firm, "A")
    browser = firm.browser("manager1")
    page = browser.get("/client/change?act=action:campaign.begin").text
    assert "This can not be taken back." in page
    assert "it can be taken back" not in page
    answer = browser.post("/client/change", data={"act": "action:campaign.begin"})
    number = int(answer.location.rsplit("/", 1)[1])
    Executor(firm.app, "test", LEASE).work()
    shown = browser.get(f"/job/show/{number}").text
    assert "Take back" not in shown
    with firm.session("manager1") as session:
        assert session.get_one(StartedJob, number).state == "done"
        with pytest.raises(Rejected, match="can not be taken back"):
            start_job(session, "core.undo_mass", {"job": number})


def test_the_page_says_before_what_taking_back_does(make: Any) -> None:
    firm = make(sale_plugin(), campaign(begin))
    add(firm, "A")
    browser = firm.browser("manager1")
    page = browser.get("/client/change?act=action:campaign.begin").text
    assert "added records go; what it deletes or sends does not come back" in page
    number = run(firm, "core.mass", "manager1", **WISH).id
    assert "added records are deleted" in browser.get(f"/job/show/{number}").text

    run(firm, "core.undo_mass", "manager1", job=number)
    assert "added records are deleted" not in browser.get(f"/job/show/{number}").text
    with (
        firm.session("manager1") as session,
        pytest.raises(Rejected, match="taken back already"),
    ):
        start_job(session, "core.undo_mass", {"job": number})


def test_taking_back_asks_the_same_however_many_records(make: Any) -> None:
    firm = make(sale_plugin(), campaign(begin))
    asked: list[int] = []
    for many in (2, 30):
        ids = add(firm, *(f"{many}-{number}" for number in range(many)))
        job = run(firm, "core.mass", "manager1", **WISH, selection={"ids": ids})
        with statements(firm) as sent:
            run(firm, "core.undo_mass", "manager1", job=job.id)
        asked.append(sum(text.startswith("SELECT") for text in sent))
    assert asked[1] <= asked[0] + 2, asked


def test_a_change_refused_or_so_already_is_told_with_its_reason(firm: Firm) -> None:
    add(firm, "A", industry="toys")
    add(firm, "B")
    job = run(firm, "core.mass", "manager1", entity="client", act="set",
              values={"field": "industry", "value": "toys"})  # fmt: skip
    assert "1 was left as it is: It is so already." in str(job.result_words)
