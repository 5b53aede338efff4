"""Which client does a row speak of: one of the base, one of an earlier row, or a new one?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Change, Client, ContactPoint, normal_name, unscoped
from kartoteka_excel_import.checking.base_clients import BaseClients, Meant
from kartoteka_excel_import.checking.batch import Point
from kartoteka_excel_import.checking.client_keys import (
    PHONES,
    Keys,
    Said,
    contradicts,
    is_branch,
    is_one_place,
    may_be_one,
)
from kartoteka_excel_import.checking.drafts import Draft

#: So many clients of one name are told apart; in a list of shops of one chain there are more.
_MOST_NAMESAKES = 20


class Clients:
    """The clients of one file.

    A client is meant by a number: its id when it is in the base, the number of the row that brings
    it below zero when it is new.
    """

    def __init__(self, session: Session, made_by: str = "", *, trusts_names: bool = True) -> None:
        self._session = session
        self._by_key: dict[str, int] = {}
        self._said: dict[int, Said] = {}
        #: By name, the clients behind the first that has it.
        self._further: dict[str, list[int]] = {}
        #: Made by the import itself before it was interrupted.
        self.own: frozenset[int] = frozenset()
        if made_by:
            self.own = self._made_by(made_by)
        self._base = BaseClients(session, self.own, trusts_names=trusts_names)
        if self.own:
            self._learn_own()

    @property
    def may_know_base(self) -> bool:
        """Say whether an earlier row can have meant a client that is in the base."""
        return bool(self.own) or not self._base.is_empty

    def look_up(self, draft: Draft, keys: Mapping[int, Keys]) -> dict[int, Meant]:
        """Ask the base about rows, all together; who is not named is not there."""
        return self._base.look_up(draft, keys)

    def by_key(self, keys: Keys) -> int:
        """Return the client of an earlier row that has a key of a row, 0 for none."""
        said, points = keys
        by_key, known = self._by_key, self._said
        if said.external_id and (found := by_key.get(f"x{said.external_id}")):
            return found
        found = by_key.get(f"t{said.tax_id}", 0) if said.tax_id else 0
        if found and not contradicts(said, known[found]) and not is_branch(said, known[found]):
            return found
        for point in points:
            found = by_key.get(f"p{point}", 0)
            if found and may_be_one(said, known[found]):
                return found
        return 0

    def branch_of(self, keys: Keys) -> int:
        """Return the client of an earlier row of which a row may be a branch, 0 for none."""
        said = keys.said
        found = self._by_key.get(f"t{said.tax_id}", 0) if said.tax_id else 0
        if not found or contradicts(said, self._said[found]):
            return 0
        return found if is_branch(said, self._said[found]) else 0

    def by_name(self, keys: Keys) -> list[int]:
        """Return the clients of earlier rows of the same name, against which nothing speaks."""
        said = keys.said
        first = self._by_key.get(f"n{said.name}") if said.name else None
        if not first:
            return []
        return [
            one for one in (first, *self._further.get(said.name, ()))
            if not contradicts(said, self._said[one])
            and is_one_place(said, self._said[one])
        ]  # fmt: skip

    def learn(self, client: int, keys: Keys) -> None:
        """Remember by what a client is known; what was said first holds."""
        said, points = keys
        by_key = self._by_key
        if said.external_id:
            by_key.setdefault(f"x{said.external_id}", client)
        if said.tax_id:
            by_key.setdefault(f"t{said.tax_id}", client)
        if said.name and by_key.setdefault(f"n{said.name}", client) != client:
            further = self._further.setdefault(said.name, [])
            if client not in further and len(further) < _MOST_NAMESAKES:
                further.append(client)
        for point in points:
            by_key.setdefault(f"p{point}", client)
        known = self._said.get(client)
        if known is None:
            self._said[client] = said
        elif known != said:
            self._said[client] = Said(
                known.external_id or said.external_id, known.tax_id or said.tax_id,
                known.name or said.name, known.address or said.address,
                known.region_id or said.region_id,
            )  # fmt: skip

    def has_point(self, client: int, point: str) -> bool:
        """Say whether an earlier row gave a client this phone or address."""
        return self._by_key.get(f"p{point}") == client or f"{client} {point}" in self._by_key

    def learn_points(self, client: int, points: Sequence[Point]) -> None:
        """Remember phones and addresses that another client has too, or that are no keys."""
        for _value, key in points:
            if self._by_key.get(f"p{key}") != client:
                self._by_key[f"{client} {key}"] = client

    def _made_by(self, batch: str) -> frozenset[int]:
        with unscoped(self._session, "what an import made before it was interrupted"):
            return frozenset(
                self._session.scalars(
                    select(Change.record_id).where(
                        Change.batch == batch, Change.entity == "client",
                        Change.action == "create",
                    )
                )
            )  # fmt: skip

    def _learn_own(self) -> None:
        """Make clients that the import brought before known as rows of the file."""
        own = sorted(self.own)
        with unscoped(self._session, "what an import made before it was interrupted"):
            for start in range(0, len(own), 10_000):
                part = own[start : start + 10_000]
                points: dict[int, list[str]] = {}
                for client_id, key in self._session.execute(
                    select(ContactPoint.client_id, ContactPoint.normalised).where(
                        ContactPoint.client_id.in_(part),
                        ContactPoint.kind.in_((*PHONES, "email")),
                        ContactPoint.normalised.is_not(None),
                    )
                ):
                    points.setdefault(client_id or 0, []).append(key or "")
                for row in self._session.execute(
                    select(
                        Client.id, Client.external_id, Client.tax_id, Client.name, Client.address,
                        Client.region_id,
                    ).where(Client.id.in_(part)).order_by(Client.id)
                ):  # fmt: skip
                    said = Said(row[1] or "", row[2] or "", normal_name(row[3]), row[4] or "",
                                row[5])  # fmt: skip
                    self.learn(row[0], Keys(said, tuple(points.get(row[0], ()))))


__all__ = ["Clients"]
