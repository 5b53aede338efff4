"""A firm with jobs to do, and a worker without threads that does them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kartoteka.api import Client, StartedJob, start_job
from kartoteka.jobs import ledger
from kartoteka.jobs.executor import Executor
from kartoteka.testing import Firm

JOB = ledger.JOB
LEASE = timedelta(seconds=60)


def busy_firm(make: Callable[..., Firm]) -> Firm:
    """Return a firm with the test plugin of long work; each manager has a client."""
    firm = make("acme_jobs")
    shutil.rmtree(firm.made.config.job_files, ignore_errors=True)  # of the test before
    with firm.session() as session:
        for who in ("manager1", "manager2", "manager3"):
            session.add(Client(name=f"Client of {who}", owner_id=firm.users[who]))
        session.commit()
    return firm


def start(firm: Firm, code: str, who: str | None = "manager1", **arguments: Any) -> int:
    """Start a job of the test plugin and return its number."""
    with firm.session(who) as session:
        # The worker writes too; on SQLite who will write takes its turn at the start.
        session.bind = firm.made.engine.execution_options(writes=True)
        number = start_job(session, f"acme_jobs.{code}", arguments).id
        session.commit()
    return number


def job(firm: Firm, number: int) -> StartedJob:
    """Return a job as the ledger has it now."""
    with firm.session() as session:
        row = session.get_one(StartedJob, number)
        session.expunge(row)
    return row


def work(firm: Firm) -> None:
    """Do what is due, as a thread of a worker does."""
    Executor(firm.app, "test", LEASE).work()


def run(firm: Firm, code: str, who: str | None = "manager1", **arguments: Any) -> StartedJob:
    """Start a job, do it, and return what came of it."""
    number = start(firm, code, who, **arguments)
    work(firm)
    return job(firm, number)
