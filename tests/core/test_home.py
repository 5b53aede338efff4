"""The pages of the day's work: home, tasks, reports, handover, staff, account, stages, regions."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from kartoteka.api import (
    Action,
    Activity,
    Client,
    Contract,
    Deal,
    Indicator,
    IndicatorValue,
    PluginError,
    PluginInfo,
    Purchase,
    Region,
    Staff,
    Task,
    hookimpl,
    now,
    stages_of,
)
from kartoteka.services import my_day
from kartoteka.testing import Firm, statements

PAGES = {
    "/": "director curator1 manager1 assistant1",
    "/tasks/": "director curator1 manager1 assistant1",
    "/notifications/": "director curator1 manager1 assistant1",
    "/notifications/due": "director curator1 manager1 assistant1",
    "/notifications/settings": "director curator1 manager1 assistant1",
    "/reports/": "director curator1 manager1 assistant1",
    "/reports/sources": "director curator1 manager1 assistant1",
    "/reports/services": "director curator1 manager1 assistant1",
    "/reports/contracts": "director curator1 manager1 assistant1",
    "/reports/debts": "director curator1 manager1 assistant1",
    "/region/compare": "director curator1 manager1 assistant1",
    "/account/": "director curator1 manager1 assistant1",
    "/handover/": "director curator1",
    "/staff/": "director",
    "/staff/add": "director",
    "/stages/": "director",
}
PEOPLE = ("director", "curator1", "manager1", "assistant1")


def add(firm: Firm, who: str | None, *rows: Any) -> list[int]:
    """Save rows as somebody and return their ids."""
    with firm.session(who) as session:
        session.add_all(rows)
        session.commit()
        return [row.id for row in rows]


def a_client(firm: Firm, who: str, name: str = "Ёлка", **more: Any) -> int:
    return add(
        firm, None, Client(name=name, kind="organisation", owner_id=firm.users[who], **more)
    )[0]


@pytest.mark.parametrize("who", PEOPLE)
def test_each_page_opens_to_its_roles_alone(firm: Firm, who: str) -> None:
    browser = firm.browser(who)
    found = {page: browser.get(page).status_code for page in PAGES}
    assert found == {page: 200 if who in roles.split() else 403 for page, roles in PAGES.items()}


def test_a_stranger_is_sent_to_log_in(firm: Firm) -> None:
    browser = firm.app.test_client()
    assert {browser.get(page).status_code for page in PAGES} == {302}


def test_home_shows_what_waits_today_and_nothing_of_others(firm: Firm) -> None:
    mine, theirs = a_client(firm, "manager1"), a_client(firm, "manager3", "Чужой")
    today = date.today()
    late, ahead = today - timedelta(days=3), today + timedelta(days=9)
    for client_id, name in ((mine, "mine"), (theirs, "theirs")):
        add(
            firm, None,
            Deal(title=f"step {name}", client_id=client_id, next_step_on=late),
            Deal(title=f"ahead {name}", client_id=client_id, next_step_on=ahead),
            Deal(title=f"back {name}", client_id=client_id, stage="later", recheck_on=today),
            Contract(client_id=client_id, number=f"contract {name}", ends_on=today),
        )  # fmt: skip
    add(firm, "manager1", Task(title="call mine", due_at=now() - timedelta(hours=1)))
    page = firm.browser("manager1").get("/").text
    for words in ("step mine", "back mine", "contract mine", "call mine"):
        assert words in page
    assert "ahead mine" not in page
    assert "theirs" not in page
    assert "Clients without a manager" not in page


def test_home_asks_the_curator_to_give_new_clients_away(firm: Firm) -> None:
    add(firm, None, Client(name="Ничей", kind="organisation",
                           department_id=firm.departments["North"]))  # fmt: skip
    assert "Ничей" in firm.browser("curator1").get("/").text
    assert "Ничей" not in firm.browser("curator2").get("/").text


def test_a_deal_too_long_in_its_stage_waits(firm: Firm) -> None:
    client_id = a_client(firm, "manager1")
    old = Deal(title="old", client_id=client_id, stage="offer", amount=Decimal(1),
               stage_since=now() - timedelta(days=20))  # fmt: skip
    fresh = Deal(title="fresh", client_id=client_id, stage="offer", amount=Decimal(1))
    add(firm, None, old, fresh)
    with firm.session("manager1") as session:
        found = my_day.deals_to_move(session, now(), date.today())
    assert [(row.deal.title, row.why, row.days) for row in found.rows] == [("old", "too_long", 20)]


def test_how_many_more_wait_leads_to_all_of_them(firm: Firm) -> None:
    client_id, today = a_client(firm, "manager1"), date.today()
    late = [Deal(title=f"late {n}", client_id=client_id, next_step_on=today) for n in range(11)]
    old = [
        Deal(title=f"old {n}", client_id=client_id, stage="offer", amount=Decimal(1),
             stage_since=now() - timedelta(days=20))
        for n in range(2)
    ]  # fmt: skip
    back = [
        Deal(title=f"back {n}", client_id=client_id, stage="later", recheck_on=today)
        for n in range(12)
    ]
    ahead = Deal(title="ahead", client_id=client_id, next_step_on=today + timedelta(days=2))
    add(firm, None, *late, *old, *back, ahead)
    browser = firm.browser("manager1")
    links = re.findall(r'<a href="(/deal/list/[^"]+)">and (\d+) more</a>', browser.get("/").text)
    assert [more for _address, more in links] == ["3", "2"]
    for (address, more), wanted, others in zip(
        links, ("late", "back"), ("back", "late"), strict=True
    ):
        page = browser.get(html.unescape(address)).text
        assert page.count('class="open"') == 10 + int(more)
        assert f"{wanted} 0" in page
        assert f"{others} 0" not in page
        assert "ahead" not in page


def test_home_takes_the_same_statements_for_any_number_of_rows(firm: Firm) -> None:
    def selects() -> int:
        browser = firm.browser("curator1")
        browser.get("/")
        with statements(firm) as sent:
            assert browser.get("/").status_code == 200
        return len([text for text in sent if text.startswith("SELECT")])

    def fill(count: int) -> None:
        today = date.today()
        for number in range(count):
            client_id = a_client(firm, "manager1", f"C{number}")
            add(
                firm, None,
                Deal(title="x", client_id=client_id, next_step_on=today),
                Deal(title="y", client_id=client_id, stage="later", recheck_on=today),
                Contract(client_id=client_id, number="n", ends_on=today),
                Task(title="t", client_id=client_id, due_at=now(), owner_id=firm.users["curator1"]),
            )  # fmt: skip

    fill(1)
    before = selects()
    fill(6)
    assert selects() == before
    assert before <= 40


def test_one_line_makes_a_task_and_done_plans_the_next(firm: Firm) -> None:
    client_id = a_client(firm, "manager1")
    browser = firm.browser("manager1")
    browser.post("/tasks/add", data={"line": "tomorrow 10:00 call", "client_id": str(client_id)})
    with firm.session("manager1") as session:
        task = session.scalars(select(Task)).one()
        assert (task.title, task.client_id) == ("call", client_id)
    answer = browser.post(
        f"/tasks/done/{task.id}", data={"result": "asked", "follow_up": "in 3 days send prices"},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert "send prices" in answer.json["message"]
    with firm.session("manager1") as session:
        first, second = session.scalars(select(Task).order_by(Task.id)).all()
        assert (first.result, first.done_at is not None) == ("asked", True)
        assert (second.title, second.client_id) == ("send prices", client_id)


def test_an_empty_line_is_answered_beside_the_input(firm: Firm) -> None:
    answer = firm.browser("manager1").post("/tasks/add", data={"line": "tomorrow 10:00"})
    assert answer.status_code == 400
    assert "Say what is to be done." in answer.text


def test_reminders_answer_with_what_is_due_and_go_when_put_off(firm: Firm) -> None:
    (number,) = add(firm, "manager1", Task(title="call", due_at=now() - timedelta(minutes=1)))
    browser = firm.browser("manager1")
    assert [one["id"] for one in browser.get("/notifications/due").json["due"]] == [number]
    browser.post(f"/tasks/postpone/{number}", data={"minutes": "10"})
    assert browser.get("/notifications/due").json["due"] == []
    answer = browser.post(f"/tasks/postpone/{number}", data={"minutes": "-5"},
                          headers={"Accept": "application/json"})  # fmt: skip
    assert answer.status_code == 400


def test_anothers_task_can_not_be_touched(firm: Firm) -> None:
    (number,) = add(firm, "manager3", Task(title="theirs", due_at=now()))
    browser = firm.browser("manager1")
    assert browser.post(f"/tasks/done/{number}", data={}).status_code == 403
    assert browser.post(f"/tasks/postpone/{number}", data={"minutes": "10"}).status_code == 403


def test_reports_show_the_rows_of_their_reader(firm: Firm) -> None:
    for who, name in (("manager1", "Свой"), ("manager3", "Чужой")):
        client_id = a_client(firm, who, name)
        add(
            firm, None,
            Purchase(client_id=client_id, number=f"p {name}", bought_on=date(2026, 1, 1),
                     amount=Decimal(100), amount_currency="RUB", due_on=date(2026, 1, 9)),
            Contract(client_id=client_id, number=f"c {name}", ends_on=date(2026, 1, 9)),
        )  # fmt: skip
    browser = firm.browser("manager1")
    for report in ("debts", "contracts"):
        page = browser.get(f"/reports/{report}").text
        assert ("Свой" in page, "Чужой" in page) == (True, False)
        assert "not over the whole firm" in page
    assert "Чужой" in firm.browser("director").get("/reports/debts").text


def test_the_curator_hands_clients_over_in_one_action(firm: Firm) -> None:
    first, second = a_client(firm, "manager1"), a_client(firm, "manager1", "Сосна")
    add(firm, None, Deal(title="d", client_id=first))
    browser = firm.browser("curator1")
    sent = browser.post("/client/action/hand_over", data={"ids": [first, second]})
    assert sent.headers["Location"].startswith("/handover/?ids=")
    page = browser.get(sent.headers["Location"]).text
    assert "Hand over 2 clients" in page
    assert "Manager2" in page
    assert "Manager3" not in page  # of another department
    answer = browser.post(
        "/handover/",
        data={"ids": f"{first},{second}", "owner_id": firm.users["manager2"], "note": "grows"},
        follow_redirects=True,
    )
    assert "2 clients were handed over to Manager2 Test" in answer.text
    with firm.session("manager2") as session:
        assert len(session.scalars(select(Client)).all()) == 2
        assert {a.text for a in session.scalars(select(Activity))} == {"grows"}


def test_managers_stand_first_among_those_who_may_take_clients(firm: Firm) -> None:
    number = a_client(firm, "manager1")
    page = firm.browser("director").get(f"/handover/?ids={number}").text
    managers, others = page.split('<optgroup label="Others">')
    assert "Manager2" in managers.split('<optgroup label="Managers">')[1]
    assert "Assistant1" not in managers
    assert "Assistant1" in others
    assert "Manager" not in others.split("</select>")[0]


def test_a_handover_is_refused_to_managers_and_across_departments(firm: Firm) -> None:
    number = a_client(firm, "manager1")
    manager = firm.browser("manager1")
    assert manager.post("/client/action/hand_over", data={"ids": [number]}).status_code == 404
    data = {"ids": str(number), "owner_id": firm.users["manager3"]}
    assert manager.post("/handover/", data=data).status_code == 403
    answer = firm.browser("curator1").post("/handover/", data=data)
    assert (answer.status_code, "own department" in answer.text) == (400, True)
    assert firm.browser("curator1").post("/handover/", data={"ids": str(number)}).status_code == 400


def test_all_clients_of_somebody_who_leaves_go_at_once(firm: Firm) -> None:
    for number in range(3):
        a_client(firm, "manager1", f"C{number}")
    director = firm.browser("director")
    gone = firm.users["manager1"]
    page = director.get(f"/staff/leave/{gone}").text
    assert "still has 3 clients" in page
    link = re.search(r'href="(/handover/\?from_user=[^"]+)"', page)
    assert link is not None
    data = {"from_user": gone, "owner_id": firm.users["manager2"]}
    director.post("/handover/", data=data)
    assert "has no clients" in director.get(f"/staff/leave/{gone}").text
    director.post(f"/staff/leave/{gone}")
    with firm.session("director") as session:
        assert not session.get_one(User, gone).active
    assert firm.browser("manager1").get("/").status_code == 302


def test_the_director_adds_changes_and_lets_people_in(firm: Firm) -> None:
    director = firm.browser("director")
    form = {
        "username": "nina", "password": "correct horse", "first_name": "Нина", "last_name": "И",
        "roles": ["manager"], "department_id": firm.departments["North"], "language": "ru",
    }  # fmt: skip
    short = director.post("/staff/add", data={**form, "password": "short"})
    assert (short.status_code, "at least 8" in short.text) == (400, True)
    director.post("/staff/add", data=form)
    with firm.session("director") as session:
        nina = session.scalars(select(User).where(User.username == "nina")).one().id
    browser = firm.app.test_client()
    browser.post("/login/", data={"username": "nina", "password": "correct horse"})
    assert browser.get("/tasks/").status_code == 200
    director.post(f"/staff/password/{nina}", data={"password": "another horse"})
    assert browser.get("/tasks/").status_code == 302  # the session ended
    director.post(f"/staff/leave/{nina}")
    director.post(f"/staff/return/{nina}")
    browser.post("/login/", data={"username": "nina", "password": "another horse"})
    assert browser.get("/tasks/").status_code == 200
    wrong = director.post(f"/staff/edit/{nina}", data={**form, "roles": ["assistant"]})
    assert (wrong.status_code, "whose assistant" in wrong.text) == (400, True)


def test_a_language_takes_effect_at_once_and_is_remembered(firm: Firm) -> None:
    browser = firm.browser("manager1")
    page = browser.post("/account/", data={"language": "ru", "time_zone": "Asia/Omsk"},
                        follow_redirects=True).text  # fmt: skip
    assert '<html lang="ru"' in page
    with firm.session("manager1") as session:
        mine = session.get_one(Staff, firm.users["manager1"])
        assert (mine.language, mine.time_zone) == ("ru", "Asia/Omsk")
    assert '<html lang="ru"' in firm.browser("manager1").get("/").text
    assert browser.post("/account/", data={"time_zone": "Mars/Base"}).status_code == 400


def test_stages_are_changed_on_their_page(firm: Firm) -> None:
    director = firm.browser("director")
    form = {"stage": ["offer", "won"], "title.offer": "КП", "color.offer": "#ff0000",
            "position.offer": "5", "title.won": "Won", "color.won": "#64748b",
            "position.won": "40"}  # fmt: skip
    director.post("/stages/sale", data=form)
    with firm.session("director") as session:
        assert stages_of(session, "sale")[0].title == "КП"
    wrong = director.post("/stages/sale", data={**form, "title.offer": "", "title.won": "Ура"})
    assert (wrong.status_code, 'value="Ура"' in wrong.text) == (400, True)
    director.post("/stages/sale/reset")
    with firm.session("director") as session:
        assert stages_of(session, "sale")[0].title == "New"
    assert firm.browser("curator1").post("/stages/sale", data=form).status_code == 403


def test_a_region_shows_its_passport_beside_our_business(firm: Firm) -> None:
    (number,) = add(firm, None, Region(name="Тверская область", kind="region"))
    a_client(firm, "manager1", region_id=number)
    with firm.session() as session:
        people = session.scalars(select(Indicator).where(Indicator.code == "population")).one()
        for year, value in ((2010, "1300000"), (2012, "1200000")):
            session.add(
                IndicatorValue(region_id=number, indicator_id=people.id, period=date(year, 1, 1),
                               value=Decimal(value), span="year", link="javascript:alert(1)")
            )  # fmt: skip
        session.commit()
    page = firm.browser("manager1").get(f"/region/show/{number}").text
    assert "1,200,000" in page
    assert "<polyline points=" in page
    assert 'class="stale"' in page
    assert "javascript:" not in page
    assert "not over the whole firm" in page
    assert " style=" not in page
    assert f'href="/region/compare?ids={number}"' in page


def test_how_a_table_is_imported_is_told_to_those_who_may(firm: Firm) -> None:
    (number,) = add(firm, None, Region(name="Тверская область", kind="region"))
    for who, is_told in (("manager1", False), ("director", True)):
        page = firm.browser(who).get(f"/region/show/{number}").text
        assert "Nothing is measured here yet." in page
        assert ("kartoteka import" in page) is is_told


def test_the_menu_of_the_account_names_the_role_in_words(firm: Firm) -> None:
    browser = firm.browser("curator1")
    assert "curator1 · Curator (head of department)" in browser.get("/").text


def test_an_action_says_what_it_does_or_where_it_asks(make: Any) -> None:
    from types import SimpleNamespace

    def actions() -> list[Action]:
        return [Action(code="idle.act", title="Idle")]

    info = PluginInfo(name="idle", title="Idle", version="1", requires_core=">=0.1,<1")
    with pytest.raises(PluginError, match="either `run` or `page`"):
        make(SimpleNamespace(PLUGIN=info, actions=hookimpl(actions)))
