"""What the work of a job is given: a session, its arguments, a way to say how far it is.

Work in chunks looks like this::

    def run(job: JobContext) -> str:
        start = job.position or 0
        while ids := next_ids(job.session, after=start):
            mend(job.session, ids)
            start = ids[-1]
            job.checkpoint(start, done=..., total=...)      # chunk and position: one transaction
        return gettext("Mended.")

Work that only reads and makes a file::

    def run(job: JobContext) -> JobResult:
        path = job.file("clients.xlsx")
        with job.reading() as session:
            for done, page in enumerate(pages(session)):
                write(path, page)
                job.progress(done, total)
        return JobResult(words=gettext("The file is ready."), file=path)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.config import Config
from kartoteka.db.busy import let_others_write
from kartoteka.db.session import RecordSession
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import JobEnded, JobResult
from kartoteka.jobs import files, ledger
from kartoteka.jobs.stopping import JobCancelled, LaidDown, LeaseLost
from kartoteka.models.job import SENTENCE
from kartoteka.services.events import emit
from kartoteka.services.notices import job_ended

if TYPE_CHECKING:
    from kartoteka.app import Kartoteka


class JobContext:
    """One attempt at a job.

    Attributes:
        id: number of the job, as people see it.
        arguments: what it was started with, checked, defaults filled in.
        position: what the last checkpoint of this or an earlier attempt recorded; None at first.
        attempt: 1 for the first time; more when a worker died or laid it down.
        asked_by_id: who asked; None for a schedule.
        session: acts with the rights of who asked, or as the system when the job says so. Its
            commits are refused once another worker has the job. On SQLite it holds the write lock
            from its first statement to its commit, so keep chunks short, or use `reading()`.
    """

    def __init__(
        self, made: Kartoteka, claim: ledger.Claim, session: RecordSession, lease: timedelta
    ) -> None:
        self.id = claim.id
        self.code = claim.kind
        self.arguments: Mapping[str, Any] = claim.arguments
        self.position: Any = claim.position
        self.attempt = claim.attempt
        self.asked_by_id = claim.asked_by_id
        self.session = session
        self._made = made
        self._lease = lease
        self._said: dict[str, Any] = {"done": claim.done, "total": claim.total}
        self._unwritten: dict[str, Any] = {}
        self._is_over = False
        self.changed = False
        self._told_at = time.monotonic()
        self.is_cancelled = threading.Event()
        self.is_lost = threading.Event()
        self.must_lay_down = threading.Event()
        event.listen(session, "before_commit", self._fence)

    @property
    def config(self) -> Config:
        """The settings of the installation."""
        return self._made.config

    def progress(self, done: int, total: int | None = None, words: str = "") -> None:
        """Say how far the work is; shown within a second, without a statement of your own.

        Raises:
            JobCancelled: somebody asked for its end. Let it through.
            LeaseLost: another worker has the job. Let it through.
        """
        self._say(done, total, words)
        self._stop_if_asked()

    def cancelled(self) -> bool:
        """Say whether somebody asked for the end, or another worker has the job."""
        return self.is_cancelled.is_set() or self.is_lost.is_set()

    def checkpoint(
        self, position: Any = None, *, done: int | None = None, total: int | None = None,
        words: str = "",
    ) -> None:  # fmt: skip
        """Commit the chunk with the position after it and the progress, all in one transaction.

        A worker that dies later leaves the job here: the next one gets `position`. Do what goes
        outward (a letter, a call) for a chunk after the checkpoint that precedes it, and write down
        in the chunk that it was done.

        Args:
            position: any JSON value; the next chunk begins there. None keeps the one there is.

        Raises:
            JobCancelled, LeaseLost, LaidDown: let them through.
        """
        self._say(self._said["done"] if done is None else done, total, words)
        if position is not None:
            self.position = position
            self._unwritten = {"position": position}
        self._unwritten["losses"] = 0
        # A commit without a transaction would not reach the ledger.
        connection_of(self.session)
        self.session.commit()
        let_others_write(self.session)
        self._stop_if_asked()
        if self.must_lay_down.is_set():
            raise LaidDown(self.id)

    @contextmanager
    def reading(self) -> Generator[RecordSession]:
        """Open a further session with the same rights that only reads, and sees one moment.

        It keeps nobody from writing, however long it is open.
        """
        with self._made.sessions() as session:
            options: dict[str, Any] = {}
            if self._made.engine.dialect.name == "postgresql":
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            session.bind = self._made.engine.execution_options(**options)
            session.info["actor"] = self.session.info["actor"]
            session.info["reading"] = self.session.info["reading"]
            yield session

    def file(self, name: str) -> Path:
        """Return where to write a file that the person will download under this name.

        Each attempt writes its own; give the path back as `JobResult(file=path)`.
        """
        return files.place_for(self._made.config.job_files, self.id, self.attempt, name)

    # For the worker

    def told(self) -> dict[str, Any]:
        """Return what a heartbeat writes: the lease made longer, and the progress."""
        self.changed = False
        self._told_at = time.monotonic()
        return {"lease_until": now() + self._lease, **self._said}

    def needs_beat(self, every: float) -> bool:
        """Say whether its lease was made longer so many seconds ago."""
        return time.monotonic() - self._told_at >= every

    def finish(self, answer: str | JobResult | None) -> None:
        """Commit what is left of the work together with its result."""
        result = answer if isinstance(answer, JobResult) else JobResult(words=answer or "")
        words = str(result.words)
        says = self._made.registry.jobs[self.code].says
        if not words and says is not None:
            words = says(result.data)
        kept = None
        if result.file is not None:
            kept = files.kept_name(self._made.config.job_files, result.file)
        if self._said["total"] is not None:
            self._said["done"] = self._said["total"]
        values = {
            **self._said, **ledger.ended("done", now()), "words": None,
            "result_words": words[:SENTENCE] or None,
            "result": dict(result.data) or None, "result_file": kept,
        }  # fmt: skip
        self.session.flush()
        self._write(values)
        self._is_over = True
        emit(self.session, ended_event(self.id, self.code, "done", self.asked_by_id))
        job_ended(self.session, self.id, self.code, "done", self.asked_by_id)
        self.session.commit()

    def _fence(self, session: Session) -> None:
        """Refuse a commit of whoever does not have the job any more."""
        if self._is_over or session.in_nested_transaction():
            return
        self._write({**self.told(), **self._unwritten})
        self._unwritten = {}

    def _write(self, values: Mapping[str, Any]) -> None:
        alive, cancel = ledger.write(connection_of(self.session), self.id, self.attempt, values)
        self.hear(alive, cancel)
        if not alive:
            raise LeaseLost(self.id)

    def hear(self, alive: bool, cancel: bool) -> None:
        """Take in what the ledger says of the job."""
        if not alive:
            self.is_lost.set()
        if cancel:
            self.is_cancelled.set()

    def _say(self, done: int | None, total: int | None, words: str) -> None:
        self._said["done"] = done
        if total is not None:
            self._said["total"] = total
        if words:
            self._said["words"] = words[:SENTENCE]
        self.changed = True

    def _stop_if_asked(self) -> None:
        if self.is_lost.is_set():
            raise LeaseLost(self.id)
        if self.is_cancelled.is_set():
            raise JobCancelled(self.id)


def ended_event(job_id: int, kind: str, state: Any, asked_by_id: int | None) -> JobEnded:
    """Return the event of a job that is over."""
    return JobEnded(user_id=asked_by_id, job_id=job_id, kind=kind, state=state)


__all__ = ["JobContext", "ended_event"]
