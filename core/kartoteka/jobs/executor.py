"""Run one job after the other, until nothing is due; write what came of each."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import User
from flask_babel import force_locale
from sqlalchemy.exc import OperationalError

from kartoteka.access.actor import system
from kartoteka.access.people import actor_for
from kartoteka.access.scope import unscoped
from kartoteka.app import EXTENSION, Kartoteka
from kartoteka.db.session import RecordSession, open_session
from kartoteka.errors import Refused
from kartoteka.fields.kinds import Reading
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.jobs import ledger
from kartoteka.jobs.context import JobContext, ended_event
from kartoteka.jobs.stopping import JobCancelled, JobStopped, LaidDown
from kartoteka.models.people import Staff
from kartoteka.services.reading import reading_for

log = logging.getLogger(__name__)
#: Seconds until a job whose database was away is tried again, times how often it was.
PAUSE = 5


class Executor:
    """Takes jobs from the ledger and runs them; several threads of a worker share it.

    Args:
        app: the application whose plugins' jobs it runs.
        worker: name of the worker, for people who look into the ledger.
        lease: how long a job is its, from one sign of life to the next.
    """

    def __init__(self, app: Flask, worker: str, lease: timedelta) -> None:
        self.app = app
        self.made: Kartoteka = app.extensions[EXTENSION]
        self.worker = worker
        self.lease = lease
        self.stopping = threading.Event()
        self._running: dict[int, JobContext] = {}
        self._lock = threading.Lock()

    @property
    def kinds(self) -> list[str]:
        """The jobs this worker knows; those of plugins it has not are left to others."""
        return list(self.made.registry.jobs)

    def running(self) -> list[JobContext]:
        """Return the jobs at work in this process now."""
        with self._lock:
            return list(self._running.values())

    def work(self) -> None:
        """Run what is due until nothing is."""
        while not self.stopping.is_set():
            with self.made.engine.execution_options(writes=True).begin() as connection:
                found = ledger.claim(connection, self.kinds, self.worker, self.lease, now())
                if isinstance(found, ledger.Ended) and found.state == "failed":
                    ledger.explain(connection, found.id, self._died(found.asked_by_id))
            if found is None:
                return
            try:
                if isinstance(found, ledger.Ended):
                    self._tell_end(found)
                else:
                    self._run(found)
            except Exception:
                # The lease ends, and another worker takes it up.
                log.exception("Job %s was left as it is", found.id)

    def _run(self, claim: ledger.Claim) -> None:
        with self._prepared(claim) as (context, refusal):
            if refusal:
                self._end(context, "failed", refusal)
                return
            try:
                answer = self.made.registry.jobs[claim.kind].run(context)
                context.finish(answer)
                log.info("Job %s (%s) is done", claim.id, claim.kind)
            except JobCancelled:
                self._end(context, "cancelled")
            except LaidDown:
                self.lay_down(context)
            except JobStopped:
                log.warning("Job %s is not this worker's any more; nothing was written", claim.id)
            except Refused as error:
                self._end(context, "failed", str(error))
            except OperationalError as error:
                log.warning("Job %s could not reach the database: %s", claim.id, error.orig)
                self._lay_aside(context)
            except Exception:
                log.exception("Job %s (%s) failed", claim.id, claim.kind)
                self._end(context, "failed", _wrote_down())

    @contextmanager
    def _prepared(self, claim: ledger.Claim) -> Generator[tuple[JobContext, str]]:
        """Open the session of a job in the name, language and time zone of who asked."""
        with self.app.app_context(), self.made.sessions() as session:
            job = self.made.registry.jobs[claim.kind]
            session.bind = self.made.engine.execution_options(writes=True)
            session.info["actor"] = system("job")
            staff, user = self._asker(session, claim.asked_by_id)
            reading = reading_for(self.made.config, staff)
            session.info["reading"] = reading
            is_closed = claim.asked_by_id is not None and (user is None or not user.active)
            if user is not None and not job.as_system:
                roles = self.made.registry.roles
                session.info["actor"] = actor_for(session, user, roles, "job")
            session.rollback()
            context = JobContext(self.made, claim, session, self.lease)
            if self.stopping.is_set():
                context.must_lay_down.set()
            with self._lock:
                self._running[claim.id] = context
            try:
                with force_locale(_language(reading)):
                    refusal = gettext("The account of who asked is closed.") if is_closed else ""
                    yield context, refusal
            finally:
                with self._lock:
                    if self._running.get(claim.id) is context:
                        del self._running[claim.id]

    def _asker(
        self, session: RecordSession, user_id: int | None
    ) -> tuple[Staff | None, User | None]:
        if user_id is None:
            return None, None
        with unscoped(session, "for whom is this job?"):
            return session.get(Staff, user_id), session.get(User, user_id)

    def lay_down(self, context: JobContext) -> None:
        """Give a job back unfinished; its thread, if it still runs, can write nothing more."""
        context.session.rollback()
        self._write(context, ledger.given_back())
        log.info("Job %s was laid down; another worker goes on", context.id)

    def take_away(self, context: JobContext) -> None:
        """Give back the job of a thread that does not end; its session is not touched here."""
        context.is_lost.set()
        self._write(context, ledger.given_back())
        log.info("Job %s was taken from its thread; another worker begins its chunk", context.id)

    def _lay_aside(self, context: JobContext) -> None:
        context.session.rollback()
        with self.made.engine.execution_options(writes=True).begin() as connection:
            losses = ledger.losses_of(connection, context.id) + 1
            if losses < ledger.MOST_LOSSES:
                again = now() + timedelta(seconds=PAUSE * losses)
                values = ledger.laid_aside(losses, again)
                ledger.write(connection, context.id, context.attempt, values)
                return
        self._end(context, "failed", gettext("The database did not answer, several times over."))

    def _end(self, context: JobContext, state: Any, error: str = "") -> None:
        context.session.rollback()
        with open_session(self.made.sessions, system("job")) as session:
            values = {**context.told(), **ledger.ended(state, now(), error)}
            alive, _cancel = ledger.write(session.connection(), context.id, context.attempt, values)
            if alive:
                session.info["reading"] = context.session.info["reading"]
                _emit(session, context.id, context.code, state, context.asked_by_id)

    def _tell_end(self, found: ledger.Ended) -> None:
        with open_session(self.made.sessions, system("job")) as session:
            _emit(session, found.id, found.kind, found.state, found.asked_by_id)

    def _died(self, asked_by_id: int | None) -> str:
        """Say in the language of who asked why a job is given up."""
        with self.app.app_context(), self.made.sessions() as session:
            session.info["actor"] = system("job")
            staff, _user = self._asker(session, asked_by_id)
            with force_locale(_language(reading_for(self.made.config, staff))):
                return gettext("Its worker died several times before anything was done.")

    def _write(self, context: JobContext, values: dict[str, Any]) -> None:
        with self.made.engine.execution_options(writes=True).begin() as connection:
            ledger.write(connection, context.id, context.attempt, values)


def _emit(session: RecordSession, job_id: int, kind: str, state: Any, user: int | None) -> None:
    from kartoteka.services.events import emit
    from kartoteka.services.notices import job_ended

    emit(session, ended_event(job_id, kind, state, user))
    job_ended(session, job_id, kind, state, user)


def _language(reading: Reading) -> str:
    return reading.locale.partition("_")[0]


def _wrote_down() -> str:
    return gettext("Something went wrong here. It was written down.")


__all__ = ["Executor"]
