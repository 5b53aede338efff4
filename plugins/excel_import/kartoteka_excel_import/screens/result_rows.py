"""The rows of an import with one outcome: the records they made, and what was noticed of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import labels, registry_of
from kartoteka_excel_import.models import ImportAccount, ImportProblem, ImportRun
from kartoteka_excel_import.running.accounts import LETTERS, RecordKey, account_of

#: Records with pages worth opening, in the order in which they are shown.
_FIRST = ("client", "contact", "deal", "purchase")


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordLink:
    """A record that a row made or changed."""

    label: str
    address: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RowShown:
    """One row of the file. `more` names records that have no page worth opening."""

    row: int
    links: Sequence[RecordLink]
    more: str
    reasons: Sequence[str]


def rows_of(
    session: Session, run: ImportRun, verdict: str, after: int, most: int
) -> list[RowShown]:
    """Return rows with an outcome, in the order of the file.

    Args:
        after: number of the row behind which they begin.
        most: how many at most.
    """
    found = _keys_by_row(session, run, verdict, after, most)
    names = _names(session, {key for keys in found.values() for key in keys})
    reasons = _reasons(session, run, found)
    return [
        RowShown(
            row=row,
            links=[
                _link(session, key, names[key])
                for key in sorted(keys & names.keys(), key=lambda key: (_FIRST.index(key[0]), key))
            ],
            more=_counted(session, keys - names.keys()), reasons=reasons.get(row, ()),
        )
        for row, keys in found.items()
    ]  # fmt: skip


def _keys_by_row(
    session: Session, run: ImportRun, verdict: str, after: int, most: int
) -> dict[int, set[RecordKey]]:
    """Return numbers of rows with the records they made or changed."""
    letter = next(letter for known, letter in LETTERS.items() if known == verdict)
    wanted = (
        select(ImportAccount.rows)
        .where(
            ImportAccount.run_id == run.id, ImportAccount.last_row > after,
            ImportAccount.rows["verdicts"].as_string().contains(letter),
        )
        .order_by(ImportAccount.first_row)
        .limit(most)
    )  # fmt: skip
    found: dict[int, set[RecordKey]] = {}
    for kept in session.scalars(wanted):
        account = account_of(kept)
        keys: dict[int, set[RecordKey]] = {}
        for key, places in account.rows_of().items():
            for place in places:
                keys.setdefault(place, set()).add(key)
        for place, (row, became) in enumerate(zip(account.numbers, account.verdicts, strict=True)):
            if became == verdict and row > after:
                found[row] = keys.get(place, set())
                if len(found) == most:
                    return found
    return found


def _names(session: Session, keys: set[RecordKey]) -> dict[RecordKey, str]:
    """Return what records are called that have a page; one statement for each kind."""
    found: dict[RecordKey, str] = {}
    for entity in {entity for entity, _number in keys if entity in _FIRST}:
        numbers = {number for code, number in keys if code == entity}
        for number, label in labels(session, entity, numbers).items():
            found[entity, number] = label
    return found


def _link(session: Session, key: RecordKey, label: str) -> RecordLink:
    entity, number = key
    return RecordLink(
        label=label, address=url_for(f"{entity}.show", pk=number),
        note=str(registry_of(session).entity(entity).title),
    )  # fmt: skip


def _counted(session: Session, keys: set[RecordKey]) -> str:
    """Name further records: phones, places of work, sources, and those that are gone."""
    found = Counter(entity for entity, _number in sorted(keys))
    titles = {code: str(registry_of(session).entity(code).title).lower() for code in found}
    return ", ".join(
        titles[code] if count == 1 else f"{titles[code]} × {count}" for code, count in found.items()
    )


def _reasons(
    session: Session, run: ImportRun, rows: Mapping[int, object]
) -> Mapping[int, Sequence[str]]:
    """Return what was noticed of rows, with the column."""
    wanted = (
        select(ImportProblem.row, ImportProblem.column, ImportProblem.reason)
        .where(ImportProblem.run_id == run.id, ImportProblem.row.in_(list(rows)))
        .order_by(ImportProblem.id)
    )
    found: dict[int, list[str]] = {}
    for row, column, reason in session.execute(wanted) if rows else ():
        found.setdefault(row, []).append(f"{column}: {reason}" if column else reason)
    return {row: list(dict.fromkeys(said)) for row, said in found.items()}


__all__ = ["RecordLink", "RowShown", "rows_of"]
