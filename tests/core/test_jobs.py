"""Jobs are started, run, refused and cancelled by whoever may, and by nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select, update

from kartoteka.api import (
    AlreadyRunning,
    Client,
    Invalid,
    JobEnded,
    NotAllowed,
    PluginInfo,
    Rejected,
    StartedJob,
    cancel_job,
    hookimpl,
    now,
    start_job,
)
from kartoteka.jobs import ledger
from kartoteka.testing import Firm
from tests.core.long_work import JOB, LEASE, busy_firm, job, run, start, work


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return busy_firm(make)


def messages(firm: Firm) -> int:
    return firm.made.broker.open().storage.queue_size()


def test_a_job_is_there_if_and_only_if_its_transaction_is(firm: Firm) -> None:
    before = messages(firm)
    with firm.session("manager1") as session:
        session.add(Client(name="Kept", owner_id=firm.users["manager1"]))
        start_job(session, "acme_jobs.see")
        session.rollback()
        assert session.scalar(select(func.count(StartedJob.id))) == 0
        assert messages(firm) == before
        start_job(session, "acme_jobs.see")
        savepoint = session.begin_nested()
        start_job(session, "acme_jobs.see")
        savepoint.rollback()
        assert messages(firm) == before
        session.commit()
        assert session.scalar(select(func.count(StartedJob.id))) == 1
    assert messages(firm) > before


def test_only_the_roles_a_job_names_may_start_it(firm: Firm) -> None:
    with firm.session("manager1") as session, pytest.raises(NotAllowed):
        start_job(session, "acme_jobs.die")
    with firm.session("manager1") as session, pytest.raises(NotAllowed):
        start_job(session, "acme_jobs.nightly")
    assert start(firm, "die", "director")
    assert start(firm, "die", "admin")


def test_nobody_starts_a_job_in_the_name_of_a_stranger(firm: Firm) -> None:
    with firm.session("assistant1") as session:
        with pytest.raises(NotAllowed):
            start_job(session, "acme_jobs.see", on_behalf_of=firm.users["manager2"])
        row = start_job(session, "acme_jobs.see", on_behalf_of=firm.users["manager1"])
        assert (row.asked_by_id, row.on_behalf_of_id) == (
            firm.users["assistant1"], firm.users["manager1"],
        )  # fmt: skip


def nested(depth: int) -> Any:
    value: Any = 1
    for _level in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "arguments",
    [{}, {"parts": "3"}, {"parts": True}, {"parts": 1, "other": 2}, {"parts": 1, "pause": "x"},
     {"parts": 1, "log": 5}, {"parts": 1, "log": "x" * 270_000}, {"parts": nested(5000)},
     {"parts": 1, "pause": float("nan")}],
    ids=["none", "text", "flag", "unknown", "word", "number", "long", "deep", "nan"],
)  # fmt: skip
def test_arguments_that_do_not_pass_are_refused_with_a_sentence(
    firm: Firm, arguments: dict[str, Any]
) -> None:
    with firm.session("manager1") as session, pytest.raises(Invalid) as refused:
        start_job(session, "acme_jobs.count", arguments)
    assert all(refused.value.errors.values())


def test_an_unknown_job_is_refused(firm: Firm) -> None:
    with firm.session("director") as session, pytest.raises(Rejected, match=r"core\.clean_jobs"):
        start_job(session, "acme_jobs.nothing")


def test_at_most_one_for_the_firm_for_a_person_or_for_the_same_values(firm: Firm) -> None:
    first = start(firm, "once")
    with firm.session("manager1") as session, pytest.raises(AlreadyRunning) as refused:
        start_job(session, "acme_jobs.once")
    assert refused.value.job_id == first
    with firm.session("manager2") as session, pytest.raises(AlreadyRunning) as refused:
        start_job(session, "acme_jobs.once")
    assert refused.value.job_id is None  # somebody else's is not told of
    start(firm, "wait", "manager1")
    start(firm, "wait", "manager2")
    with firm.session("manager2") as session, pytest.raises(AlreadyRunning):
        start_job(session, "acme_jobs.wait")
    start(firm, "same", view=1)
    start(firm, "same", view=2)
    with firm.session("manager2") as session, pytest.raises(AlreadyRunning):
        start_job(session, "acme_jobs.same", {"view": 2})
    with firm.session("manager1") as session:
        cancel_job(session, first)
        session.commit()
    assert start(firm, "once", "manager2")


def test_of_two_who_start_at_once_one_is_refused(firm: Firm) -> None:
    outcomes: list[str] = []

    def try_it(who: str) -> None:
        with firm.session(who) as session:
            session.bind = firm.made.engine.execution_options(writes=True)
            try:
                start_job(session, "acme_jobs.once")
                time.sleep(0.1)
                session.commit()
                outcomes.append("started")
            except AlreadyRunning:
                outcomes.append("refused")

    people = ("manager1", "manager2", "manager3")
    threads = [threading.Thread(target=try_it, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "started"]


def test_a_job_for_later_is_not_taken_before_its_time(firm: Firm) -> None:
    with firm.session("manager1") as session:
        number = start_job(session, "acme_jobs.see", run_at=now() + timedelta(hours=1)).id
        session.commit()
    work(firm)
    assert job(firm, number).state == "waiting"
    with firm.made.engine.begin() as connection:
        connection.execute(update(JOB).values(run_at=now()))
    work(firm)
    assert job(firm, number).state == "done"


# Running


def test_a_job_sees_and_writes_with_the_rights_of_who_asked(firm: Firm) -> None:
    assert run(firm, "see", "manager1").result_words == "1 clients"
    assert run(firm, "see", "curator1").result_words == "2 clients"
    assert run(firm, "see", "director").result_words == "3 clients"
    assert run(firm, "all", "manager1").result_words == "3"
    row = run(firm, "count", "manager1", parts=2)
    assert (row.state, row.done, row.total, row.result) == ("done", 2, 2, {"parts": 2})
    with firm.session("manager2") as session:
        assert session.scalar(select(func.count(Client.id))) == 1
    with firm.session() as session:
        made = session.scalars(select(Client).where(Client.name.like("Part %"))).all()
        assert {client.created_by_id for client in made} == {firm.users["manager1"]}


def test_a_job_of_a_closed_account_is_not_run(firm: Firm) -> None:
    number = start(firm, "see", "manager1")
    with firm.session() as session:
        session.get_one(User, firm.users["manager1"]).active = False
        session.commit()
    work(firm)
    row = job(firm, number)
    assert (row.state, row.error) == ("failed", "The account of who asked is closed.")


def test_a_failure_is_told_in_a_sentence_and_its_chunk_is_rolled_back(
    firm: Firm, caplog: pytest.LogCaptureFixture
) -> None:
    row = run(firm, "fail")
    assert (row.state, row.error) == ("failed", "Something went wrong here. It was written down.")
    assert "secret detail" in caplog.text
    with firm.session() as session:
        assert session.scalar(select(Client.id).where(Client.name == "Half")) is None
    assert run(firm, "refuse").error == "Not today."


def test_the_end_of_a_job_is_an_event(make: Callable[..., Firm]) -> None:
    heard: list[JobEnded] = []

    def on_event(event: Any) -> None:
        if isinstance(event, JobEnded):
            heard.append(event)

    info = PluginInfo(name="ear", title="Ear", version="1", requires_core=">=0.1,<1")
    firm = make("acme_jobs", SimpleNamespace(PLUGIN=info, on_event=hookimpl(on_event)))
    done, failed = start(firm, "see"), start(firm, "fail")
    work(firm)
    assert [(e.job_id, e.state, e.user_id) for e in heard] == [
        (done, "done", firm.users["manager1"]), (failed, "failed", firm.users["manager1"]),
    ]  # fmt: skip


def test_who_lost_the_lease_writes_nothing(firm: Firm, tmp_path: Path) -> None:
    log = tmp_path / "log"
    number = start(firm, "stubborn", log=str(log))
    thread = threading.Thread(target=work, args=(firm,))
    thread.start()
    while not log.exists() or "begin" not in log.read_text():
        time.sleep(0.02)
    with firm.made.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(JOB).values(lease_until=now() - timedelta(seconds=1)))
        taken = ledger.claim(connection, ["acme_jobs.stubborn"], "another", LEASE, now())
    assert isinstance(taken, ledger.Claim)
    assert taken.attempt == 2
    with log.open("a") as file:
        file.write("go")
    thread.join(30)
    with firm.session() as session:
        assert session.scalar(select(Client.id).where(Client.name.like("Late%"))) is None
    row = job(firm, number)
    assert (row.state, row.worker, row.attempts) == ("running", "another", 2)


def test_a_job_without_a_sign_of_life_is_taken_up_where_it_was(firm: Firm) -> None:
    number = start(firm, "count", parts=5)
    with firm.made.engine.execution_options(writes=True).begin() as connection:
        first = ledger.claim(connection, ["acme_jobs.count"], "dead", timedelta(0), now())
        assert isinstance(first, ledger.Claim)
        ledger.write(connection, number, 1, {"position": 3, "done": 3, "total": 5})
    work(firm)
    row = job(firm, number)
    assert (row.state, row.attempts, row.done) == ("done", 2, 5)
    with firm.session() as session:
        parts = session.scalars(select(Client.name).where(Client.name.like("Part %"))).all()
        assert sorted(parts) == [f"Part 3 of {number}", f"Part 4 of {number}"]


# Cancelling


def test_a_waiting_job_is_cancelled_at_once_and_never_twice(firm: Firm) -> None:
    number = start(firm, "see")
    with firm.session("manager2") as session, pytest.raises(NotAllowed):
        cancel_job(session, number)
    with firm.session("manager1") as session:
        assert cancel_job(session, number).state == "cancelled"
        session.commit()
        with pytest.raises(Rejected):
            cancel_job(session, number)
    work(firm)
    assert job(firm, number).attempts == 0


def test_a_running_job_ends_after_its_chunk_and_keeps_what_it_did(firm: Firm) -> None:
    number = start(firm, "count", parts=10_000, pause=0.01)
    thread = threading.Thread(target=work, args=(firm,))
    thread.start()
    while (job(firm, number).done or 0) < 2:
        time.sleep(0.02)
    with firm.session("director") as session:
        session.bind = firm.made.engine.execution_options(writes=True)
        assert cancel_job(session, number).state == "running"
        session.commit()
    thread.join(30)
    row = job(firm, number)
    assert row.state == "cancelled"
    with firm.session() as session:
        parts = select(func.count(Client.id)).where(Client.name.like("Part %"))
        assert session.scalar(parts) == row.done
