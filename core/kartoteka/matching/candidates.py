"""Which pairs are worth comparing? Those that share a key few others have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
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


def keys_of(kinds: Sequence[Kind], record: Sequence[Value]) -> Iterator[str]:
    """Yield the keys by which a record is looked up; the first characters say the column.

    Whole keys; of texts each word, its beginning and its end (a slip spoils one of them) and pairs
    of words, for those that are common alone; the postal code with the beginning of the name.
    """
    for place, (kind, value) in enumerate(zip(kinds, record, strict=True)):
        if not value:
            continue
        if not kind.is_text:
            for key in value:
                yield f"{place}={key}"
                if len(key) > 7 and kind.code == "phone":
                    yield f"{place}={key[-7:]}"
            continue
        words = sorted(set(value))
        for word in words:
            yield f"{place}.{word}"
            if len(word) > _EDGE and not word.isdigit():
                yield f"{place}<{word[:_EDGE]}"
                yield f"{place}>{word[-_EDGE:]}"
        if len(words) > 1:
            yield f"{place}_{''.join(value)}"
            longest = sorted(sorted(words, key=len, reverse=True)[:_PAIRED])
            for one, two in combinations(longest, 2):
                yield f"{place}+{one} {two}"


def pairs(
    kinds: Sequence[Kind],
    left: Sequence[Sequence[Value]],
    right: Sequence[Sequence[Value]] | None = None,
) -> Iterator[tuple[int, list[int]]]:
    """Yield for each record of the left list the places of candidates in the right one.

    Without a right list the candidates are those of the same list that stand below.
    """
    within = right is None
    there = left if right is None else right
    wanted: set[str] = set()
    if not within:
        for record in left:
            wanted.update(keys_of(kinds, record))
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(there):
        for key in keys_of(kinds, record):
            if within or key in wanted:
                found = holders[key]
                if len(found) <= MOST and (not found or found[-1] != place):
                    found.append(place)
    for place, record in enumerate(left):
        votes: defaultdict[int, float] = defaultdict(float)
        for key in set(keys_of(kinds, record)):
            found = holders.get(key)
            if found is not None and len(found) <= MOST:
                weight = 1 / len(found)
                for other in found:
                    if not within or other > place:
                        votes[other] += weight
        if votes:
            yield place, _best(votes)


def _best(votes: dict[int, float]) -> list[int]:
    """Return the candidates that share the most rare keys."""
    best = nlargest(KEPT, votes.items(), key=itemgetter(1))
    least = WORTH * min(best[0][1], 1.0)
    return [place for place, weight in best if weight >= least]
