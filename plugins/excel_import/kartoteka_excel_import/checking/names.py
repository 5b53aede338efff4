"""May two names be of one client or person, when a phone or an e-mail says they are?"""

from __future__ import annotations

from rapidfuzz import fuzz

from kartoteka.api import normal_name

#: What is left of two names, without their common words, is the same but for slips.
_ALIKE = 60.0


def name_key(name: str) -> str:
    """Return a name as it is compared, whatever the order of its words: Иванов Пётр."""
    return " ".join(sorted(normal_name(name).split()))


def names_agree(mine: str, theirs: str) -> bool:
    """Say whether two folded names may be of one: equal, shorter, with initials or slips.

    «Торговый дом Ромашка» and «Торговый дом Лютик» are two, and so are «Школа 5» and «Школа 7».
    """
    if mine == theirs or not mine or not theirs:
        return True
    one, two = set(mine.split()), set(theirs.split())
    left, right = one - two, two - one
    if not left or not right:
        return True
    if {word for word in left if word.isdigit()} or {word for word in right if word.isdigit()}:
        return False
    if _are_initials(left, right) or _are_initials(right, left):
        return True
    return fuzz.ratio(" ".join(sorted(left)), " ".join(sorted(right))) >= _ALIKE


def _are_initials(short: set[str], full: set[str]) -> bool:
    return all(len(word) == 1 and any(one.startswith(word) for one in full) for word in short)


__all__ = ["name_key", "names_agree"]
