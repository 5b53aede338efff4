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
from kartoteka_excel_import.checking.known_texts import KnownTexts, RecordPlaces
from kartoteka_excel_import.checking.row_log import Entry, RowLog

#: So many clients of one name are told apart; in a list of shops of one chain there are more.
_MOST_NAMESAKES = 20
_NOTHING = Said("", "", "", "")


class Clients:
    """The clients of one file.

    A client is meant by a number: its id when it is in the base, the number of the row that brings
    it below zero when it is new.
    """

    def __init__(self, session: Session, made_by: str = "", *, trusts_names: bool = True) -> None:
        self._session = session
        #: Client, its keys by kind, its address and region; where earlier rows said more, that all.
        self._log = RowLog()
        self._external_ids, self._tax_ids, self._names, self._points = (
            KnownTexts(self._log, part) for part in range(1, 5)
        )
        self._said = RecordPlaces()
        #: Phones and addresses that another client has too, or that are no keys.
        self._also = KnownTexts(self._log, 1)
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
        if said.external_id and (found := self._external_ids.find(said.external_id)):
            return found
        found = self._tax_ids.find(said.tax_id) if said.tax_id else 0
        if (
            found
            and not contradicts(said, known := self._known(found))
            and not is_branch(said, known)
        ):
            return found
        for found in self._points.find_all(points):
            if may_be_one(said, self._known(found)):
                return found
        return 0

    def branch_of(self, keys: Keys) -> int:
        """Return the client of an earlier row of which a row may be a branch, 0 for none."""
        said = keys.said
        found = self._tax_ids.find(said.tax_id) if said.tax_id else 0
        if not found or contradicts(said, known := self._known(found)):
            return 0
        return found if is_branch(said, known) else 0

    def by_name(self, keys: Keys) -> list[int]:
        """Return the clients of earlier rows of the same name, against which nothing speaks."""
        said = keys.said
        first = self._names.find(said.name) if said.name else 0
        if not first:
            return []
        return [
            one for one in (first, *self._further.get(said.name, ()))
            if not contradicts(said, known := self._known(one)) and is_one_place(said, known)
        ]  # fmt: skip

    def learn(self, client: int, keys: Keys) -> None:
        """Remember by what a client is known; what was said first holds."""
        said, points = keys
        place = self._log.next
        before = self._said.get(client)
        known = said if before is None else self._merged(before, said)
        external_id, tax_id, name = said[:1], said[1:2], said[2:3]
        old = self._points.learn(points, client, place)
        is_new = known is not None or len(old) < len(points)
        if said.external_id and not self._external_ids.learn(external_id, client, place):
            is_new = True
        if said.tax_id and not self._tax_ids.learn(tax_id, client, place):
            is_new = True
        if said.name and not self._names.learn(name, client, place):
            is_new = True
        elif said.name and self._names.find(said.name) != client:
            further = self._further.setdefault(said.name, [])
            if client not in further and len(further) < _MOST_NAMESAKES:
                further.append(client)
        if is_new:
            whole = None if known is None or known is said else tuple(known)
            self._log.append((client, external_id, tax_id, name, points, *said[3:], whole))
        if known is not None:
            self._said.put(client, place)
        for point in old:
            if self._points.find(point) != client:
                self._learn_also(client, point)

    def has_point(self, client: int, point: str) -> bool:
        """Say whether an earlier row gave a client this phone or address."""
        return self._points.find(point) == client or bool(self._also.find(f"{client} {point}"))

    def learn_points(self, client: int, points: Sequence[Point]) -> None:
        """Remember phones and addresses that are no keys; `learn` remembers the others."""
        for _value, key in points:
            if self._points.find(key) != client:
                self._learn_also(client, key)

    def _learn_also(self, client: int, point: str) -> None:
        texts = (f"{client} {point}",)
        if not self._also.learn(texts, client, self._log.next):
            self._log.append((client, texts))

    def _known(self, client: int) -> Said:
        """Return what all earlier rows said of a client."""
        place = self._said.get(client)
        return _said_in(self._log[place]) if place is not None else _NOTHING

    def _merged(self, place: int, said: Said) -> Said | None:
        """Return what is known of a client with what a row adds; None: it adds nothing."""
        known = _said_in(self._log[place])
        if known == said:
            return None
        both = Said(
            known.external_id or said.external_id, known.tax_id or said.tax_id,
            known.name or said.name, known.address or said.address,
            known.region_id or said.region_id,
        )  # fmt: skip
        return both if both != known else None

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


def _said_in(entry: Entry) -> Said:
    _client, (external_id,), (tax_id,), (name,), _points, address, region_id, whole = entry
    return Said(*whole) if whole else Said(external_id, tax_id, name, address, region_id)


__all__ = ["Clients"]
