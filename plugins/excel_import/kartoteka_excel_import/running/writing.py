"""Write checked rows: all records of a row or none, with the account of what each row made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Change,
    Client,
    Halves,
    Invalid,
    KartotekaError,
    Rejected,
    gettext,
    registry_of,
    unscoped,
)
from kartoteka_excel_import.checking.batch import WRITTEN, Batch, Problem
from kartoteka_excel_import.running.accounts import Account
from kartoteka_excel_import.running.places import Places
from kartoteka_excel_import.running.putting import Putting


@dataclass(kw_only=True, slots=True)
class Written:
    """What became of some rows of a batch: their account, and what was wrong in them."""

    account: Account
    problems: list[Problem] = field(default_factory=list[Problem])


class Writer:
    """The writing of one file.

    Args:
        session: its actor signs the records, by the way `import` and with the batch of the run.
        places: which records the rows brought so far.
        heads: column of the file by the code of what it fills (`client.name`).
        owner_id: who gets new clients and people of whom the file does not say it.
    """

    def __init__(
        self, session: Session, places: Places, heads: Mapping[str, str], owner_id: int | None
    ) -> None:
        self.session = session
        self.places = places
        self.heads = heads
        self.owner_id = owner_id
        self.entities = registry_of(session).entities
        self.halves = Halves(session, Client.__table__)  # pyright: ignore[reportArgumentType]
        #: The part that was being written when the database or a rule said no.
        self._part = ""

    def write(self, batch: Batch, first: int, last: int) -> Written:
        """Write the rows from place `first` to before `last`, in the caller's transaction."""
        written = Written(
            account=Account(
                numbers=list(batch.numbers[first:last]), verdicts=batch.verdicts[first:last],
                since=self._last_change(),
            )
        )  # fmt: skip
        numbers = set(written.account.numbers)
        written.problems = [one for one in batch.problems if one.row in numbers]

        def put(rows: Sequence[int], _again: bool) -> None:
            putting = Putting(self.session, self.places, self.owner_id, batch, rows)
            try:
                putting.run()
            finally:
                self._part = putting.part
            for mine, kept in (
                (putting.made, written.account.made),
                (putting.changed, written.account.changed),
            ):
                for code, pairs in mine.items():
                    kept.setdefault(code, []).extend((row - first, made) for row, made in pairs)
            written.problems.extend(
                Problem(
                    row=batch.numbers[row], column=self.column_of(code, name),
                    reason=gettext("Somebody has changed it meanwhile; it was left."),
                    is_rejection=False,
                )
                for row, code, name in putting.stale
            )  # fmt: skip

        def refuse(row: int, error: KartotekaError) -> None:
            written.account.verdicts[row - first] = "rejected"
            written.problems.extend(self._reasons(batch.numbers[row], error))

        wanted = [row for row in range(first, last) if batch.verdicts[row] in WRITTEN]
        self.halves.write(wanted, put, refuse)
        written.account.until = self._last_change()
        written.problems.sort(key=lambda one: one.row)
        return written

    def _reasons(self, row: int, error: KartotekaError) -> list[Problem]:
        errors = {error.field if isinstance(error, Rejected) else "": str(error)}
        if isinstance(error, Invalid):
            errors = dict(error.errors)
        return [
            Problem(row=row, column=self.column_of(self._part, name), reason=reason)
            for name, reason in errors.items()
        ]

    def column_of(self, entity: str, name: str) -> str:
        """Return the column that fills a field, else how the field is called."""
        if not name:
            return ""
        if head := self.heads.get(f"{entity}.{name}"):
            return head
        fields = registry_of(self.session).fields(entity) if entity in self.entities else {}
        return str(fields[name].title) if name in fields else name

    def _last_change(self) -> int:
        with unscoped(self.session, "where does the history of this chunk begin and end?"):
            return self.session.scalar(select(func.max(Change.id))) or 0


__all__ = ["Writer", "Written"]
