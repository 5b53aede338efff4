"""Know again what earlier rows of a file said: each text by its hash, in a tenth of its memory.

A hash only says where to look: whether it was this very text, the log of the rows tells.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from kartoteka_excel_import.checking.row_log import RowLog

#: Numbers of so many bits take less memory than longer ones.
_BITS = 60


class KnownTexts:
    """Which record do texts of one kind mean? What was learned first holds.

    Args:
        log: of rows; an entry begins with the number of the record.
        part: where an entry has the texts of this kind, in a tuple.
        bits: of a hash.
    """

    def __init__(self, log: RowLog, part: int, bits: int = _BITS) -> None:
        self._log = log
        self._part = part
        self._mask = (1 << bits) - 1
        self._places: dict[int, int] = {}
        #: Of texts whose hash another text has.
        self._others: dict[str, int] = {}

    def find(self, text: str) -> int:
        """Return the number of the record a text means, 0 for none."""
        place = self._places.get(hash(text) & self._mask)
        return 0 if place is None else self._record(place, text)

    def find_all(self, texts: Iterable[str]) -> list[int]:
        """Return the numbers of the records that texts mean; of most there is none."""
        get, mask = self._places.get, self._mask
        known = [(place, text) for text in texts if (place := get(hash(text) & mask)) is not None]
        found = [self._record(place, text) for place, text in known]
        return [record for record in found if record]

    def learn(self, texts: Iterable[str], record: int, place: int) -> list[str]:
        """Remember which record texts mean; a text that means one already goes on meaning it.

        Args:
            place: which the entry of this row gets in the log, where a text is new.

        Returns:
            the texts that are not new. When all others are none, the entry need not be appended.
        """
        put, mask = self._places.setdefault, self._mask
        before = [text for text in texts if put(hash(text) & mask, place) != place]
        for text in before:
            if not self._record(self._places[hash(text) & mask], text):
                self._others[text] = record
        return before

    def _record(self, place: int, text: str) -> int:
        entry = self._log[place]
        return entry[0] if text in entry[self._part] else self._others.get(text, 0)


class RecordPlaces:
    """A place in a log for each record; four bytes for one that a row brings.

    A record is meant by a number: its id in the base, or below zero the number of the row.
    """

    def __init__(self) -> None:
        self._new = array("I")
        self._there: dict[int, int] = {}

    def get(self, record: int) -> int | None:
        """Return the place of a record, None when it has none yet."""
        if record > 0:
            return self._there.get(record)
        row, places = -record, self._new
        return places[row] - 1 if row < len(places) and places[row] else None

    def put(self, record: int, place: int) -> None:
        """Remember the place of a record."""
        if record > 0:
            self._there[record] = place
            return
        row, places = -record, self._new
        if row >= len(places):
            places.extend([0] * (row + 1000 - len(places)))
        places[row] = place + 1


__all__ = ["KnownTexts", "RecordPlaces"]
