"""Schedules start their jobs once; the core's nightly jobs do what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from kartoteka.api import (
    Client,
    Job,
    PluginError,
    PluginInfo,
    StartedJob,
    hookimpl,
    now,
    start_job,
)
from kartoteka.jobs.worker import Worker
from kartoteka.services.cron import last_due, slot_of
from kartoteka.testing import Firm
from tests.core.long_work import JOB, busy_firm, job, run, work


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return busy_firm(make)


def test_a_schedule_starts_one_job_for_each_of_its_moments(firm: Firm) -> None:
    zone = ZoneInfo(firm.made.config.time_zone)
    due = datetime(2026, 11, 20, 2, 15, tzinfo=zone).astimezone(UTC)
    one, other = Worker(firm.app), Worker(firm.app)

    def nightly() -> list[str | None]:
        with firm.session() as session:
            wanted = StartedJob.kind == "acme_jobs.nightly"
            return list(session.scalars(select(StartedJob.slot).where(wanted)))

    one.schedule(due - timedelta(minutes=1))
    assert nightly() == []
    for worker in (one, other, one):
        worker.schedule(due + timedelta(seconds=10))
    assert nightly() == ["acme_jobs.nightly@2026-11-20T02:15"]
    work(firm)
    # The firm's server was off the next night: it is caught up with, once.
    Worker(firm.app).schedule(due + timedelta(days=1, hours=6))
    Worker(firm.app).schedule(due + timedelta(days=1, hours=7))
    assert nightly()[1:] == ["acme_jobs.nightly@2026-11-21T02:15"]
    # While one still waits, the next moment does not start a second.
    Worker(firm.app).schedule(due + timedelta(days=2))
    assert len(nightly()) == 2


def test_a_fresh_base_does_not_catch_up_with_nights_before_it(firm: Firm) -> None:
    zone = ZoneInfo(firm.made.config.time_zone)
    Worker(firm.app).schedule(datetime(2026, 11, 20, 15, 0, tzinfo=zone))
    with firm.session() as session:
        assert session.scalar(select(func.count(StartedJob.id))) == 0


def test_hours_of_a_schedule_are_those_of_the_firm_through_summer_time() -> None:
    sofia = ZoneInfo("Europe/Sofia")
    at = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert last_due("30 3 * * *", at, sofia) == datetime(2026, 7, 1, 3, 30, tzinfo=sofia)
    # 3:30 comes twice on 25 October 2026, and has one name.
    twice = [datetime(2026, 10, 25, hour, 40, tzinfo=UTC) for hour in (0, 1)]
    slots = {slot_of("a", due) for at in twice if (due := last_due("30 3 * * *", at, sofia))}
    assert slots == {"a@2026-10-25T03:30"}
    # It does not come on 29 March.
    morning = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    assert last_due("30 3 * * *", morning, sofia) is None or (
        last_due("30 3 * * *", morning, sofia).day == 28  # pyright: ignore[reportOptionalMemberAccess]
    )
    assert last_due("0 3 1 1 *", at, sofia) is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"code": "night"}, "must start with 'bad.'"),
        ({"schedule": "every night"}, "five words of cron"),
        ({"schedule": "61 3 * * *"}, "five words of cron"),
        ({"roles": ["boss"]}, "no role"),
        ({"schedule": "0 3 * * *"}, "as_system"),
    ],
)
def test_a_job_that_is_declared_wrong_stops_the_start(
    make: Callable[..., Firm], given: dict[str, Any], says: str
) -> None:
    def jobs() -> list[Job]:
        values: dict[str, Any] = {"code": "bad.job", "title": "Bad", "run": print, **given}
        return [Job(**values)]

    info = PluginInfo(name="bad", title="Bad", version="1", requires_core=">=0.1,<1")
    with pytest.raises(PluginError, match=says):
        make(SimpleNamespace(PLUGIN=info, jobs=hookimpl(jobs)))


# The core's own


def test_old_jobs_and_their_files_go(firm: Firm) -> None:
    row = run(firm, "see")
    kept = firm.made.config.job_files / str(row.result_file)
    assert kept.read_text() == "Client of manager1"
    fresh = run(firm, "see", "manager2")
    old = run(firm, "all")
    with firm.made.engine.begin() as connection:
        for number, days in ((row.id, 8), (old.id, 91)):
            late = now() - timedelta(days=days)
            connection.execute(update(JOB).where(JOB.c.id == number).values(finished_at=late))
    with firm.session("director") as session:
        cleaning = start_job(session, "core.clean_jobs").id
        session.commit()
    work(firm)
    assert job(firm, cleaning).result == {"jobs": 1, "files": 1}
    assert not kept.exists()
    assert job(firm, row.id).result_file is None
    assert (firm.made.config.job_files / str(fresh.result_file)).exists()
    with firm.session() as session:
        assert session.get(StartedJob, old.id) is None


def test_totals_are_proved_at_night(firm: Firm) -> None:
    def check() -> Any:
        with firm.session("director") as session:
            number = start_job(session, "core.check_totals").id
            session.commit()
        work(firm)
        return job(firm, number).result

    assert check() == {"clients": []}
    with firm.made.engine.begin() as connection:
        table: Any = Client.__table__
        wrong = connection.scalar(select(func.min(table.c.id)))
        connection.execute(update(table).where(table.c.id == wrong).values(purchase_count=7))
    assert check() == {"clients": [wrong]}
