"""How rare is a word or a key among the records at hand?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from math import log

#: A short list can not show how common a word is; nothing counts as rarer than this many records
#: more would let it be.
UNSEEN = 1000


class Rarity:
    """The rarity of the values of one column, learnt from all records at hand.

    It is `log(1 / share) / log(N + 1000)`, where `share` is the part of the other records that have
    the value too, at least one in N + 1000: from 0 (all have it) to 1 (only the two compared have).
    """

    def __init__(self, total: int, counts: Counter[str]) -> None:
        self._others = max(total - 2, 1)
        self._counts = counts
        self._most = log(total + UNSEEN)
        self._least = 1 / (total + UNSEEN)
        self._known: dict[int, float] = {}

    @classmethod
    def of(cls, values: Iterable[tuple[str, ...]]) -> Rarity:
        """Learn from the values of a column, one for each record; none of them twice."""
        found = list(values)
        return cls(len(found), Counter(chain.from_iterable(found)))

    def __call__(self, word: str) -> float:
        """Return how rare a word is, 0 to 1."""
        count = self._counts.get(word, 0)
        rarity = self._known.get(count)
        if rarity is None:
            share = min(max((count - 2) / self._others, self._least), 1.0)
            rarity = self._known[count] = -log(share) / self._most
        return rarity

    def count(self, word: str) -> int:
        """Return how many records have a word."""
        return self._counts.get(word, 0)
