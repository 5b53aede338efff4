"""Read a word in one alphabet where letters of another that look alike were typed into it.

The pairs are those of the letters on Cyrillic keyboards among the confusables of Unicode Technical
Standard 39. Upper and lower case count alike: «Н» looks like H, so «н» is read as h.
"""

from __future__ import annotations

_PAIRS = "аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdԛqԝwһhґr"
_TO_LATIN = {ord(_PAIRS[at]): _PAIRS[at + 1] for at in range(0, len(_PAIRS), 2)}
_TO_CYRILLIC = {
    ord(_PAIRS[at + 1]): _PAIRS[at] for at in range(0, len("аaвbеeкkмmнhоoрpсcтtуyхxіi"), 2)
}
#: Skeleton letters of Cyrillic ones with a double, and the skeleton of that double.
_ALL_DOUBLES = frozenset("avekmnorstuh")
_SEEN = str.maketrans({"v": "b", "n": "h", "r": "p", "s": "k", "u": "i", "h": "ks"})
_GREEK = str.maketrans("αβεηικμνορτυχ", "abehikmvoptyx")


def in_one_alphabet(word: str) -> str:
    """Return a folded word with the letters of one alphabet.

    A word with both Cyrillic and Latin letters is Cyrillic when each Latin letter has a Cyrillic
    double, otherwise Latin when each Cyrillic letter has a Latin one; what fits neither stays.
    """
    if word.isascii():
        return word
    if any("\u0370" <= letter <= "\u03ff" for letter in word):
        latin = word.translate(_GREEK)
        if latin.isascii() or _has_cyrillic(latin):
            word = latin
    if not _has_cyrillic(word) or not any("a" <= letter <= "z" for letter in word):
        return word
    cyrillic = word.translate(_TO_CYRILLIC)
    if not any("a" <= letter <= "z" for letter in cyrillic):
        return cyrillic
    latin = word.translate(_TO_LATIN)
    return word if _has_cyrillic(latin) else latin


def seen_as_latin(skeleton: str) -> str:
    """Return the skeleton a Cyrillic word gets when all its letters are read as Latin ones.

    «ВОСТОК» (vostok) looks like BOCTOK, whose skeleton is boktok. Empty when a letter has none.
    """
    return skeleton.translate(_SEEN) if _ALL_DOUBLES.issuperset(skeleton) else ""


def _has_cyrillic(word: str) -> bool:
    return any("\u0400" <= letter <= "\u052f" for letter in word)
