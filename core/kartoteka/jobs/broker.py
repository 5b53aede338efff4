"""Wake the workers: Huey carries "there is work", the ledger says which.

A message that is lost, or comes twice, does no harm: whoever is woken asks the ledger until
nothing is due, and every worker looks by itself now and then.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer
from sqlalchemy import make_url

from kartoteka.config import Config

QUEUE = "kartoteka"
FILE = "kartoteka-jobs.db"


class Broker:
    """The way of an installation from who starts jobs to its workers.

    Nothing is opened before the first message. `work` is what a worker does when woken; who only
    starts jobs has none.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.work: Callable[[], None] | None = None
        self._lock = threading.Lock()
        # Two installations may share a server of Redis.
        self._queue = f"{QUEUE}_{hashlib.sha256(config.url.encode()).hexdigest()[:12]}"

    @cached_property
    def huey(self) -> Huey:
        """The queue, opened."""
        # Messages are pickled; a signature keeps out those that somebody else wrote.
        options: dict[str, Any] = {
            "results": False,
            "serializer": SignedSerializer(secret=self.config.secret_key, salt="kartoteka jobs"),
        }
        address = self.config.job_broker
        if address == "database":
            address = self.config.url
        if address.startswith(("redis://", "rediss://", "unix://")):
            return RedisHuey(self._queue, url=address, **options)
        if address.startswith("postgresql"):
            url = make_url(address).set(drivername="postgresql")
            dsn = url.render_as_string(hide_password=False)
            return PostgresHuey(self._queue, dsn=dsn, **options)
        path = self.config.folder / FILE
        return SqliteHuey(self._queue, filename=str(path), timeout=30, **options)

    @cached_property
    def _message(self) -> Any:
        return self.huey.task(name="work")(self._work)

    def open(self) -> Huey:
        """Open the queue and make its message known; return it."""
        with self._lock:
            _ = self._message
            return self.huey

    def wake(self) -> None:
        """Send one message: one worker asks the ledger."""
        self.open()
        self._message()

    def is_empty(self) -> bool:
        """Say whether no message waits."""
        return self.open().storage.queue_size() == 0

    def close(self) -> None:
        """Give the connection back."""
        if "huey" in self.__dict__:
            self.huey.storage.close()

    def _work(self) -> None:
        if self.work is not None:
            self.work()
