"""Which client does a row speak of: one of the base, one of an earlier row, or a new one?

A client is known by its external id, its tax number, its phones and e-mails, its name; a key says
nothing where another one contradicts it, and a phone nothing where the names differ. What is only
similar to a client of the base is not taken for it: such a row is held back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Candidate,
    Change,
    Client,
    ContactPoint,
    KeyHolder,
    KnownNames,
    Staff,
    fold,
    gettext,
    holders_of_keys,
    labels,
    normal_name,
    normal_names,
    possible_duplicates,
    unscoped,
)
from kartoteka_excel_import.checking.batch import Point
from kartoteka_excel_import.checking.drafts import Draft
from kartoteka_excel_import.checking.names import names_agree

#: By these a client is known; the numbers that are called may be in either column.
_PHONES = ("phone", "mobile", "fax")
#: Two addresses with less in common are two places.
_SAME_PLACE = 0.5


class Said(NamedTuple):
    """What is known of a client by which others are told from it."""

    external_id: str
    tax_id: str
    name: str
    address: str


class Keys(NamedTuple):
    """What a row says of its client."""

    said: Said
    points: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """What the base says of a row.

    Args:
        client_id: the client it is.
        held: why the row is held back, when it is only similar to one.
    """

    client_id: int | None = None
    held: str = ""


_NOBODY = Meant()


class Clients:
    """The clients of one file.

    A client is meant by a number: its id when it is in the base, the number of the row that brings
    it below zero when it is new.
    """

    def __init__(self, session: Session, made_by: str = "") -> None:
        self._session = session
        self._by_key: dict[str, int] = {}
        self._said: dict[int, Said] = {}
        self._owners: dict[int, str] | None = None
        #: Made by the import itself before it was interrupted.
        self.own: frozenset[int] = frozenset()
        if made_by:
            self.own = self._made_by(made_by)
        self._names = KnownNames(session, without=self.own)
        if self.own:
            self._learn_own()

    @property
    def is_base_empty(self) -> bool:
        """Say whether there was no client when the file was begun."""
        return not self._names.total

    @property
    def may_know_base(self) -> bool:
        """Say whether an earlier row can have meant a client that is in the base."""
        return bool(self.own) or not self.is_base_empty

    def keys(self, draft: Draft, places: Sequence[int]) -> dict[int, Keys]:
        """Return by place what rows say of their client."""
        names = draft.columns.get("name")
        columns = [draft.columns.get(name) for name in ("external_id", "tax_id", "address")]
        points = [draft.points[kind] for kind in (*_PHONES, "email") if kind in draft.points]
        found: dict[int, Keys] = {}
        written = [names[place] or "" for place in places] if names is not None else None
        called = normal_names(written) if written is not None else [""] * len(places)
        for place, name in zip(places, called, strict=True):
            external_id, tax_id, address = [
                (column[place] or "") if column is not None else "" for column in columns
            ]
            said = Said(external_id, tax_id, name, address)
            found[place] = Keys(
                said, tuple([key for column in points for _value, key in column[place]])
            )
        return found

    def look_up(self, draft: Draft, keys: Mapping[int, Keys]) -> dict[int, Meant]:
        """Ask the base about rows, all together; who is not named is not there."""
        if self.is_base_empty or not keys:
            return {}
        places = list(keys)
        candidates = [_candidate(draft, place, keys[place]) for place in places]
        found: dict[int, Meant] = {}
        # Rows of one client are one question: asked more often its name would seem a common one.
        left: dict[Candidate, list[int]] = {}
        for at, holders in enumerate(holders_of_keys(self._session, candidates)):
            meant = self._chosen(keys[places[at]], holders) if holders else _NOBODY
            if meant is not _NOBODY:
                found[places[at]] = meant
            elif candidates[at].name and self._names.alike(candidates[at].name):
                left.setdefault(candidates[at], []).append(places[at])
        asked = list(left)
        for at, meant in self._similar(asked).items():
            found.update(dict.fromkeys(left[asked[at]], meant))
        return found

    def in_file(self, keys: Keys) -> int:
        """Return the client of an earlier row that a row means, 0 for none."""
        said, points = keys
        by_key, known = self._by_key, self._said
        if said.external_id and (found := by_key.get(f"x{said.external_id}")):
            return found
        found = by_key.get(f"t{said.tax_id}", 0) if said.tax_id else 0
        if found and not _contradicts(said, known[found]):
            return found
        for point in points:
            found = by_key.get(f"p{point}", 0)
            if found and _may_be_one(said, known[found]):
                return found
        if said.name and (found := by_key.get(f"n{said.name}")):
            other = known[found]
            if not _contradicts(said, other) and _is_one_place(said.address, other.address):
                return found
        return 0

    def learn(self, client: int, keys: Keys) -> None:
        """Remember by what a client is known; what was said first holds."""
        said, points = keys
        by_key = self._by_key
        if said.external_id:
            by_key.setdefault(f"x{said.external_id}", client)
        if said.tax_id:
            by_key.setdefault(f"t{said.tax_id}", client)
        if said.name:
            by_key.setdefault(f"n{said.name}", client)
        for point in points:
            by_key.setdefault(f"p{point}", client)
        known = self._said.get(client)
        if known is None:
            self._said[client] = said
        elif known != said:
            self._said[client] = Said(
                *[first or now for first, now in zip(known, said, strict=True)]
            )

    def has_point(self, client: int, point: str) -> bool:
        """Say whether an earlier row gave a client this phone or address."""
        return self._by_key.get(f"p{point}") == client or f"{client} {point}" in self._by_key

    def learn_points(self, client: int, points: Sequence[Point]) -> None:
        """Remember phones and addresses that another client has too, or that are no keys."""
        for _value, key in points:
            if self._by_key.get(f"p{key}") != client:
                self._by_key[f"{client} {key}"] = client

    def _chosen(self, keys: Keys, holders: Sequence[KeyHolder]) -> Meant:
        said = keys.said
        fitting = [one for one in holders if not _contradicts(said, _said_of(one))]
        by_id = [one for one in holders if said.external_id and one.external_id == said.external_id]
        by_tax = [one for one in fitting if said.tax_id and one.tax_id == said.tax_id]
        by_point = [one for one in fitting if names_agree(said.name, normal_name(one.name))]
        for level in (by_id, by_tax, by_point):
            same = [one for one in level if normal_name(one.name) == said.name] or level
            if len(same) == 1:
                (one,) = same
                return Meant(client_id=one.client_id) if one.is_seen else self._taken(one.owner_id)
            if same:
                seen = ", ".join(sorted(one.name for one in same if one.is_seen)[:5])
                if not seen:
                    return self._taken(same[0].owner_id)
                return Meant(held=gettext("It may be several clients: %(names)s.", names=seen))
        if not fitting:
            return _NOBODY
        one = next((one for one in fitting if one.is_seen), fitting[0])
        if not one.is_seen:
            return self._taken(one.owner_id)
        return Meant(
            held=gettext("The client %(name)s has this phone or e-mail too.", name=one.name)
        )

    def _similar(self, candidates: Sequence[Candidate]) -> dict[int, Meant]:
        found: dict[int, Meant] = {}
        if not candidates:
            return found
        for one in possible_duplicates(self._session, candidates, names=self._names):
            if one.place in found or one.client_id in self.own:
                continue
            if one.client_id is None:
                found[one.place] = self._taken(one.owner_id)
            else:
                found[one.place] = Meant(
                    held=gettext("It may be the client %(name)s.", name=one.name)
                )
        return found

    def _taken(self, owner_id: int | None) -> Meant:
        """Say who has such a client, of which nothing else may be told."""
        if owner_id is None:
            return Meant(held=gettext("Such a client is there already; nobody is responsible."))
        name = self._owner_name(owner_id)
        return Meant(
            held=gettext(
                "Somebody else has such a client: %(name)s is responsible for it.", name=name
            )
        )

    def _owner_name(self, owner_id: int) -> str:
        if self._owners is None:
            staff = set(self._session.scalars(select(Staff.id)))
            self._owners = labels(self._session, "ab_user", staff)
        return self._owners.get(owner_id) or f"№ {owner_id}"

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
                        ContactPoint.kind.in_((*_PHONES, "email")),
                        ContactPoint.normalised.is_not(None),
                    )
                ):
                    points.setdefault(client_id or 0, []).append(key or "")
                for row in self._session.execute(
                    select(Client.id, Client.external_id, Client.tax_id, Client.name,
                           Client.address).where(Client.id.in_(part)).order_by(Client.id)
                ):  # fmt: skip
                    said = Said(row[1] or "", row[2] or "", normal_name(row[3]), row[4] or "")
                    self.learn(row[0], Keys(said, tuple(points.get(row[0], ()))))


def _candidate(draft: Draft, place: int, keys: Keys) -> Candidate:
    phones = tuple(
        key
        for kind in _PHONES
        for _value, key in draft.points.get(kind, {place: ()})[place]  # pyright: ignore[reportArgumentType,reportCallIssue]
    )
    emails = tuple(key for key in keys.points if key not in set(phones))
    return Candidate(
        name=draft.value("name", place) or "", address=keys.said.address,
        site=draft.value("website", place) or "", phones=phones, emails=emails,
        tax_id=keys.said.tax_id, external_id=keys.said.external_id,
    )  # fmt: skip


def _said_of(holder: KeyHolder) -> Said:
    return Said(holder.external_id, holder.tax_id, "", "")


def _contradicts(mine: Said, theirs: Said) -> bool:
    """Say whether a number that only one client has differs."""
    if mine.external_id and theirs.external_id and mine.external_id != theirs.external_id:
        return True
    return bool(mine.tax_id and theirs.tax_id and mine.tax_id != theirs.tax_id)


def _may_be_one(mine: Said, theirs: Said) -> bool:
    """Say whether two who have a phone in common may be one client."""
    return not _contradicts(mine, theirs) and names_agree(mine.name, theirs.name)


def _is_one_place(mine: str, theirs: str) -> bool:
    """Say whether two addresses may be of one place; an empty one may be anywhere."""
    if not mine or not theirs or mine == theirs:
        return True
    one, two = set(fold(mine).split()), set(fold(theirs).split())
    return len(one & two) >= _SAME_PLACE * min(len(one), len(two))


__all__ = ["Clients", "Keys", "Meant", "Said"]
