"""Tell what a row adds to a record: of the base, of an earlier row, or a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from kartoteka.api import Field, gettext
from kartoteka_excel_import.checking.batch import Part
from kartoteka_excel_import.checking.drafts import Draft
from kartoteka_excel_import.checking.known_texts import RecordPlaces
from kartoteka_excel_import.checking.names import name_key
from kartoteka_excel_import.checking.notes import Notes
from kartoteka_excel_import.checking.row_log import Entry, RowLog, plain_columns

Effect = Literal["new", "changed", "same", "again"]


class Keeping:
    """The records of one part of a file, and what its rows said of each.

    A record is meant by a number: its id in the base, or below zero the number of the row that
    brings it.

    Args:
        label: the field a record is called by.
        may_change: records that are there may be changed.
        empties: an empty cell empties the field of a record that is there.
    """

    def __init__(
        self, fields: Mapping[str, Field[Any]], label: str, *, may_change: bool, empties: bool
    ) -> None:
        self._fields = fields
        self._label = label
        self._may_change = may_change
        self._empties = empties
        #: Of a record the row that spoke of it first, and what was said first of each field.
        self._log = RowLog()
        self._said = RecordPlaces()

    def begin(self, draft: Draft, notes: Notes) -> None:
        """Take the next chunk."""
        count = len(draft.present)
        self._draft = draft
        self._notes = notes
        self._names = list(draft.columns)
        self._columns = list(draft.columns.values())
        self._rows = list(zip(*plain_columns(self._columns), strict=True)) or [()] * count
        has_label = self._label in self._names
        self._label_at = self._names.index(self._label) if has_label else None
        self.part = Part(
            entity=draft.part, columns=draft.columns, points=draft.points, present=draft.present,
            record_ids=[None] * count, same_as=[None] * count, changes=[None] * count,
        )  # fmt: skip

    def settle(
        self,
        place: int,
        record: int,
        known: Mapping[str, Any] | None,
        *,
        name: str = "",
        is_own: bool = False,
    ) -> Effect:
        """Put down which record a row means, and return what the row does to it.

        Args:
            place: of the row in the chunk.
            record: its number.
            known: the values of a record of the base.
            name: what the row calls the record, folded.
            is_own: the import itself made it before it was interrupted.
        """
        row = self._notes.numbers[place]
        says = self._says(place, name)
        if record == -row:
            self._keep(record, row, says)
            return "new"
        values = [column[place] for column in self._columns]
        if record > 0:
            self.part.record_ids[place] = record
        else:
            self.part.same_as[place] = -record
        before = self._said.get(record)
        first = None if before is None else self._log[before]
        changes: dict[str, tuple[Any, Any]] = {}
        if first is not None:
            self._after_another(place, record, values, says, first, known, changes)
        elif known is not None:
            self._against_the_base(place, values, known, changes, is_own)
        if first is None:
            self._keep(record, row, says)
        if changes and (record < 0 or self._may_change):
            self.part.changes[place] = changes
            return "changed"
        return "again" if record < 0 or first is not None or is_own else "same"

    def _says(self, place: int, name: str) -> Entry:
        """Return what a row says of each field, as it is compared with what others say."""
        says = self._rows[place]
        at = self._label_at
        if name and at is not None and says[at] is not None:
            return (*says[:at], name, *says[at + 1 :])
        return says

    def _keep(self, record: int, row: int, says: Entry) -> None:
        self._said.put(record, self._log.next)
        self._log.append((row, *says))

    def first_row(self, place: int) -> int:
        """Return the row that spoke first of the record of a row."""
        record = self.part.record_ids[place] or -(self.part.same_as[place] or 0)
        return self.first_row_of(record)

    def first_row_of(self, record: int) -> int:
        """Return the row that spoke first of a record, 0 for none."""
        place = self._said.get(record)
        return 0 if place is None else self._log[place][0]

    def _against_the_base(
        self, place: int, values: Sequence[Any], known: Mapping[str, Any],
        changes: dict[str, tuple[Any, Any]], is_own: bool,
    ) -> None:  # fmt: skip
        for name, value in zip(self._names, values, strict=True):
            old = known.get(name)
            if value is None:
                is_kept = self._fields[name].required or name in self._draft.silent
                if self._empties and not is_kept and _is_filled(old):
                    changes[name] = (old, None)
            elif is_own and _is_filled(old):
                if not self._is_same(name, old, value):
                    self._say_it_was_said(place, name, 0)
            elif not self._is_same(name, old, value):
                changes[name] = (old, value)

    def _after_another(
        self, place: int, record: int, values: Sequence[Any], says: Entry, first: Entry,
        known: Mapping[str, Any] | None, changes: dict[str, tuple[Any, Any]],
    ) -> None:  # fmt: skip
        row, *said = first
        is_more = False
        for at, (name, value) in enumerate(zip(self._names, values, strict=True)):
            if value is None or said[at] == says[at]:
                continue
            if said[at] is not None:
                self._say_it_was_said(place, name, row)
                continue
            old = known.get(name) if known is not None else None
            if not self._is_same(name, old, value):
                changes[name] = (old, value)
            said[at] = says[at]
            is_more = True
        if is_more:
            self._keep(record, row, tuple(said))

    def _is_same(self, name: str, old: Any, value: Any) -> bool:
        if old == value:
            return True
        if not _is_filled(old):
            return not _is_filled(value)
        # A name in another spelling is the same name, however the row was recognised.
        return name == self._label and name_key(str(old)) == name_key(str(value))

    def _say_it_was_said(self, place: int, name: str, row: int) -> None:
        head = self._draft.heads.get(name, name)
        if row:
            reason = gettext("Row %(row)s says otherwise; what it says is kept.", row=row)
        else:
            reason = gettext("An earlier row says otherwise; what it says is kept.")
        self._notes.remark(place, head, reason)


def _is_filled(value: Any) -> bool:
    return value is not None and value != "" and value != ()


__all__ = ["Effect", "Keeping"]
