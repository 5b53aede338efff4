"""Which pairs are worth comparing? Those that share a key few others have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from kartoteka.matching.values import Kind, Value

#: A key that more records of the other list have finds nobody.
MOST = 200
#: How many candidates of one record are compared.
KEPT = 40
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
        votes: Counter[int] = Counter()
        for key in set(keys_of(kinds, record)):
            found = holders.get(key)
            if found is not None and len(found) <= MOST:
                weight = 1 / len(found)
                for other in found:
                    if not within or other > place:
                        votes[other] += weight  # pyright: ignore[reportArgumentType]
        if votes:
            yield place, _best(votes)


def _best(votes: Counter[int]) -> list[int]:
    if len(votes) <= KEPT:
        return sorted(votes)
    return sorted(place for place, _weight in votes.most_common(KEPT))


def every_pair(many: int) -> Iterable[tuple[int, int]]:
    """Return all pairs of a short list."""
    return combinations(range(many), 2)
