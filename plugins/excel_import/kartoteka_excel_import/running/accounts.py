"""The account of a chunk: what became of each of its rows, and which records they made or changed.

It is kept as one JSON object, because a million rows make a million of everything::

    {"numbers": [[2, 501]],             ranges of rows, first and last
     "verdicts": "cc=ud…",              a letter for each row
     "history": [4711, 4790],           the last number of the history before, and after it
     "made": {"client": [[0, 1], [17, 18]], …},      places of rows, numbers of records
     "changed": {"client": [[3], [5]], …}}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka_excel_import.checking.batch import Verdict
from kartoteka_excel_import.models import ImportAccount, ImportRun

LETTERS: Mapping[Verdict, str] = {
    "create": "c", "update": "u", "unchanged": "=", "duplicate": "d", "possible": "p",
    "rejected": "r",
}  # fmt: skip
_VERDICTS: Mapping[str, Verdict] = {letter: verdict for verdict, letter in LETTERS.items()}
#: A record: code of its entity, number.
RecordKey = tuple[str, int]


@dataclass(kw_only=True, slots=True)
class Account:
    """What became of the rows of one chunk.

    Args:
        numbers: of the rows.
        verdicts: one for each row.
        since, until: what the chunk wrote has numbers between these in the history, the last
            included; others may write at the same time.
        made, changed: by entity, places of rows in the chunk with the numbers of records.
    """

    numbers: list[int]
    verdicts: list[Verdict]
    since: int = 0
    until: int = 0
    made: dict[str, list[tuple[int, int]]] = field(default_factory=dict[str, list[tuple[int, int]]])
    changed: dict[str, list[tuple[int, int]]] = field(
        default_factory=dict[str, list[tuple[int, int]]]
    )

    def as_json(self) -> dict[str, Any]:
        """Return the account as it is kept."""
        return {
            "numbers": list(_ranges(self.numbers)),
            "verdicts": "".join(LETTERS[verdict] for verdict in self.verdicts),
            "history": [self.since, self.until],
            "made": {entity: _split(pairs) for entity, pairs in self.made.items()},
            "changed": {entity: _split(pairs) for entity, pairs in self.changed.items()},
        }

    def rows_of(self) -> dict[RecordKey, set[int]]:
        """Return at which places the rows stand that made or changed a record."""
        found: dict[RecordKey, set[int]] = {}
        for part in (self.made, self.changed):
            for entity, pairs in part.items():
                for place, number in pairs:
                    found.setdefault((entity, number), set()).add(place)
        return found


def account_of(kept: Mapping[str, Any]) -> Account:
    """Return an account from what is kept."""
    return Account(
        numbers=[
            number for first, last in kept["numbers"] for number in range(first, last + 1)
        ],
        verdicts=[_VERDICTS[letter] for letter in kept["verdicts"]],
        since=kept["history"][0],
        until=kept["history"][1],
        made={entity: _joined(pairs) for entity, pairs in kept["made"].items()},
        changed={entity: _joined(pairs) for entity, pairs in kept["changed"].items()},
    )  # fmt: skip


def accounts(session: Session, run: ImportRun) -> Iterator[Account]:
    """Yield the accounts of a run in the order of the rows; memory stays the same."""
    after = 0
    while kept := session.execute(
        select(ImportAccount.id, ImportAccount.rows)
        .where(ImportAccount.run_id == run.id, ImportAccount.id > after)
        .order_by(ImportAccount.id)
        .limit(100)
    ).all():
        for number, rows in kept:
            after = number
            yield account_of(rows)


def _ranges(numbers: Sequence[int]) -> Iterator[list[int]]:
    first = last = None
    for number in numbers:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield [first, last]
        first = last = number
    if first is not None and last is not None:
        yield [first, last]


def _split(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    ordered = list(pairs)
    return [[place for place, _number in ordered], [number for _place, number in ordered]]


def _joined(kept: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    return list(zip(kept[0], kept[1], strict=True))


__all__ = ["LETTERS", "Account", "RecordKey", "account_of", "accounts"]
