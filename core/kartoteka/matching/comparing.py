"""Find the pairs of records that mean one client, within a list or between two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kartoteka.matching.candidates import pairs
from kartoteka.matching.rarity import Rarity
from kartoteka.matching.scoring import ENOUGH, Column, Verdict, is_possible, verdict
from kartoteka.matching.values import KINDS, Kind, Value, read

#: Records between two words about how far it is.
TELL_EVERY = 100
#: The values of one record, in the order of the columns.
Prepared = tuple[Value, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A column of a list: what its cells are.

    Args:
        label: how the account names it.
        code: which of the kinds of matching/values.py; any other word is a text.
        given: the kind itself, where it is none of these.
    """

    label: str
    code: str
    given: Kind | None = None

    @property
    def kind(self) -> Kind:
        """How its cells are read and weighed."""
        return self.given or KINDS.get(self.code, KINDS["text"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two records that may be one client, by their places in the lists, and why."""

    left: int
    right: int
    verdict: Verdict


def prepared(columns: Sequence[Compared], cells: Sequence[str]) -> Prepared:
    """Return a record ready to be compared, from one text for each column."""
    return tuple(read(column.kind, text) for column, text in zip(columns, cells, strict=True))


def find_pairs(
    columns: Sequence[Compared],
    left: Sequence[Prepared],
    right: Sequence[Prepared] | None = None,
    least: float = ENOUGH,
    *,
    by_word: bool = True,
    told: Callable[[int], None] | None = None,
) -> Iterator[Pair]:
    """Yield the pairs with a score, from the first record of the left list to its last.

    Args:
        columns: what is compared.
        left: the records; the shorter of two lists, because an index is made of the other's keys
            that it has too.
        right: the records to compare with; None looks for duplicates within the left list.
        least: the least score.
        by_word: compare also what has only single words in common. Without it a key or a whole
            text must be the same, which takes less memory.
        told: is called now and then with the number of records of the left list that are done.
    """
    weighed = _weighed(columns, left, right or ())
    there = left if right is None else right
    kinds = [column.kind for column in columns]
    next_told = 0
    for place, candidates in pairs(kinds, left, right, by_word=by_word):
        # Records without candidates are passed over.
        if told is not None and place >= next_told:
            told(place)
            next_told = place + TELL_EVERY
        for other in candidates:
            one, two = left[place], there[other]
            if not is_possible(weighed, one, two, least):
                continue
            found = verdict(weighed, one, two)
            if found.score >= least:
                yield Pair(left=place, right=other, verdict=found)


def scores(
    columns: Sequence[Compared], left: Sequence[Prepared], right: Sequence[Prepared]
) -> list[float]:
    """Return how sure it is that the first records of two lists are one, the second ones …

    A record may be in several pairs; rarity is learnt from each once.
    """
    weighed = _weighed(columns, list(dict.fromkeys(left)), list(dict.fromkeys(right)))
    return [verdict(weighed, one, two).score for one, two in zip(left, right, strict=True)]


def _weighed(
    columns: Sequence[Compared], left: Sequence[Prepared], right: Sequence[Prepared]
) -> list[Column]:
    found: list[Column] = []
    for place, column in enumerate(columns):
        values = (record[place] for records in (left, right) for record in records)
        found.append(Column(label=column.label, kind=column.kind, rarity=Rarity.of(values)))
    return found
