"""A worker: Huey's threads that run jobs, and one thread that keeps leases, looks and schedules.

Huey runs the threads and wakes them. The keeper makes leases longer, finds jobs whose message was
lost or whose worker died, and starts what schedules want. Huey's own clock is not used for that:
its messages would wait behind long jobs.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from huey.consumer import Consumer
from sqlalchemy import select

from kartoteka.access.actor import system
from kartoteka.app import EXTENSION, Kartoteka
from kartoteka.db.session import open_session
from kartoteka.errors import AlreadyRunning
from kartoteka.fields.types import now
from kartoteka.jobs import ledger
from kartoteka.jobs.executor import Executor
from kartoteka.services.cron import last_due, slot_of
from kartoteka.services.jobs import start_job

log = logging.getLogger(__name__)
#: A schedule that never ran is not caught up with when it was due longer ago.
FRESH = timedelta(minutes=5)
SCHEDULES_EVERY = 20.0


class Worker:
    """Runs jobs in this process until it is told to stop.

    Args:
        app: the application.
        threads: how many jobs run at once.
        grace: seconds that jobs get to end when the worker stops; what still runs then goes back
            to the ledger, and another worker goes on from its last checkpoint.
    """

    def __init__(self, app: Flask, threads: int = 2, grace: float = 20.0) -> None:
        self.made: Kartoteka = app.extensions[EXTENSION]
        self.threads = threads
        self.grace = grace
        lease = timedelta(seconds=self.made.config.job_lease)
        name = f"{socket.gethostname()}:{os.getpid()}"
        self.executor = Executor(app, name, lease)
        #: Seconds between two looks for jobs nobody was woken for.
        self.look_every = min(5.0, lease.total_seconds() / 4)
        self._beat_every = lease.total_seconds() / 3
        self._stop = threading.Event()
        #: The last moment of each schedule that was dealt with.
        self._seen: dict[str, str] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until the event is set; then let jobs end, or give them back."""
        broker = self.made.broker
        broker.work = self.executor.work
        consumer = _Consumer(
            broker.open(), workers=self.threads, periodic=False, initial_delay=0.05, max_delay=0.5,
        )  # fmt: skip
        keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        consumer.start()
        keeper.start()
        while not stop.wait(1.0):
            consumer.check_worker_health()
        self._end(consumer)
        self._stop.set()
        keeper.join(5)
        broker.work = None

    def _end(self, consumer: Consumer) -> None:
        self.executor.stopping.set()
        consumer.stop_flag.set()
        for context in self.executor.running():
            context.must_lay_down.set()
        last = time.monotonic() + self.grace
        for _worker, thread in consumer.worker_threads:
            thread.join(max(0.0, last - time.monotonic()))
        for context in self.executor.running():
            self.executor.take_away(context)

    def _keep(self) -> None:
        """Beat, look, schedule; each in its time, and none stops the others by an error."""
        duties = [
            _Duty(self._beat, min(1.0, self._beat_every)),
            _Duty(self.look, self.look_every),
            _Duty(self.schedule, SCHEDULES_EVERY),
        ]
        wait = min(duty.every for duty in duties) / 2
        while not self._stop.wait(wait):
            for duty in duties:
                duty.do_if_due()

    def _beat(self) -> None:
        """Make the leases of running jobs longer and write their progress."""
        for context in self.executor.running():
            if not context.changed and not context.needs_beat(self._beat_every):
                continue
            with self.made.engine.execution_options(writes=True).begin() as connection:
                told = context.told()
                alive, cancel = ledger.write(connection, context.id, context.attempt, told)
            context.hear(alive, cancel)

    def look(self) -> None:
        """Wake threads for jobs that are due although no message says so."""
        broker = self.made.broker
        with self.made.engine.connect() as connection:
            found = ledger.due(connection, self.executor.kinds, now(), self.threads)
        # With messages waiting the threads are busy, and will ask the ledger when they are free.
        if found and broker.is_empty():
            for _number in range(found):
                broker.wake()

    def schedule(self, moment: datetime | None = None) -> None:
        """Start what schedules want; the ledger takes each moment of a schedule once."""
        moment = moment or now()
        zone = ZoneInfo(self.made.config.time_zone)
        for code, job in self.made.registry.jobs.items():
            due = last_due(job.schedule, moment, zone) if job.schedule else None
            slot = slot_of(code, due) if due else ""
            if due is None or self._seen.get(code) == slot:
                continue
            if moment - due < FRESH or self._has_run(code):
                self._start(code, slot)
            self._seen[code] = slot

    def _start(self, code: str, slot: str) -> None:
        try:
            with open_session(self.made.sessions, system("job")) as session:
                job = self.made.registry.jobs[code]
                if job.due is not None and not job.due(session):
                    return
                if session.scalar(select(ledger.JOB.c.id).where(ledger.JOB.c.slot == slot)) is None:
                    start_job(session, code, slot=slot)
        except AlreadyRunning:
            log.info("Scheduled job %s was started by another worker, or still runs", code)

    def _has_run(self, code: str) -> bool:
        """Say whether its schedule has ever started a job: then a missed night is caught up."""
        with self.made.engine.connect() as connection:
            earlier = ledger.JOB.c.slot.startswith(f"{code}@", autoescape=True)
            return connection.scalar(select(ledger.JOB.c.id).where(earlier).limit(1)) is not None


class _Duty:
    """Something the keeper does every so many seconds."""

    def __init__(self, work: Any, every: float) -> None:
        self.work = work
        self.every = every
        self._next = 0.0

    def do_if_due(self) -> None:
        if time.monotonic() < self._next:
            return
        try:
            self.work()
        except Exception:
            log.warning("A worker could not %s; it tries again", self.work.__name__, exc_info=True)
        self._next = time.monotonic() + self.every


class _Consumer(Consumer):
    """Huey's consumer; signals belong to whoever runs the worker."""

    def _set_signal_handlers(self) -> None:
        return


__all__ = ["Worker"]
