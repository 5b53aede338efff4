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
    """The rarities of what two texts share, and of what only one of them has."""

    shared: float
    only_left: float
    only_right: float


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
    for word in sorted(lefts, key=lefts.__getitem__, reverse=True) if rights else ():
        best, best_likeness = "", 0.0
        for other in rights:
            likeness = alike(word, other)
            if likeness > best_likeness:
                best, best_likeness = other, likeness
        if best:
            weight = min(lefts.pop(word), rights.pop(best))
            shared += weight * best_likeness
    if any(map(_is_number, lefts)) and any(map(_is_number, rights)):
        # №5 is not №7, however often both numbers occur.
        for words in (lefts, rights):
            words.update({word: 1.0 for word in words if _is_number(word)})
    elif lefts and rights:
        joined = _alike_joined(lefts, rights)
        if joined:
            weight = min(sum(lefts.values()), sum(rights.values()))
            shared += weight * joined
            lefts, rights = {}, {}
    return Overlap(shared=shared, only_left=sum(lefts.values()), only_right=sum(rights.values()))


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
    """Compare what is left of two texts with spaces and points overlooked."""
    left, right = "".join(lefts), "".join(rights)
    if len(lefts) != len(rights):
        if left == right:
            return 1.0
        for words, joined in ((lefts, right), (rights, left)):
            if len(words) >= 3 and "".join(word[0] for word in words) == joined:
                return ABBREVIATED
    short = min(len(left), len(right))
    if short >= 8 and not (left.isdigit() or right.isdigit()):
        found = OSA.distance(left, right, score_cutoff=2)
        if found <= 2:
            return 1 - found / short
    return 0.0
