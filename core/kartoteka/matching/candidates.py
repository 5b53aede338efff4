"""Which pairs are worth comparing? Those that share a key few others have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from heapq import nlargest
from itertools import combinations
from operator import itemgetter

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
_LOCAL_PHONE = 7


class Keys:
    """Give the keys by which records are looked up; the first characters say the column.

    Whole keys; of texts each word, its beginning and its end (a slip spoils one of them), pairs of
    words for those that are common alone, and all words run together.

    Args:
        kinds: the columns of the records.
        wanted: the only keys to give; None gives all.
    """

    def __init__(self, kinds: Sequence[Kind], wanted: Collection[str] | None = None) -> None:
        self._kinds = list(enumerate(kinds))
        self._wanted = wanted
        self._of_word: list[dict[str, tuple[str, ...]]] = [{} for _kind in kinds]
        self._paired: list[set[str]] = [set() for _kind in kinds]
        for key in wanted or ():
            place, plus, words = key.partition("+")
            if plus and place.isdigit():
                self._paired[int(place)].update(words.split(" "))

    def of(self, record: Sequence[Value]) -> list[str]:
        """Return the keys of a record, each once."""
        found: list[str] = []
        for place, kind in self._kinds:
            value = record[place]
            if value:
                found += self._of_text(place, value) if kind.is_text else _of_keys(place, value)
        if self._wanted is None:
            return list(dict.fromkeys(found))
        return list(dict.fromkeys(key for key in found if key in self._wanted))

    def _of_text(self, place: int, words: Value) -> list[str]:
        known = self._of_word[place]
        found: list[str] = [f"{place}_{''.join(words)}"]
        for word in words:
            keys = known.get(word)
            if keys is None:
                keys = known[word] = self._of_one_word(place, word)
            found += keys
        if len(words) > 1:
            longest = words
            if len(words) > _PAIRED:
                longest = nlargest(_PAIRED, sorted(words), key=len)
            if self._wanted is not None:
                longest = [word for word in longest if word in self._paired[place]]
            found += [f"{place}+{one} {two}" for one, two in combinations(sorted(longest), 2)]
        return found

    def _of_one_word(self, place: int, word: str) -> tuple[str, ...]:
        keys = [f"{place}.{word}"]
        if len(word) > _EDGE and not word.isdigit():
            keys += [f"{place}<{word[:_EDGE]}", f"{place}>{word[-_EDGE:]}"]
        return tuple(key for key in keys if self._wanted is None or key in self._wanted)


def _of_keys(place: int, value: Value) -> list[str]:
    found = [f"{place}={key}" for key in value]
    # A phone without its area code.
    found += [f"{place}={key[-_LOCAL_PHONE:]}" for key in value if key[-_LOCAL_PHONE:].isdigit()]
    return found


def pairs(
    kinds: Sequence[Kind],
    left: Sequence[Sequence[Value]],
    right: Sequence[Sequence[Value]] | None = None,
) -> Iterator[tuple[int, list[int]]]:
    """Yield for each record of the left list the places of candidates in the right one.

    Without a right list the candidates are those of the same list that stand below.
    """
    all_keys = Keys(kinds)
    if right is None:
        there, keys = left, all_keys
    else:
        wanted = {key for record in left for key in all_keys.of(record)}
        there, keys = right, Keys(kinds, wanted)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(there):
        for key in keys.of(record):
            found = holders[key]
            if len(found) <= MOST:
                found.append(place)
    for place, record in enumerate(left):
        votes: defaultdict[int, float] = defaultdict(float)
        for key in all_keys.of(record):
            found = holders.get(key)
            if found is not None and len(found) <= MOST:
                weight = 1 / len(found)
                for other in found:
                    if right is not None or other > place:
                        votes[other] += weight
        if votes:
            yield place, _best(votes)


def _best(votes: dict[int, float]) -> list[int]:
    """Return the candidates that share the most rare keys."""
    best = nlargest(KEPT, votes.items(), key=itemgetter(1))
    least = WORTH * min(best[0][1], 1.0)
    return [place for place, weight in best if weight >= least]
