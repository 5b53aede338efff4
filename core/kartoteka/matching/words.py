"""How much of two texts says the same, word by word?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from kartoteka.matching.lookalikes import seen_as_latin
from kartoteka.matching.values import Value

#: How alike an abbreviation is to what it may stand for.
ABBREVIATED = 0.7
SLIP_IN_NUMBER = 0.6
#: Roman numerals as skeletons: what they number is told apart by them as by digits.
NUMERALS = frozenset(("ii", "iii", "iv", "vi", "vii", "viii", "iks"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """The rarities of what two texts share, and of what only one of them has.

    Args:
        numbers_differ: each has a number that the other has not.
    """

    shared: float
    only_left: float
    only_right: float
    numbers_differ: bool = False


def overlap(left: Value, right: Value, rarity: Callable[[str], float]) -> Overlap:
    """Compare two texts as sets of words; order makes no difference.

    Words that differ by a slip, by an abbreviation or by spaces between them count in part.
    """
    same = set(left) & set(right)
    shared = sum(map(rarity, same))
    if len(same) == len(left) == len(right):
        return Overlap(shared=shared, only_left=0.0, only_right=0.0)
    lefts = {word: rarity(word) for word in left if word not in same}
    rights = {word: rarity(word) for word in right if word not in same}
    if lefts and rights and (joined := _alike_joined(lefts, rights)):
        weight = min(sum(lefts.values()), sum(rights.values()))
        return Overlap(shared=shared + weight * joined, only_left=0.0, only_right=0.0)
    for word in sorted(lefts, key=lefts.__getitem__, reverse=True) if rights else ():
        best, best_likeness = "", 0.0
        for other in rights:
            likeness = alike(word, other)
            if likeness > best_likeness:
                best, best_likeness = other, likeness
        if best:
            shared += min(lefts.pop(word), rights.pop(best)) * best_likeness
    return Overlap(
        shared=shared,
        only_left=sum(lefts.values()),
        only_right=sum(rights.values()),
        numbers_differ=any(map(_is_number, lefts)) and any(map(_is_number, rights)),
    )


def _is_number(word: str) -> bool:
    return word.isdigit() or word in NUMERALS


@lru_cache(maxsize=1 << 18)
def alike(left: str, right: str) -> float:
    """Return how alike two different words are, 0 to 1: a slip, a shortening, a look-alike."""
    if len(left) > len(right) or (len(left) == len(right) and left > right):
        return alike(right, left)
    short, size = len(left), len(right)
    if left.isdigit() or right.isdigit():
        # A house has no typing slips, a long number may have one.
        return SLIP_IN_NUMBER if short >= 4 and _slips(left, right, 1) <= 1 else 0.0
    if short >= 4:
        allowed = 1 if short < 8 else 2
        found = _slips(left, right, allowed)
        if found <= allowed:
            return 1 - found / short
    if right.startswith(left):
        return 0.0 if right in NUMERALS else 0.5 + 0.5 * short / size
    if short >= 4 and (right == seen_as_latin(left) or left == seen_as_latin(right)):
        return 1.0
    return 0.0


def _slips(left: str, right: str, most: int) -> int:
    return OSA.distance(left, right, score_cutoff=most)


def _alike_joined(lefts: dict[str, float], rights: dict[str, float]) -> float:
    """Compare what is left of two texts with spaces overlooked, or as an abbreviation."""
    if len(lefts) == len(rights):
        return 0.0
    left, right = "".join(lefts), "".join(rights)
    if left == right:
        return 1.0
    for words, joined in ((lefts, right), (rights, left)):
        if len(words) > 1 and "".join([word[0] for word in words]) == joined:
            return ABBREVIATED
    short = min(len(left), len(right))
    if short >= 8 and not (left.isdigit() or right.isdigit()):
        found = _slips(left, right, 2)
        return 1 - found / short if found <= 2 else 0.0
    return 0.0
