"""My day: figures that open their rows, tasks put off, the moment of the next reminder."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kartoteka.api import Activity, Deal, Staff, Task, move_deal, now
from kartoteka.testing import Firm, statements
from tests.core.test_home import a_client, add


def test_each_figure_of_the_day_opens_as_many_rows(firm: Firm) -> None:
    client_id = a_client(firm, "manager1")
    deal = Deal(title="d", client_id=client_id)
    add(
        firm, "manager1", deal,
        Activity(client_id=client_id, kind="call", happened_at=now()),
        Activity(client_id=client_id, kind="call", happened_at=now() - timedelta(days=2)),
        Activity(client_id=client_id, kind="meeting", happened_at=now()),
        Task(title="late", due_at=now() - timedelta(days=2)),
        Task(title="done", due_at=now(), done_at=now()),
    )  # fmt: skip
    with firm.session("manager1") as session:
        moved = session.get_one(Deal, deal.id)
        move_deal(session, moved, "won")
        session.commit()
    figures = {"Calls": 1, "Meetings": 1, "Deals moved on": 1, "Deals won": 1, "Tasks done": 1,
               "Tasks not done, of days before": 1}  # fmt: skip
    # One line for each colleague, none for who has nobody under them.
    for who, people in (("manager1", 0), ("curator1", 1), ("director", 1)):
        browser = firm.browser(who)
        with statements(firm) as sent:
            page = browser.get("/day/figures").text
        assert len([text for text in sent if text.startswith("SELECT")]) <= 12
        found = re.findall(r'<dt class="stat-name">(.+?)</dt>.+?href="(.+?)">(\d+)</a>', page)
        assert {name: int(number) for name, _address, number in found} == figures
        for _name, address, number in found:
            rows = browser.get(html.unescape(address)).text
            assert rows.count('class="open"') == int(number), address
        assert page.count('<th scope="row">') == people
    assert ">0</a>" in firm.browser("manager3").get("/day/figures").text


def test_a_task_is_put_off_until_the_morning_of_the_persons_next_day(firm: Firm) -> None:
    (number,) = add(firm, "manager1", Task(title="call", due_at=now()))
    with firm.session() as session:
        session.get_one(Staff, firm.users["manager1"]).time_zone = "Asia/Vladivostok"
        session.commit()
    firm.browser("manager1").post(f"/tasks/postpone/{number}", data={"until": "tomorrow"})
    zone = ZoneInfo("Asia/Vladivostok")
    with firm.session("manager1") as session:
        due = session.get_one(Task, number).due_at.astimezone(zone)
    assert (due.hour, due.minute) == (9, 0)
    assert due.date() == now().astimezone(zone).date() + timedelta(days=1)


def test_what_came_of_a_task_may_be_said_after_it_is_done(firm: Firm) -> None:
    client_id = a_client(firm, "manager1")
    (number,) = add(firm, "manager1", Task(title="call", due_at=now(), client_id=client_id))
    browser = firm.browser("manager1")
    data = {"result": "asked", "follow_up": "tomorrow 10:00 send prices"}
    assert browser.post(f"/tasks/follow/{number}", data=data).status_code == 400  # not done yet
    browser.post(f"/tasks/done/{number}")
    browser.post(f"/tasks/follow/{number}", data=data)
    with firm.session("manager1") as session:
        first, second = session.scalars(select(Task).order_by(Task.id)).all()
    assert (first.result, second.title, second.client_id) == ("asked", "send prices", client_id)


def test_the_page_is_told_when_to_ask_for_the_next_reminder(firm: Firm) -> None:
    add(firm, "manager1", Task(title="soon", due_at=now() + timedelta(seconds=90)))
    add(firm, "manager1", Task(title="late", due_at=now() + timedelta(days=90)))
    browser = firm.browser("manager1")
    answer = browser.get("/notifications/due")
    mark, seconds = answer.json["mark"], int(answer.headers["X-Next-Reminder"])
    assert 80 <= seconds <= 90
    again = browser.get(f"/notifications/due?mark={mark}")
    assert (again.status_code, int(again.headers["X-Next-Reminder"]) <= seconds) == (204, True)
