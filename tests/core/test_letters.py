"""Letters to staff: of what each chose, in their language, a digest and never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, update

from kartoteka.api import Client, Task, now, start_job, unscoped
from kartoteka.config import Config
from kartoteka.jobs.worker import Worker
from kartoteka.models import Notification, Staff, StaffLetter, StartedJob
from kartoteka.services import bell, letters
from kartoteka.testing import Firm
from tests.core.long_work import work
from tests.core.mail_server import MailServer, mail_server

GIVEN = "client_given"
PAUSE = timedelta(minutes=15)
#: Applications are kept for the next test; what was configured here is taken back.
_before: list[tuple[Firm, Config]] = []


@pytest.fixture(autouse=True)
def taken_back() -> Iterator[None]:
    yield
    while _before:
        firm, config = _before.pop()
        object.__setattr__(firm.made, "config", config)
        firm.made.sessions.kw["info"]["letter_pause"] = None


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.fixture
def firm(make: Callable[..., Firm], server: MailServer) -> Firm:
    """A firm that sends letters; manager1 wants them and has an address."""
    firm = make()
    connect(firm, server)
    choose(firm, "manager1", both=[GIVEN])
    return firm


def connect(firm: Firm, server: MailServer, **settings: object) -> None:
    """Configure a firm as its kartoteka.toml would."""
    given = {
        "mail_host": "127.0.0.1", "mail_port": server.port, "mail_security": "none",
        "mail_sender": "crm@example.com", "site_address": "https://crm.example", **settings,
    }  # fmt: skip
    _before.append((firm, firm.made.config))
    object.__setattr__(firm.made, "config", replace(firm.made.config, **given))  # pyright: ignore[reportArgumentType]
    firm.made.sessions.kw["info"]["letter_pause"] = PAUSE
    with firm.session() as session:
        session.execute(
            update(User)
            .where(User.id == firm.users["manager1"])
            .values(email="anna@example.com", first_name="Anna")
        )
        session.commit()


def choose(firm: Firm, who: str, **ways: list[str]) -> None:
    with firm.session(who) as session:
        bell.set_settings(session, {kind: way for way, kinds in ways.items() for kind in kinds})
        session.commit()


def give(firm: Firm, *names: str, to: str = "manager1") -> None:
    for name in names:
        with firm.session("curator1") as session:
            session.add(Client(name=name, owner_id=firm.users[to]))
            session.commit()


def send(firm: Firm) -> StartedJob:
    """Run the job as the worker does."""
    with firm.session() as session:
        session.bind = firm.made.engine.execution_options(writes=True)
        number = start_job(session, "core.send_letters").id
        session.commit()
    work(firm)
    with firm.session() as session:
        found = session.get_one(StartedJob, number)
        session.expunge(found)
    assert found.state == "done", found.error
    return found


def ledger(firm: Firm) -> list[StaffLetter]:
    with firm.session() as session:
        found = list(session.scalars(select(StaffLetter).order_by(StaffLetter.id)))
        session.expunge_all()
        return found


def earlier(firm: Firm, minutes: int) -> None:
    """Let so many minutes pass since the letters there are."""
    with firm.session() as session:
        passed = timedelta(minutes=minutes)
        for one in session.scalars(select(StaffLetter)):
            one.due_at -= passed
            session.flush()
            moment = one.created_at - passed
            session.execute(
                update(StaffLetter).where(StaffLetter.id == one.id).values(created_at=moment)
            )
        session.commit()


def test_a_letter_tells_in_the_readers_language_and_leads_there(
    firm: Firm, server: MailServer
) -> None:
    with firm.session() as session:
        session.get_one(Staff, firm.users["manager1"]).language = "ru"
        session.commit()
    give(firm, "Ёлка\r\nBcc: all@example.com")
    assert send(firm).result == {"sent": 1, "again": 0, "failed": 0, "unknown": 0}
    (letter,) = server.letters
    assert (letter["To"], letter["From"]) == ("anna@example.com", "crm@example.com")
    assert letter["Bcc"] is None
    assert "У вас новый клиент: Ёлка" in letter["Subject"]
    assert "https://crm.example/client/show/" in letter.get_content()
    assert [(one.state, one.count, one.tries) for one in ledger(firm)] == [("sent", 1, 1)]
    send(firm)
    assert len(server.letters) == 1  # never twice


def test_a_flood_is_one_letter_and_the_next_waits(firm: Firm, server: MailServer) -> None:
    give(firm, "A", "B", "C")
    send(firm)
    give(firm, "D", "E")
    send(firm)
    assert [one["Subject"].partition(": ")[2] for one in server.letters] == ["3 notifications"]
    earlier(firm, 16)
    send(firm)
    text = server.letters[1].get_content()
    assert ("D" in text, "E" in text, len(server.letters)) == (True, True, 2)


def test_by_mail_alone_leaves_the_bell_quiet_and_off_is_off(firm: Firm, server: MailServer) -> None:
    choose(firm, "manager1", mail=[GIVEN])
    give(firm, "Ёлка")
    browser = firm.browser("manager1")
    assert browser.get("/notifications/due").json["count"] == 0
    assert "Ёлка" in browser.get("/notifications/").text
    send(firm)
    choose(firm, "manager1", off=[GIVEN])
    give(firm, "Сосна")
    earlier(firm, 16)
    send(firm)
    assert len(server.letters) == 1


def test_who_lost_the_right_reads_no_name(firm: Firm, server: MailServer) -> None:
    give(firm, "Тайна")
    with firm.session() as session:
        client = session.scalars(select(Client)).one()
        client.owner_id, client.department_id = firm.users["manager3"], firm.departments["South"]
        session.commit()
    send(firm)
    letter = server.letters[0]
    assert "Тайна" not in letter["Subject"] + letter.get_content()
    assert "do not see any more" in letter.get_content()


def test_a_reminder_goes_at_its_time_once_and_again_when_put_off(
    firm: Firm, server: MailServer
) -> None:
    choose(firm, "manager1", mail=["reminder"])
    with firm.session("manager1") as session:
        session.add(Task(title="Call Ivanov", due_at=now() - timedelta(minutes=1)))
        session.add(Task(title="Later", due_at=now() + timedelta(hours=1)))
        session.commit()
    assert firm.browser("manager1").get("/notifications/due").json["due"] == []
    give(firm, "A")
    send(firm)
    send(firm)
    assert [one["Subject"].count("notifications") for one in server.letters] == [1]
    assert "Reminder: Call Ivanov" in server.letters[0].get_content()
    with firm.session("manager1") as session:
        task = session.scalars(select(Task).where(Task.title == "Call Ivanov")).one()
        task.due_at = now() - timedelta(seconds=1)
        session.commit()
    send(firm)  # no pause for what has its minute
    assert "Reminder: Call Ivanov" in server.letters[1]["Subject"]


@pytest.mark.parametrize(
    ("answer", "state", "tries"),
    [("451 try later", "waiting", 1), ("554 no", "failed", 1), ("hang up", "unknown", 1)],
)
def test_each_way_to_fail_has_its_state(
    firm: Firm, server: MailServer, answer: str, state: str, tries: int
) -> None:
    server.answers = [answer]
    give(firm, "Ёлка")
    send(firm)
    (letter,) = ledger(firm)
    assert (letter.state, letter.tries, bool(letter.problem)) == (state, tries, True)
    earlier(firm, 60)
    send(firm)
    assert len(server.letters) == (1 if state == "waiting" else 0)


def test_a_server_that_is_away_is_tried_again_and_given_up_at_last(
    firm: Firm, server: MailServer
) -> None:
    connect(firm, replace(server, port=1))
    give(firm, "Ёлка")
    for _try in range(len(letters.PAUSES)):
        send(firm)
        assert ledger(firm)[0].state == "waiting"
        earlier(firm, 600)
    send(firm)
    (letter,) = ledger(firm)
    assert (letter.state, letter.tries) == ("failed", len(letters.PAUSES) + 1)
    connect(firm, server)
    send(firm)
    assert server.letters == []


def test_what_a_dead_worker_was_sending_is_unknown_and_not_sent_again(
    firm: Firm, server: MailServer
) -> None:
    give(firm, "Ёлка")
    with firm.session() as session:
        letters.make_letters(session, now(), PAUSE)
        letters.begin(session, letters.waiting(session, now())[0])
        session.commit()
    assert send(firm).result == {"sent": 0, "again": 0, "failed": 0, "unknown": 1}
    assert [one.state for one in ledger(firm)] == ["unknown"]
    assert server.letters == []


def test_without_an_address_it_says_so(firm: Firm, server: MailServer) -> None:
    choose(firm, "manager2", both=[GIVEN])
    give(firm, "Ёлка", to="manager2")
    send(firm)
    assert [(one.state, one.problem) for one in ledger(firm)] == [
        ("failed", "This person has no e-mail address.")
    ]
    page = firm.browser("director").get("/staff_letter/list/")
    assert (page.status_code, "no e-mail address" in page.text) == (200, True)
    assert firm.browser("manager2").get("/staff_letter/list/").status_code == 403


def test_the_schedule_leaves_no_trace_when_there_is_nothing_to_send(
    firm: Firm, server: MailServer
) -> None:
    moment = datetime(2026, 11, 20, 12, 30, 5, tzinfo=now().tzinfo)

    def started() -> int:
        with firm.session() as session, unscoped(session, "all of them"):
            kind = StartedJob.kind == "core.send_letters"
            return len(session.scalars(select(StartedJob.id).where(kind)).all())

    Worker(firm.app).schedule(moment)
    assert started() == 0
    give(firm, "Ёлка")
    Worker(firm.app).schedule(moment + timedelta(minutes=1))
    work(firm)
    assert (started(), len(server.letters)) == (1, 1)


def test_a_password_is_given_to_the_server(make: Callable[..., Firm]) -> None:
    with mail_server(auth_require_tls=False) as server:
        firm = make()
        connect(firm, server, mail_user="crm", mail_password="secret")
        choose(firm, "manager1", both=[GIVEN])
        give(firm, "Ёлка")
        send(firm)
        assert server.passwords[0] == (b"crm", b"secret")
        assert len(server.letters) == 1
        connect(firm, server, mail_user="crm", mail_password="wrong")
        give(firm, "Сосна")
        earlier(firm, 16)
        assert send(firm).result == {"sent": 0, "again": 1, "failed": 0, "unknown": 0}


def test_without_a_mail_server_the_choice_says_so(make: Callable[..., Firm]) -> None:
    firm = make()
    browser = firm.browser("manager1")
    page = browser.get("/notifications/settings").text
    assert ("sends no letters" in page, 'value="mail"' in page) == (True, False)
    answer = browser.post("/notifications/settings", data={GIVEN: "mail"})
    assert (answer.status_code, "sends no letters" in answer.text) == (400, True)


def test_news_reaches_who_chose_letters_when_none_are_sent_any_more(firm: Firm) -> None:
    choose(firm, "manager1", mail=[GIVEN])
    firm.made.sessions.kw["info"]["letter_pause"] = None
    give(firm, "Ёлка")
    assert firm.browser("manager1").get("/notifications/due").json["count"] == 1
    with firm.session("manager1") as session:
        assert session.scalars(select(Notification.read_at)).all() == [None]
