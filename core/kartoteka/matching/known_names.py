"""The names of all clients of a base, kept while a long list is compared with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.matching.candidates import Holders, Keys
from kartoteka.matching.values import KINDS, Value, read
from kartoteka.models.client import Client

#: The keys of all words of more clients take more memory than a server should give.
MOST = 100_000
_NAME = KINDS["name"]
_client: Table = Client.__table__  # pyright: ignore[reportAssignmentType]


class KnownNames:
    """What the names of the base have in common with others; two statements, once.

    Names of clients that come into the base later are not known.

    Args:
        session: whose base it is; all clients are read, whoever asks.
        without: ids of clients that are no part of the comparison.
    """

    def __init__(self, session: Session, without: Collection[int] = ()) -> None:
        connection = connection_of(session)
        self.total: int = connection.scalar(select(func.count()).select_from(_client)) or 0
        #: Of a base that is too large nothing is kept: `possible_duplicates` goes through it.
        self.is_kept = self.total <= MOST
        self.words: Counter[str] = Counter()
        self._keys = Keys([_NAME])
        self._holders = Holders([_NAME])
        if self.is_kept and self.total:
            self._read(connection, without)

    def alike(self, name: str) -> bool:
        """Say whether any client of the base may have a name like this."""
        return not self.is_kept or bool(self.candidates(read(_NAME, name)))

    def candidates(self, name: Value) -> list[int]:
        """Return the clients whose names share the rarest words with one."""
        return self._holders.candidates(self._keys.of((name,)))

    def _read(self, connection: Connection, without: Collection[int]) -> None:
        rows = connection.execute(
            select(_client.c.id, _client.c.name).execution_options(yield_per=10_000)
        )
        for number, name in rows:
            if number in without:
                continue
            value = read(_NAME, name or "")
            self.words.update(value)
            self._holders.add(number, (value,))


__all__ = ["KnownNames"]
