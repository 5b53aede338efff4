"""Wake the workers: Huey carries "there is work", the ledger says which.

A message that is lost, or comes twice, does no harm: whoever is woken asks the ledger until
nothing is due, and every worker looks by itself now and then.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from kartoteka.config import Config
from kartoteka.errors import ConfigError

if TYPE_CHECKING:
    from huey import Huey

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
        """The queue, opened.

        Raises:
            ConfigError: the Python package of the broker is not installed.
        """
        # Huey and the clients of its servers take a quarter of a second to load; a server starts
        # without them.
        from huey.exceptions import ConfigurationError

        try:
            return self._made()
        except ConfigurationError as error:
            raise ConfigError(
                f"Setting 'job_broker' can not be used: {error}. For Redis install its package: "
                "pip install 'kartoteka[redis]'."
            ) from error

    def _made(self) -> Huey:
        from huey import PostgresHuey, RedisHuey, SqliteHuey
        from huey.serializer import SignedSerializer

        # Messages are pickled; a signature keeps out those that somebody else wrote.
        options: dict[str, Any] = {
            "results": False,
            "serializer": SignedSerializer(secret=self.config.secret_key, salt="kartoteka jobs"),
        }
        address = self.config.job_broker
        if address == "database":
            address = self.config.url
        if address.startswith(("redis://", "rediss://", "unix://")):
            return RedisHuey(self._queue, url=_patient(address), **options)
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
        """Give the connection back; the next message opens it anew."""
        opened: Huey | None = self.__dict__.pop("huey", None)
        self.__dict__.pop("_message", None)
        if opened is not None:
            opened.storage.close()

    def _work(self) -> None:
        if self.work is not None:
            self.work()


def _patient(address: str) -> str:
    """Bound how long who starts a job waits for a server that is away; a file answers at once."""
    if address.startswith("unix://") or "socket_connect_timeout" in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}socket_connect_timeout=2"
