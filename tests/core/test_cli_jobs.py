"""`kartoteka jobs`: what an operator lists, starts, waits for and cancels."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from kartoteka.api import Client, Invalid, NotAllowed, Rejected
from kartoteka.cli.context import Installation
from kartoteka.cli.jobs import jobs
from kartoteka.errors import KartotekaError, Unreadable
from kartoteka.jobs.executor import Executor
from kartoteka.testing import Firm
from tests.core.long_work import JOB, LEASE, busy_firm, job, start, work


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return busy_firm(make)


def command(firm: Firm, *arguments: str) -> Result:
    made = Installation(firm.made.config.folder)
    made.__dict__.update(config=firm.made.config, made=firm.made, app=firm.app)
    return CliRunner().invoke(jobs, list(arguments), obj=made, catch_exceptions=False)


def told(firm: Firm, *arguments: str) -> Any:
    """Return what a command prints for programs."""
    done = command(firm, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@contextmanager
def worker(firm: Firm) -> Iterator[None]:
    """Do what is started meanwhile, as a worker beside the command does."""
    over = threading.Event()

    def go_on() -> None:
        executor = Executor(firm.app, "test", LEASE)
        while not over.wait(0.05):
            executor.work()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_the_newest_jobs_stand_first_with_what_came_of_them(firm: Firm) -> None:
    done = start(firm, "count", parts=2)
    failed = start(firm, "refuse", "manager2")
    work(firm)
    waiting = start(firm, "see", "manager3")

    found = told(firm, "list")
    assert [row["id"] for row in found["jobs"]] == [waiting, failed, done]
    assert [row["state"] for row in found["jobs"]] == ["waiting", "failed", "done"]
    assert found["jobs"][2]["result"] == {"parts": 2}
    assert found["jobs"][2]["arguments"] == {"parts": 2, "pause": 0.0, "log": None}
    assert found["jobs"][1]["error"] == "Not today."
    assert found["jobs"][0]["asked_by_id"] == firm.users["manager3"]
    assert found["kinds"]["acme_jobs.count"] == "Count"
    shown = command(firm, "list").output
    assert "acme_jobs.refuse" in shown
    assert "Not today." in shown
    assert "2 / 2" in shown
    assert "They can be started: " in shown


def test_the_list_is_narrowed_by_state_number_and_person(firm: Firm) -> None:
    mine, other = start(firm, "count", parts=1), start(firm, "see", "manager2")
    work(firm)
    waiting = start(firm, "count", parts=1)
    assert [row["id"] for row in told(firm, "list", "--state", "done")["jobs"]] == [other, mine]
    assert [row["id"] for row in told(firm, "list", "--most", "1")["jobs"]] == [waiting]
    assert [row["id"] for row in told(firm, "list", "--as", "manager1")["jobs"]] == [waiting, mine]
    assert len(told(firm, "list", "--as", "director")["jobs"]) == 3
    assert told(firm, "list", "--state", "cancelled")["jobs"] == []
    with pytest.raises(KartotekaError, match="no active user"):
        command(firm, "list", "--as", "nobody")
    assert command(firm, "list", "--state", "lost").exit_code == 2
    assert command(firm, "list", "--most", "0").exit_code == 2


def test_a_job_is_started_with_its_values_and_the_rights_of_a_person(firm: Firm) -> None:
    made = told(firm, "start", "acme_jobs.see", "--as", "manager1")
    assert (made["state"], made["asked_by_id"]) == ("waiting", firm.users["manager1"])
    work(firm)
    assert job(firm, made["id"]).result_words == "1 clients"
    whole = told(firm, "start", "acme_jobs.see")
    work(firm)
    assert job(firm, whole["id"]).result_words == "3 clients"
    said = command(firm, "start", "acme_jobs.count", "--args", '{"parts": 3}').output
    assert "is waiting." in said
    work(firm)
    with firm.session() as session:
        names = session.scalars(select(Client.name).where(Client.name.like("Part%"))).all()
        assert len(names) == 3


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        (["acme_jobs.none"], Rejected, "There is no job"),
        (["acme_jobs.count"], Invalid, "This is needed"),
        (["acme_jobs.count", "--args", '{"parts": "many"}'], Invalid, "Expected int"),
        (["acme_jobs.count", "--args", '{"parts": 1, "more": 1}'], Invalid, "no such value"),
        (["acme_jobs.count", "--args", "{"], Unreadable, "is no JSON"),
        (["acme_jobs.count", "--args", "[1]"], Unreadable, "must be a JSON object"),
        (["acme_jobs.die", "--as", "manager1"], NotAllowed, "no right to start"),
        (["acme_jobs.wait", "--as", "manager9"], KartotekaError, "no active user"),
    ],
)
def test_what_can_not_be_started_is_refused_with_a_sentence(
    firm: Firm, arguments: list[str], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        command(firm, "start", *arguments)
    assert told(firm, "list")["jobs"] == []


def test_waiting_ends_with_the_job_and_says_how_it_went(firm: Firm) -> None:
    with worker(firm):
        good = command(firm, "start", "acme_jobs.count", "--args", '{"parts": 2}', "--wait")
        bad = command(firm, "start", "acme_jobs.refuse", "--wait")
        told_bad = command(firm, "start", "acme_jobs.refuse", "--wait", "--json")
    assert good.exit_code == 0
    assert "is done. 2 parts" in good.output
    assert bad.exit_code == 1
    assert "Not today." in bad.stderr
    assert told_bad.exit_code == 1
    assert json.loads(told_bad.stdout)["state"] == "failed"


def test_a_waiting_job_is_cancelled_at_once(firm: Firm) -> None:
    number = start(firm, "count", parts=1)
    assert f"Job {number} is cancelled." in command(firm, "cancel", str(number)).output
    work(firm)
    assert (job(firm, number).state, job(firm, number).done) == ("cancelled", None)
    with pytest.raises(Rejected, match="over already"):
        command(firm, "cancel", str(number))


def test_a_running_job_ends_after_its_part(firm: Firm) -> None:
    number = start(firm, "count", parts=5)
    with firm.session() as session:
        session.connection().execute(
            update(JOB).where(JOB.c.id == number).values(
                state="running", lease_until=job(firm, number).created_at + 10 * LEASE, attempts=1
            )
        )  # fmt: skip
        session.commit()
    said = told(firm, "cancel", str(number))
    assert said["state"] == "running"
    assert job(firm, number).cancel_asked_at is not None
    assert "ends after the part" in command(firm, "cancel", str(number)).output


def test_nobody_cancels_the_job_of_another(firm: Firm) -> None:
    number = start(firm, "count", parts=1)
    for who, which in (("manager2", number), ("manager1", number + 1000)):
        with pytest.raises(NotAllowed, match="no such job"):
            command(firm, "cancel", str(which), "--as", who)
    assert job(firm, number).state == "waiting"
    assert command(firm, "cancel", "0").exit_code == 2
    assert "is cancelled" in command(firm, "cancel", str(number), "--as", "director").output
