"""Which pairs are worth comparing? Those that share a key few others have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import combinations
from operator import itemgetter

from kartoteka.matching.lookalikes import seen_as_latin
from kartoteka.matching.values import Kind, Value

#: A key that more records of the other list have finds nobody.
MOST = 200
#: How many candidates of one record are compared.
KEPT = 40
#: A candidate is compared when its keys weigh at least this part of those of the best one. A key
#: weighs one over the number of its holders; more than 1 is not asked for.
WORTH = 0.1
_EDGE = 4
_PAIRED = 5
_START = 3
_PAIRED_STARTS = 3
_LOCAL_PHONE = 7


class Keys:
    """Give the keys by which records are looked up; the first characters say the column.

    Whole keys; of texts each word, its beginning and its end (a slip spoils one of them), pairs of
    words and of their beginnings for those that are common alone, and all words run together.

    Args:
        kinds: the columns of the records.
        wanted: the only keys to give; None gives all.
        by_word: also give those of single words; without them slips are not found.
    """

    def __init__(
        self, kinds: Sequence[Kind], wanted: Collection[str] | None = None, *, by_word: bool = True
    ) -> None:
        self._by_word = by_word
        self._kinds = list(enumerate(kinds))
        self._wanted = wanted
        self._of_word: list[dict[str, tuple[str, ...]]] = [{} for _kind in kinds]
        self._paired: list[set[str]] = [set() for _kind in kinds]
        self._starts: list[set[str]] = [set() for _kind in kinds]
        for key in wanted or ():
            for sign, parts in (("+", self._paired), ("^", self._starts)):
                place, found, words = key.partition(sign)
                if found and place.isdigit():
                    parts[int(place)].update(words.split(" "))

    def of(self, record: Sequence[Value]) -> list[str]:
        """Return the keys of a record; one may be there twice."""
        found: list[str] = []
        for place, kind in self._kinds:
            value = record[place]
            if not value:
                continue
            if kind.is_text:
                self._add_text(found, place, value)
            else:
                found += [key for key in _of_keys(place, value) if self._is_wanted(key)]
        return found

    def _is_wanted(self, key: str) -> bool:
        return self._wanted is None or key in self._wanted

    def _add_text(self, found: list[str], place: int, words: Value) -> None:
        joined = f"{place}_{''.join(words)}"
        if self._is_wanted(joined):
            found.append(joined)
        if not self._by_word:
            return
        known = self._of_word[place]
        for word in words:
            keys = known.get(word)
            if keys is None:
                keys = known[word] = self._of_one_word(place, word)
            found += keys
        if len(words) < 2:
            return
        starts = [word[:_START] for word in sorted(words, key=_by_length)[:_PAIRED_STARTS]]
        if self._wanted is not None:
            starts = [start for start in starts if start in self._starts[place]]
        starts.sort()
        for one, two in combinations(starts, 2):
            key = f"{place}^{one} {two}"
            if self._is_wanted(key):
                found.append(key)
        longest = nlargest(_PAIRED, sorted(words), key=len) if len(words) > _PAIRED else words
        if self._wanted is not None:
            paired = self._paired[place]
            longest = [word for word in longest if word in paired]
        if len(longest) > 1:
            for one, two in combinations(sorted(longest), 2):
                key = f"{place}+{one} {two}"
                if self._is_wanted(key):
                    found.append(key)

    def _of_one_word(self, place: int, word: str) -> tuple[str, ...]:
        keys = [f"{place}.{word}"]
        if len(word) > _EDGE and not word.isdigit():
            keys += [f"{place}<{word[:_EDGE]}", f"{place}>{word[-_EDGE:]}"]
            if len(word) > 2 * _START:
                keys.append(f"{place}*{word[:_START]} {word[-_START:]}")
        if seen := seen_as_latin(word):
            keys.append(f"{place}.{seen}")
        return tuple(key for key in keys if self._is_wanted(key))


def _by_length(word: str) -> tuple[int, str]:
    return -len(word), word


def _of_keys(place: int, value: Value) -> list[str]:
    found = [f"{place}={key}" for key in value]
    # A phone without its area code.
    found += [f"{place}={key[-_LOCAL_PHONE:]}" for key in value if key[-_LOCAL_PHONE:].isdigit()]
    return found


class Holders:
    """Who holds which key: filled from one list, asked for the records of the other.

    Args:
        kinds: the columns of the records.
        wanted: the only keys anybody will ask for; None keeps all.
        by_word: also keep those of single words.
    """

    def __init__(
        self, kinds: Sequence[Kind], wanted: Collection[str] | None = None, *, by_word: bool = True
    ) -> None:
        self._keys = Keys(kinds, wanted, by_word=by_word)
        self._of_key: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, number: int, record: Sequence[Value]) -> None:
        """Put down a record under a number."""
        for key in self._keys.of(record):
            found = self._of_key[key]
            if len(found) <= MOST and (not found or found[-1] != number):
                found.append(number)

    def candidates(self, keys: Iterable[str], above: int = -1) -> list[int]:
        """Return the numbers of records that share the most rare keys, the best first.

        Args:
            keys: of the record that looks for them.
            above: only numbers above this one.
        """
        votes: defaultdict[int, float] = defaultdict(float)
        for key in set(keys):
            found = self._of_key.get(key)
            if found is not None and len(found) <= MOST:
                weight = 1 / len(found)
                for number in found:
                    if number > above:
                        votes[number] += weight
        if not votes:
            return []
        best = nlargest(KEPT, votes.items(), key=itemgetter(1))
        least = WORTH * min(best[0][1], 1.0)
        return [number for number, weight in best if weight >= least]


def pairs(
    kinds: Sequence[Kind],
    left: Sequence[Sequence[Value]],
    right: Sequence[Sequence[Value]] | None = None,
    *,
    by_word: bool = True,
) -> Iterator[tuple[int, list[int]]]:
    """Yield for each record of the left list the places of candidates in the right one.

    Without a right list the candidates are those of the same list that stand below.
    """
    keys = Keys(kinds, by_word=by_word)
    wanted = None if right is None else {key for record in left for key in keys.of(record)}
    holders = Holders(kinds, wanted, by_word=by_word)
    for place, record in enumerate(left if right is None else right):
        holders.add(place, record)
    for place, record in enumerate(left):
        above = place if right is None else -1
        if found := holders.candidates(keys.of(record), above):
            yield place, found
