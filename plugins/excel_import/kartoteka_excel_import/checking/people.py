"""Which person does a row speak of? Known at one client by phone, e-mail or name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import fold
from kartoteka_excel_import.checking.drafts import Draft
from kartoteka_excel_import.checking.known_records import (
    Person,
    people_alone,
    people_of_clients,
)
from kartoteka_excel_import.checking.known_texts import KnownTexts, RecordPlaces
from kartoteka_excel_import.checking.names import name_key, names_agree
from kartoteka_excel_import.checking.row_log import RowLog

_WAYS = ("phone", "mobile", "email", "messenger")


class People:
    """The people of one file, each at a client or at none (0)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        #: Person, by what they are known at a client, folded name.
        self._log = RowLog()
        self._by_key = KnownTexts(self._log, 1)
        self._said = RecordPlaces()
        self._at_clients: dict[int, list[Person]] = {}
        self._alone_by_key: dict[str, list[Person]] = {}
        self.values: dict[int, Mapping[str, Any]] = {}
        self.points: dict[int, set[tuple[str, str]]] = {}

    def look_up(self, draft: Draft, clients: Collection[int], alone: Sequence[int]) -> None:
        """Read the people of clients of the base, and those whom rows without a client may mean.

        Args:
            clients: ids of the clients that rows mean.
            alone: places of rows that name a person and no client.
        """
        names = [name for name in draft.columns if name != "name"]
        self._at_clients = people_of_clients(self._session, clients, ["name", *names])
        self._alone_by_key = {}
        everybody: list[Person] = [one for some in self._at_clients.values() for one in some]
        if alone:
            keys: set[str] = set()
            folded: set[str] = set()
            for place in alone:
                ways = _keys_of(draft, place)
                keys.update(ways)
                name = draft.value("name", place)
                if name and not ways:
                    folded.add(fold(name)[:255])
            found = people_alone(self._session, keys, folded, ["name", *names])
            for person in found:
                self._alone_by_key.setdefault(f"n{person.name}", []).append(person)
                for _kind, key in person.points:
                    self._alone_by_key.setdefault(f"p{key}", []).append(person)
            everybody += found
        self.values = {person.id: person.values for person in everybody}
        self.points = {person.id: person.points for person in everybody}

    def meant(self, draft: Draft, place: int, client: int, row: int) -> tuple[int, str, list[str]]:
        """Return the number of the person a row means, their folded name and their phones.

        An id of the base, the row that brings the person below zero, or the row itself.
        """
        name = draft.value("name", place)
        key = name_key(name) if name else ""
        ways = _keys_of(draft, place)
        found = self._in_file(client, key, ways)
        if not found and client > 0:
            found = _first(self._at_clients.get(client, ()), key, ways)
        elif not found and not client:
            found = self._alone(key, ways)
        return found or -row, key, ways

    def learn(self, person: int, client: int, key: str, ways: Sequence[str]) -> None:
        """Remember by what a person is known at a client."""
        known_by = [f"{client}n{key}"] if key else []
        known_by += [f"{client}p{way}" for way in ways]
        place = self._log.next
        before = self._by_key.learn(known_by, person, place)
        is_first = self._said.get(person) is None
        if is_first:
            self._said.put(person, place)
        if is_first or len(before) < len(known_by):
            self._log.append((person, tuple(known_by), key))

    def has_point(self, person: int, client: int, key: str) -> bool:
        """Say whether an earlier row gave a person this phone or address."""
        if self._by_key.find(f"{client}p{key}") == person:
            return True
        return self._by_key.find(f"{person} {key}") == person

    def learn_points(self, person: int, client: int, keys: Iterable[str]) -> None:
        """Remember phones and addresses that are no keys."""
        for key in keys:
            if self._by_key.find(f"{client}p{key}") != person:
                texts = (f"{person} {key}",)
                if not self._by_key.learn(texts, person, self._log.next):
                    self._log.append((person, texts, ""))

    def _in_file(self, client: int, key: str, ways: Sequence[str]) -> int:
        for way in ways:
            found = self._by_key.find(f"{client}p{way}")
            if found and names_agree(key, self._name_of(found)):
                return found
        if not key or (not client and ways):
            return 0  # two people of one name and different phones are two
        return self._by_key.find(f"{client}n{key}")

    def _name_of(self, person: int) -> str:
        """Return how the first row that spoke of a person called them, folded."""
        place = self._said.get(person)
        return "" if place is None else self._log[place][2]

    def _alone(self, key: str, ways: Sequence[str]) -> int:
        for way in ways:
            for person in self._alone_by_key.get(f"p{way}", ()):
                if names_agree(key, person.name):
                    return person.id
        if key and not ways:
            people = self._alone_by_key.get(f"n{key}", ())
            return people[0].id if len(people) == 1 else 0
        return 0


def _first(people: Sequence[Person], key: str, ways: Sequence[str]) -> int:
    wanted = set(ways)
    for person in people:
        if any(way in wanted for _kind, way in person.points) and names_agree(key, person.name):
            return person.id
    return next((person.id for person in people if key and person.name == key), 0)


def _keys_of(draft: Draft, place: int) -> list[str]:
    return [
        key for kind in _WAYS if kind in draft.points for _value, key in draft.points[kind][place]
    ]


__all__ = ["People"]
