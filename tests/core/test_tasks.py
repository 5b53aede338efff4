"""What is to do: one line makes a task, finishing it plans the next, reminders come in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from kartoteka.api import Client, Invalid, Reading, Rejected, Task, create
from kartoteka.db.session import RecordSession
from kartoteka.services import tasks
from kartoteka.services.task_words import planned
from kartoteka.testing import Firm, statements

MOSCOW = ZoneInfo("Europe/Moscow")
#: A Wednesday, 12:00 in Moscow.
NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def session(firm: Firm) -> Iterator[RecordSession]:
    """A session of manager1, who lives in Moscow."""
    with firm.session("manager1") as session:
        session.info["reading"] = Reading(tz=MOSCOW)
        yield session


def moscow(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("line", "title", "due"),
    [
        ("tomorrow 10:00 call Ivanov", "call Ivanov", moscow(5, 10)),
        ("call Ivanov tomorrow at 10", "call Ivanov", moscow(5, 10)),
        ("позвонить Иванову завтра в 15:30", "позвонить Иванову", moscow(5, 15, 30)),
        ("утре в 11:00 да се обадя", "да се обадя", moscow(5, 11)),
        ("через 3 дня отправить счёт", "отправить счёт", moscow(7, 9)),
        ("in 2 hours send the offer", "send the offer", moscow(4, 14)),
        ("след 20 минути обаждане", "обаждане", moscow(4, 12, 20)),
        ("in a week at 16:00 ask again", "ask again", moscow(11, 16)),
        ("friday: send prices", "send prices", moscow(6, 9)),
        ("в среду встреча", "встреча", moscow(11, 9)),
        ("25.12 14:30 greet", "greet", moscow(25, 14, 30, month=12)),
        ("2026-03-10 renew", "renew", moscow(10, 9)),
        ("18:00 call", "call", moscow(4, 18)),
        ("8:00 call", "call", moscow(5, 8)),
        ("call today", "call", moscow(4, 13)),
        ("Order 25 boxes of model 10", "Order 25 boxes of model 10", moscow(5, 9)),
        ("glue size 2.35", "glue size 2.35", moscow(5, 9)),
        ("0.5 l of paint", "0.5 l of paint", moscow(5, 9)),
        ("29.02 leap day", "leap day", datetime(2028, 2, 29, 9, tzinfo=MOSCOW)),
    ],
)
def test_a_line_says_what_and_when(line: str, title: str, due: datetime) -> None:
    plan = planned(line, NOON, MOSCOW)
    assert (plan.title, plan.due_at) == (title, due)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("31.02.2026 ошибка", "31.02.2026"),
        ("31.02 nonsense", "31.02"),
        ("call 45.13.2026", "45.13.2026"),
        ("2026-02-30 renew", "2026-02-30"),
    ],
)
def test_a_day_that_does_not_exist_is_told_and_nothing_is_planned(
    session: RecordSession, line: str, day: str
) -> None:
    with pytest.raises(Invalid) as refused:
        tasks.create(session, line, now=NOON)
    assert f"no such day: {day}." in refused.value.errors["title"]
    assert session.scalars(select(Task)).all() == []


def test_the_words_are_kept_when_the_moment_is_given_apart(session: RecordSession) -> None:
    task = tasks.create(session, "31.02 nonsense", now=NOON, due_at=moscow(5, 9))
    assert (task.title, task.due_at) == ("31.02 nonsense", moscow(5, 9))


def test_a_task_needs_words(session: RecordSession) -> None:
    with pytest.raises(Invalid) as refused:
        tasks.create(session, "tomorrow 10:00", now=NOON)
    assert list(refused.value.errors) == ["title"]


def test_a_done_task_plans_the_next_one_for_the_same_client(
    firm: Firm, session: RecordSession
) -> None:
    client = create(session, firm.made.registry.entity("client"), {"name": "Ёлка"})
    task = tasks.create(session, "today call", now=NOON, client_id=client.id)
    follow = tasks.done(
        session, task, now=NOON, result="wants prices", follow_up="tomorrow 10:00 send prices"
    )
    session.commit()
    assert (task.done_at, task.result) == (NOON, "wants prices")
    assert follow is not None
    assert (follow.title, follow.client_id, follow.due_at, follow.owner_id) == (
        "send prices", client.id, moscow(5, 10), firm.users["manager1"],
    )  # fmt: skip


def test_a_done_task_is_not_done_twice(session: RecordSession) -> None:
    task = tasks.create(session, "call", now=NOON)
    tasks.done(session, task, now=NOON)
    with pytest.raises(Rejected):
        tasks.done(session, task, now=NOON)
    with pytest.raises(Rejected):
        tasks.postpone(session, task, NOON)


def test_groups_end_at_the_persons_own_midnight(session: RecordSession) -> None:
    late = tasks.create(session, "late", now=NOON, due_at=NOON - timedelta(minutes=1))
    tonight = tasks.create(session, "tonight", now=NOON, due_at=moscow(4, 23, 59))
    morrow = tasks.create(session, "tomorrow", now=NOON, due_at=moscow(5, 0))
    session.commit()
    found = tasks.groups(session, NOON)
    groups = found.overdue, found.today, found.later
    assert [[task.id for task in group.tasks] for group in groups] == [
        [late.id], [tonight.id], [morrow.id],
    ]  # fmt: skip
    assert [group.count for group in groups] == [1, 1, 1]


def test_groups_take_four_statements_however_many_tasks(session: RecordSession) -> None:
    session.add_all(
        [Task(title=f"t{n}", due_at=NOON + timedelta(hours=n - 100)) for n in range(300)]
    )
    session.commit()
    with statements(session) as sent:
        found = tasks.groups(session, NOON)
    assert len([text for text in sent if text.startswith("SELECT")]) == 4
    assert (found.overdue.count, len(found.overdue.tasks)) == (100, 100)


def test_a_colleagues_task_shows_only_when_asked_for(firm: Firm, session: RecordSession) -> None:
    with firm.session("curator1") as curators:
        tasks.create(curators, "call", now=NOON, owner_id=firm.users["manager1"])
        tasks.create(curators, "call", now=NOON, owner_id=firm.users["manager2"])
        curators.commit()
        assert tasks.groups(curators, NOON).later.count == 0
        assert tasks.groups(curators, NOON, everybody=True).later.count == 2
    session.rollback()
    assert tasks.groups(session, NOON, everybody=True).later.count == 1


def test_a_reminder_comes_at_its_time_and_not_before(session: RecordSession) -> None:
    task = tasks.create(session, "call", now=NOON, due_at=NOON + timedelta(minutes=5))
    session.commit()
    assert tasks.due_now(session, NOON + timedelta(minutes=4)) == []
    assert tasks.due_now(session, NOON + timedelta(minutes=5)) == [task]


def test_a_reminder_may_come_before_the_task_is_due(session: RecordSession) -> None:
    task = tasks.create(session, "call", now=NOON, due_at=NOON + timedelta(hours=2))
    task.remind_at = NOON + timedelta(hours=1)
    session.commit()
    assert tasks.due_now(session, NOON + timedelta(hours=1)) == [task]


def test_a_postponed_task_keeps_quiet_until_then(session: RecordSession) -> None:
    task = tasks.create(session, "call", now=NOON, due_at=NOON)
    tasks.postpone(session, task, NOON + timedelta(minutes=10))
    session.commit()
    assert task.due_at == NOON + timedelta(minutes=10)
    assert tasks.due_now(session, NOON + timedelta(minutes=9)) == []
    assert tasks.due_now(session, NOON + timedelta(minutes=10)) == [task]


def test_nobody_is_reminded_of_others_tasks_or_done_ones(
    firm: Firm, session: RecordSession
) -> None:
    tasks.done(session, tasks.create(session, "mine", now=NOON, due_at=NOON), now=NOON)
    session.commit()
    with firm.session("assistant1") as assistant:
        tasks.create(assistant, "theirs", now=NOON, due_at=NOON)
        assistant.commit()
    assert len(session.scalars(select(Task)).all()) == 2  # a superior sees the assistant's
    assert tasks.due_now(session, NOON) == []


def test_a_task_for_a_client_out_of_sight_is_refused(firm: Firm, session: RecordSession) -> None:
    with firm.session() as system:
        other = Client(name="Other", kind="organisation", owner_id=firm.users["manager3"])
        system.add(other)
        system.commit()
        other_id = other.id
    with pytest.raises(Invalid) as refused:
        tasks.create(session, "call", now=NOON, client_id=other_id)
    assert list(refused.value.errors) == ["client_id"]
