"""Workers are killed in the middle of their work: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kartoteka.api import Client, StartedJob, cancel_job, start_job
from kartoteka.testing import Firm
from tests.conftest import POSTGRES

DUMMY = Path(__file__).parents[1] / "dummy_plugin"
REDIS = os.environ.get("KARTOTEKA_TEST_REDIS_URL", "")
NO_REDIS = os.environ.get("KARTOTEKA_TEST_REDIS_MISSING", "no Redis was given")
LEASE = 2
LONGEST = 90.0
#: Database of the firm, and what wakes its workers.
BACK_ENDS = [("sqlite", ""), ("sqlite", "redis"), ("postgresql", ""), ("postgresql", "redis"),
             ("postgresql", "database")]  # fmt: skip


def on(*pairs: tuple[str, str]) -> Any:
    """Run a test on these back ends."""
    ids = [f"{database}-{broker or 'file'}" for database, broker in pairs]
    return pytest.mark.parametrize("back_end", pairs, ids=ids, indirect=True)


@pytest.fixture
def back_end(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


@pytest.fixture
def dialect(back_end: tuple[str, str]) -> str:
    if back_end[0] == "postgresql" and not POSTGRES:
        pytest.skip("PostgreSQL: no server was given")
    if back_end[1] == "redis" and not REDIS:
        pytest.skip(f"Redis: {NO_REDIS}")
    return back_end[0]


@dataclass
class Site:
    """A firm, its ledger and its real worker processes."""

    firm: Firm
    environment: dict[str, str]
    log: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list[Any])

    def worker(self, threads: int = 1, grace: float = 10) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "kartoteka", "worker", "--threads", str(threads)]
        # A group of its own, so that nothing of it outlives the kill.
        process = subprocess.Popen(
            [*command, "--grace", str(grace)], env=self.environment, start_new_session=True
        )
        self.workers.append(process)
        return process

    def start(self, code: str, who: str = "manager1", **arguments: Any) -> int:
        with self.firm.session(who) as session:
            row = start_job(session, code, arguments)
            session.commit()
            return row.id

    def job(self, number: int) -> StartedJob:
        with self.firm.session() as session:
            row = session.get_one(StartedJob, number)
            session.expunge(row)
            return row

    def until(self, condition: Callable[[], Any]) -> None:
        last = time.monotonic() + LONGEST
        while not condition():
            assert time.monotonic() < last, [self.job(n) for n in self.ids()]
            time.sleep(0.05)

    def ids(self) -> list[int]:
        with self.firm.session() as session:
            return list(session.scalars(select(StartedJob.id)))

    def ends(self, *numbers: int) -> list[str]:
        self.until(lambda: all(self.job(number).is_over for number in numbers))
        return [self.job(number).state for number in numbers]

    def notes(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def parts(self, number: int) -> list[str]:
        with self.firm.session() as session:
            wanted = Client.name.like(f"Part % of {number}")
            return sorted(session.scalars(select(Client.name).where(wanted)))


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def site(make: Any, back_end: tuple[str, str], tmp_path: Path) -> Iterator[Site]:
    firm: Firm = make("acme_jobs")
    config = firm.made.config
    address = REDIS if back_end[1] == "redis" else back_end[1]
    broker = firm.made.broker
    broker.close()
    broker.__init__(replace(config, job_broker=address))
    path = os.pathsep.join([str(DUMMY), *sys.path])
    environment = {
        **os.environ, "KARTOTEKA_DIR": str(config.folder), "KARTOTEKA_DATABASE_URL": config.url,
        "KARTOTEKA_PLUGINS": "acme_jobs", "KARTOTEKA_SECRET_KEY": "s" * 48,
        "KARTOTEKA_JOB_BROKER": address, "KARTOTEKA_JOB_LEASE": str(LEASE), "PYTHONPATH": path,
        "KARTOTEKA_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    made = Site(firm=firm, environment=environment, log=tmp_path / "log")
    yield made
    for process in made.workers:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    broker.close()
    broker.__init__(config)


@on(*BACK_ENDS)
def test_a_killed_worker_loses_no_job_and_repeats_no_chunk(site: Site) -> None:
    long = [site.start("acme_jobs.count", parts=30, pause=0.1, log=str(site.log)) for _ in range(2)]
    short = [site.start("acme_jobs.count", parts=3, log=str(site.log)) for _ in range(3)]
    first = site.worker(threads=2)
    site.until(lambda: all((site.job(number).done or 0) >= 3 for number in long))
    kill(first)
    at_kill = {number: site.job(number).done for number in long}
    assert all(site.job(number).state == "running" for number in long)
    site.worker(threads=2)
    assert site.ends(*long, *short) == ["done"] * 5
    for number in long:
        assert site.parts(number) == sorted(f"Part {n} of {number}" for n in range(30))
        assert site.job(number).attempts == 2
        # The second worker began where the last committed chunk had ended.
        assert f"{number} 2 begin {at_kill[number]}" in site.notes()
    for number in short:
        assert len(site.parts(number)) == 3
        assert site.job(number).attempts == 1


@on(BACK_ENDS[0], BACK_ENDS[4])
def test_two_workers_never_run_one_job_together(site: Site) -> None:
    numbers = [site.start("acme_jobs.count", parts=2, log=str(site.log)) for _ in range(24)]
    site.worker(threads=2)
    site.worker(threads=2)
    assert site.ends(*numbers) == ["done"] * 24
    assert sorted(site.notes()) == sorted(f"{number} 1 begin 0" for number in numbers)
    with site.firm.session() as session:
        assert session.scalar(select(func.count(Client.id))) == 48


@on(BACK_ENDS[1])
def test_a_lost_wake_up_is_found_by_looking(site: Site) -> None:
    site.worker()
    warm = site.start("acme_jobs.count", parts=1)
    site.ends(warm)
    with site.firm.session("manager1") as session:
        session.info["waker"] = None  # as when the queue was away at the commit
        number = start_job(session, "acme_jobs.count", {"parts": 1}).id
        session.commit()
    assert site.ends(number) == ["done"]


@on(BACK_ENDS[0])
def test_a_stopped_worker_lays_its_job_down_for_the_next(site: Site) -> None:
    number = site.start("acme_jobs.count", parts=200, pause=0.05, log=str(site.log))
    first = site.worker()
    site.until(lambda: (site.job(number).done or 0) >= 2)
    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    row = site.job(number)
    assert (row.state, row.worker, row.losses) == ("waiting", None, 0)
    assert len(site.parts(number)) == row.done
    site.worker()
    site.until(lambda: (site.job(number).done or 0) > (row.done or 0))
    assert f"{number} 2 begin {row.done}" in site.notes()


@on(BACK_ENDS[2])
def test_a_job_that_kills_its_workers_is_given_up(site: Site) -> None:
    number = site.start("acme_jobs.die", "director", log=str(site.log))
    last = time.monotonic() + LONGEST
    while not site.job(number).is_over:
        assert time.monotonic() < last
        process = site.worker()
        while process.poll() is None and not site.job(number).is_over:
            time.sleep(0.05)
    row = site.job(number)
    assert (row.state, row.error) == (
        "failed", "Its worker died several times before anything was done.",
    )  # fmt: skip
    assert len(site.notes()) == 3


@on(BACK_ENDS[3])
def test_a_running_job_is_cancelled_from_another_process(site: Site) -> None:
    number = site.start("acme_jobs.wait", log=str(site.log))
    site.worker()
    site.until(lambda: site.notes())
    with site.firm.session("manager1") as session:
        cancel_job(session, number)
        session.commit()
    assert site.ends(number) == ["cancelled"]
