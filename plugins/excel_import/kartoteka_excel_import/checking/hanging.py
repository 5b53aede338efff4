"""Which deal, purchase, place of work … does a row speak of? Each hangs on a client."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, cast

from sqlalchemy import or_
from sqlalchemy.orm import Session

from kartoteka.api import ClientSource, Deal, DmuMember, Employment, Purchase, fold, registry_of
from kartoteka_excel_import.checking.drafts import Draft
from kartoteka_excel_import.checking.known_records import rows_of
from kartoteka_excel_import.checking.known_texts import KnownTexts
from kartoteka_excel_import.checking.row_log import RowLog

#: Parts that tell their records by the client and something else.
HANGING = ("client_source", "employment", "dmu_member", "deal", "purchase")
#: Of a person at a client there is one.
_OF_PERSON = frozenset(("employment", "dmu_member"))


class Hanging:
    """The records of one part of a file that hang on its clients."""

    def __init__(self, session: Session, part: str) -> None:
        self.part = part
        self._session = session
        self._in_base: dict[str, int] = {}
        self._log = RowLog()
        self._in_file = KnownTexts(self._log, 1)
        self.values: dict[int, Mapping[str, Any]] = {}
        item = registry_of(session).fields("purchase").get("bought_on")
        default: Any = item.default if item is not None else None
        self._today = cast("date | None", default() if callable(default) else None)

    def look_up(self, draft: Draft, clients: Collection[int]) -> None:
        """Read what hangs on clients of the base: one statement, for each some thousand."""
        self._in_base.clear()
        self.values.clear()
        if not clients:
            return
        names = list(draft.columns)
        for number, values in self._rows(draft, names, clients):
            self.values[number] = values
            client = values["client_id"]
            for key in self._keys(client, values.get("contact_id") or 0, values, is_base=True):
                self._in_base.setdefault(key, number)

    def meant(
        self, draft: Draft, place: int, client: int, person: int, row: int
    ) -> tuple[int, list[str]]:
        """Return the number of the record, and by what it is known.

        An id of the base, or below zero the row that brings it.
        """
        values: dict[str, Any] = {}
        if self.part not in _OF_PERSON:
            values = {name: column[place] for name, column in draft.columns.items()}
        keys = self._keys(client, person, values)
        for key in keys:
            found = self._in_file.find(key) or self._in_base.get(key)
            if found:
                return found, keys
        return -row, keys

    def learn(self, record: int, keys: list[str]) -> None:
        """Remember by what a record is known."""
        if len(self._in_file.learn(keys, record, self._log.next)) < len(keys):
            self._log.append((record, tuple(keys)))

    def _rows(self, draft: Draft, names: list[str], clients: Collection[int]) -> Any:
        session = self._session
        if self.part == "client_source":
            return rows_of(session, ClientSource, ["client_id", *names], clients)
        if self.part == "employment":
            also = Employment.until.is_(None)
            return rows_of(session, Employment, ["client_id", "contact_id", *names], clients, also)
        if self.part == "dmu_member":
            return rows_of(session, DmuMember, ["client_id", "contact_id", *names], clients)
        if self.part == "deal":
            also = Deal.closed_at.is_(None)
            return rows_of(session, Deal, _with(["client_id", "title"], names), clients, also)
        numbers = {number for number in draft.columns.get("number", ()) if number}
        days = {self._day(place, draft) for place in range(len(draft.present))} - {None}
        also = or_(
            Purchase.number.in_(sorted(numbers)), Purchase.bought_on.in_(sorted(map(_known, days)))
        )
        wanted = _with(["client_id", "number", "bought_on", "amount"], names)
        return rows_of(session, Purchase, wanted, clients, also)

    def _day(self, place: int, draft: Draft) -> date | None:
        """Return the day by which a purchase without a number is known."""
        if not draft.present[place] or draft.value("number", place):
            return None
        return draft.value("bought_on", place) or self._today

    def _keys(
        self, client: int, person: int, values: Mapping[str, Any], *, is_base: bool = False
    ) -> list[str]:
        if self.part == "client_source":
            return [f"{client} {values.get('source_id')}"]
        if self.part in _OF_PERSON:
            return [f"{client} {person}"]
        if self.part == "deal":
            title = values.get("title")
            return [f"{client} {fold(title)}"] if title else []
        number, amount = values.get("number"), values.get("amount")
        if number and not is_base:
            return [f"{client} n{number}"]
        day = values.get("bought_on") or self._today
        by_day = [f"{client} d{day} {amount}"]
        return [f"{client} n{number}", *by_day] if number else by_day


def _with(first: list[str], names: list[str]) -> list[str]:
    return list(dict.fromkeys([*first, *names]))


def _known(day: date | None) -> date:
    assert day is not None
    return day


__all__ = ["HANGING", "Hanging"]
