"""People are told in the bell of what others give them, and of nothing they may not see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from kartoteka.api import (
    Client,
    Deal,
    KartotekaError,
    Notice,
    NotificationKind,
    PluginInfo,
    Task,
    create_many,
    hand_over,
    hookimpl,
    notify,
    now,
    unscoped,
)
from kartoteka.models import Notification
from kartoteka.services import bell
from kartoteka.testing import Firm, statements
from tests.core.long_work import busy_firm, run


def given(firm: Firm, who: str) -> list[tuple[str, int, int | None]]:
    """Return kind, count and author of what a person was told."""
    with firm.session(who) as session:
        rows = session.scalars(
            select(Notification)
            .where(Notification.recipient_id == firm.users[who])
            .order_by(Notification.id)
        )
        return [(row.kind, row.count, row.by_id) for row in rows]


def add(firm: Firm, who: str, *records: Any) -> list[int]:
    with firm.session(who) as session:
        session.add_all(records)
        session.commit()
        return [record.id for record in records]


def due(firm: Firm, who: str) -> Any:
    return firm.browser(who).get("/notifications/due").json


def test_who_is_given_a_client_a_task_or_a_deal_by_another_is_told(firm: Firm) -> None:
    mine, boss = firm.users["manager1"], firm.users["curator1"]
    (client,) = add(firm, "curator1", Client(name="Ёлка", owner_id=mine))
    add(firm, "curator1", Deal(title="Paper", client_id=client))
    add(firm, "curator1", Task(title="call", due_at=now(), owner_id=mine))
    assert given(firm, "manager1") == [
        ("client_given", 1, boss), ("deal_given", 1, boss), ("task_given", 1, boss),
    ]  # fmt: skip
    assert given(firm, "curator1") == []


def test_what_somebody_takes_or_the_system_hands_out_is_no_news(firm: Firm) -> None:
    mine = firm.users["manager1"]
    (client,) = add(firm, "manager1", Client(name="Mine"))
    add(firm, "manager1", Deal(title="Mine", client_id=client), Task(title="x", due_at=now()))
    with firm.session() as session:
        session.add(Client(name="By itself", owner_id=mine))
        session.commit()
    assert given(firm, "manager1") == []


def test_a_record_that_changes_hands_is_told_to_its_new_owner_alone(firm: Firm) -> None:
    first, second = firm.users["manager1"], firm.users["manager2"]
    (task,) = add(firm, "curator1", Task(title="call", due_at=now(), owner_id=first))
    with firm.session("curator1") as session:
        session.get_one(Task, task).owner_id = second
        session.commit()
        session.get_one(Task, task).title = "call again"
        session.commit()
    assert [kind for kind, *_ in given(firm, "manager1")] == ["task_given"]
    assert [kind for kind, *_ in given(firm, "manager2")] == ["task_given"]


def test_a_handover_is_one_line_and_what_is_rolled_back_was_never_told(firm: Firm) -> None:
    ids = add(firm, "manager1", *(Client(name=f"Firm {n}") for n in range(3)))
    with firm.session("curator1") as session:
        hand_over(session, ids, firm.users["manager2"])
        session.rollback()
        assert given(firm, "manager2") == []
        hand_over(session, ids, firm.users["manager2"])
        session.commit()
    assert given(firm, "manager2") == [("client_given", 3, firm.users["curator1"])]
    assert "3 clients were given to you (Curator1 Test)" in due(firm, "manager2")["told"][0]["text"]


@pytest.mark.parametrize("set_wise", [True, False], ids=["set-wise", "objects"])
def test_the_rows_of_an_import_are_one_line_whichever_way_they_are_written(
    firm: Firm, set_wise: bool
) -> None:
    owner = firm.users["manager1"]
    with firm.session("curator1") as session:
        session.info["actor"] = session.info["actor"].by("import", "batch-1")
        for part in range(2):
            names = [f"Firm {part} {n}" for n in range(5)]
            if set_wise:
                create_many(session, "client", {"name": names, "owner_id": [owner] * 5})
            else:
                session.add_all([Client(name=name, owner_id=owner) for name in names])
                session.flush()
        session.commit()
    assert given(firm, "manager1") == [("client_given", 10, firm.users["curator1"])]


def test_a_record_that_is_out_of_sight_is_neither_named_nor_linked(firm: Firm) -> None:
    (client,) = add(firm, "curator1", Client(name="Secret", owner_id=firm.users["manager1"]))
    (told,) = due(firm, "manager1")["told"]
    assert told["text"] == "You have a new client: Secret (Curator1 Test)"
    assert told["page"] == f"/client/show/{client}"
    with firm.session("curator1") as session:
        hand_over(session, [client], firm.users["manager2"])
        session.commit()
    (told,) = due(firm, "manager1")["told"]
    assert told["text"] == ("You were given a client that you do not see any more (Curator1 Test)")
    assert told["page"] == ""
    pages = [firm.browser("manager1").get(path).text for path in ("/notifications/",)]
    pages.append(firm.program("manager1").get("/api/v1/notification/mine").text)
    pages.append(firm.program("manager1").get("/api/v1/notification/").text)
    assert all("Secret" not in page for page in pages)


def test_reading_is_everybodys_own(firm: Firm) -> None:
    first, second = firm.users["manager1"], firm.users["manager2"]
    add(firm, "curator1", Client(name="A", owner_id=first), Client(name="B", owner_id=second))
    with firm.session("manager2") as session:
        (theirs,) = bell.told(session)
    browser = firm.browser("manager1")
    browser.post("/notifications/read", data={"id": theirs.id})
    assert due(firm, "manager2")["count"] == 1
    assert browser.get("/notifications/").text.count("told-row is-new") == 1
    browser.post("/notifications/read")
    assert (due(firm, "manager1")["count"], due(firm, "manager2")["count"]) == (0, 1)
    # Who sees everybody's rows has a bell of their own all the same.
    director = firm.browser("director")
    director.post("/notifications/read")
    assert director.get("/notifications/due").json["told"] == []
    assert due(firm, "manager2")["count"] == 1


def test_what_is_switched_off_is_not_told_and_no_other_kind_is_touched(firm: Firm) -> None:
    mine = firm.users["manager1"]
    browser = firm.browser("manager1")
    browser.post("/notifications/settings", data={"client_given": "off", "reminder": "off"})
    add(firm, "curator1", Client(name="A", owner_id=mine))
    add(firm, "curator1", Task(title="x", due_at=now() - timedelta(minutes=1), owner_id=mine))
    found = due(firm, "manager1")
    assert [one["text"] for one in found["told"]] == ["You have a new task: x (Curator1 Test)"]
    assert found["due"] == []
    page = browser.get("/notifications/settings").text
    assert page.count('value="off" selected') == 2
    answer = browser.post("/notifications/settings", data={"task_given": "pigeon"})
    assert (answer.status_code, "There is no such choice." in answer.text) == (400, True)


def test_a_look_at_the_bell_is_one_statement_and_says_whether_there_is_news(firm: Firm) -> None:
    with firm.session("manager1") as session, statements(firm) as sent:
        before = bell.pulse(session, now())
    assert len(sent) == 1
    browser = firm.browser("manager1")
    mark = browser.get("/notifications/due").json["mark"]
    assert mark == before.mark
    with statements(firm) as quiet:
        assert browser.get(f"/notifications/due?mark={mark}").status_code == 204
    mine = firm.users["manager1"]
    add(firm, "curator1", *(Client(name=f"A {n}", owner_id=mine) for n in range(7)))
    with statements(firm) as busy:
        assert browser.get(f"/notifications/due?mark={mark}").status_code == 200
    assert len(busy) - len(quiet) <= 2  # the rows, and all their names
    mark = browser.get("/notifications/due").json["mark"]
    (task,) = add(firm, "manager1", Task(title="x", due_at=now() - timedelta(minutes=1)))
    changed = browser.get(f"/notifications/due?mark={mark}")
    assert [one["id"] for one in changed.json["due"]] == [task]


def test_old_ones_are_deleted_read_or_not(firm: Firm) -> None:
    mine = firm.users["manager1"]
    add(firm, "curator1", Client(name="Old", owner_id=mine))
    with firm.session() as session, unscoped(session, "the past of a test"):
        session.execute(update(Notification).values(at=now() - timedelta(days=91)))
        session.commit()
    add(firm, "curator1", Client(name="New", owner_id=mine))
    with firm.session() as session:
        assert bell.forget(session, now(), 90) == 1
        session.commit()
    assert [one["text"] for one in due(firm, "manager1")["told"]] == [
        "You have a new client: New (Curator1 Test)"
    ]


def test_programs_read_and_mark_the_own_ones(firm: Firm) -> None:
    (client,) = add(firm, "curator1", Client(name="A", owner_id=firm.users["manager1"]))
    add(firm, "curator1", Client(name="B", owner_id=firm.users["manager1"]))
    program = firm.program("manager1")
    found = program.get("/api/v1/notification/mine").json
    assert found["unread"] == 2
    newest, oldest = found["result"]
    assert (oldest["entity"], oldest["record_id"], oldest["read"]) == ("client", client, False)
    assert oldest["text"] == "You have a new client: A (Curator1 Test)"
    mine = "/api/v1/notification/mine"
    assert program.get(f"{mine}?before={newest['id']}").json["result"] == [oldest]
    marked = program.post("/api/v1/notification/read", json={"ids": [oldest["id"]]})
    assert marked.json["read"] == 1
    left = program.get(f"{mine}?unread=1").json["result"]
    assert [one["id"] for one in left] == [newest["id"]]
    assert program.post("/api/v1/notification/read", json={}).json["read"] == 1
    for body in ({"ids": "x"}, {"ids": [True]}, {"other": 1}):
        assert program.post("/api/v1/notification/read", json=body).status_code == 422
    assert firm.app.test_client().get("/api/v1/notification/mine").status_code == 401


def test_who_asked_for_a_job_is_told_how_it_ended(make: Callable[..., Firm]) -> None:
    firm = busy_firm(make)
    run(firm, "see")
    run(firm, "fail")
    run(firm, "refuse", "manager2")
    assert [kind for kind, *_ in given(firm, "manager1")] == ["job_done", "job_failed"]
    assert [kind for kind, *_ in given(firm, "manager2")] == ["job_failed"]
    failed, done = due(firm, "manager1")["told"]
    assert (done["text"], failed["text"]) == ("Done: See", "Failed: Fail")
    assert done["page"].startswith("/job/show/")


def missed_calls() -> Any:
    """Return a plugin that tells of calls nobody took."""

    def text(notice: Notice) -> str:
        return f"Missed call from {notice.values['number']}"

    def kinds() -> list[NotificationKind]:
        return [
            NotificationKind(
                code="telephony_missed", title="A call was missed", text=text,
                page=lambda notice: "/call-now/",
            )
        ]  # fmt: skip

    info = PluginInfo(name="telephony", title="T", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, notification_kinds=hookimpl(kinds))


def test_a_plugin_tells_of_its_own_kind(make: Callable[..., Firm]) -> None:
    firm = make(missed_calls())
    with firm.session() as session:
        notify(session, "telephony_missed", [firm.users["manager1"]], values={"number": "+7"})
        with pytest.raises(KartotekaError, match="notification_kinds"):
            notify(session, "telephony_other", [firm.users["manager1"]])
        session.commit()
    (told,) = due(firm, "manager1")["told"]
    assert (told["text"], told["page"]) == ("Missed call from +7", "/call-now/")
    assert "A call was missed" in firm.browser("manager1").get("/notifications/settings").text
