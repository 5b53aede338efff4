"""A plugin of long work, for the tests of jobs: it counts, waits, fails, dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import func, select

from kartoteka.api import (
    Client,
    Job,
    JobArgument,
    JobContext,
    JobResult,
    PluginInfo,
    Rejected,
    hookimpl,
)

PLUGIN = PluginInfo(name="acme_jobs", title="Acme", version="1", requires_core=">=0.1,<1")
EVERYBODY = ("director", "curator", "manager", "assistant")


def count(job: JobContext) -> JobResult:
    """Write one client for each part, in the transaction of its checkpoint."""
    parts: int = job.arguments["parts"]
    _note(job, f"begin {job.position or 0}")
    for part in range(job.position or 0, parts):
        if job.arguments["pause"]:
            time.sleep(job.arguments["pause"])
        job.session.add(Client(name=f"Part {part} of {job.id}", owner_id=job.asked_by_id))
        job.checkpoint(part + 1, done=part + 1, total=parts, words=f"part {part + 1}")
    return JobResult(words=f"{parts} parts", data={"parts": parts})


def see(job: JobContext) -> JobResult:
    """Make a file of the clients that who asked may see."""
    path = job.file("Клиенты/мои: 1.csv")
    with job.reading() as session:
        names = list(session.scalars(select(Client.name).order_by(Client.name)))
        path.write_text("\n".join(names), encoding="utf-8")
    return JobResult(words=f"{len(names)} clients", file=path)


def wait(job: JobContext) -> str:
    """Go on until it is stopped, saying how far it is and writing nothing."""
    _note(job, "begin")
    for done in range(100_000):
        job.progress(done, 100_000, "waiting")
        time.sleep(0.02)
    return "never"


def stubborn(job: JobContext) -> str:
    """Write once its file `log` says `go`, asking nobody whether it may still."""
    _note(job, "begin")
    while "go" not in Path(job.arguments["log"]).read_text():
        time.sleep(0.02)
    job.session.add(Client(name=f"Late {job.id}", owner_id=job.asked_by_id))
    job.session.commit()
    return "wrote"


def fail(job: JobContext) -> str:
    """Break in a way nobody foresaw, after it wrote something."""
    job.session.add(Client(name="Half", owner_id=job.asked_by_id))
    job.session.flush()
    raise ValueError("secret detail")


def refuse(job: JobContext) -> str:
    """Say no."""
    raise Rejected("Not today.")


def die(job: JobContext) -> str:
    """Take the worker along."""
    _note(job, "die")
    os._exit(9)


def count_clients(job: JobContext) -> str:
    """Tell how many clients there are, whoever asks."""
    return str(job.session.scalar(select(func.count(Client.id))))


def _note(job: JobContext, words: str) -> None:
    if job.arguments.get("log"):
        with Path(job.arguments["log"]).open("a") as file:
            file.write(f"{job.id} {job.attempt} {words}\n")


LOG = JobArgument(name="log")


@hookimpl
def jobs() -> Iterable[Job]:
    """Return one job of each temper."""
    return [
        Job(code="acme_jobs.count", title="Count", run=count, roles=EVERYBODY, arguments=[
            JobArgument(name="parts", kind=int, required=True),
            JobArgument(name="pause", kind=float, default=0.0), LOG]),
        Job(code="acme_jobs.see", title="See", run=see, roles=EVERYBODY),
        Job(code="acme_jobs.wait", title="Wait", run=wait, roles=EVERYBODY, arguments=[LOG],
            at_most_one="person"),
        Job(code="acme_jobs.once", title="Once", run=wait, roles=EVERYBODY, at_most_one="firm"),
        Job(code="acme_jobs.same", title="Same", run=wait, roles=EVERYBODY,
            at_most_one="arguments", arguments=[JobArgument(name="view", kind=int)]),
        Job(code="acme_jobs.stubborn", title="Stubborn", run=stubborn, roles=EVERYBODY,
            arguments=[LOG]),
        Job(code="acme_jobs.fail", title="Fail", run=fail, roles=EVERYBODY),
        Job(code="acme_jobs.refuse", title="Refuse", run=refuse, roles=EVERYBODY),
        Job(code="acme_jobs.die", title="Die", run=die, roles=("director",), arguments=[LOG]),
        Job(code="acme_jobs.all", title="All", run=count_clients, roles=EVERYBODY,
            as_system=True),
        Job(code="acme_jobs.nightly", title="Nightly", run=count_clients, as_system=True,
            schedule="15 2 * * *", at_most_one="firm"),
    ]  # fmt: skip
