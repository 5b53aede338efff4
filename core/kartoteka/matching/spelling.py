"""Bring the ways to spell one word with Cyrillic or Latin letters to one skeleton.

«Щукин», Schukin, Shchukin and Ščukin get the same skeleton. It is no transliteration to show:
it merges what the systems in use (ISO 9, GOST 7.79 and 52535, BGN/PCGN, the Bulgarian law of 2009)
and habit write differently, and so it also merges some words that differ.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: Cyrillic letters of several languages; š, č and ž stand for the sounds of ш, ч and ж.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "ž", "з": "z", "и": "i",
    "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "č", "ш": "š", "щ": "š", "ы": "i",
    "ь": "", "э": "e", "ю": "iu", "я": "ia", "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u",
    "ј": "i", "љ": "li", "њ": "ni", "ћ": "č", "ђ": "d", "џ": "dž", "ѓ": "g", "ќ": "k", "ѕ": "dz",
    "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h",
}  # fmt: skip
_LETTERS = {ord(letter): latin for letter, latin in _CYRILLIC.items()}
_MARKED = str.maketrans(
    {"ŝ": "š", "ș": "š", "ş": "š", "ć": "č", "ç": "č", "ø": "o", "ł": "l", "đ": "d", "æ": "e",
     "œ": "o", "þ": "t", "ð": "d", "ı": "i", "â": "ia", "û": "iu"}
)  # fmt: skip
_KEPT = "ščž"
#: What several letters together stand for; the longest first.
_TOGETHER = {
    "shch": "š", "tsch": "č", "sch": "š", "tch": "č", "sh": "š", "šč": "š", "ch": "č", "zh": "ž",
    "kh": "h", "ph": "f", "th": "t", "ck": "k", "tz": "ts", "x": "ks", "c": "k", "q": "k",
    "w": "v", "y": "i", "j": "i",
}  # fmt: skip
_GROUPS = re.compile("|".join(_TOGETHER))
#: In Russian ъ stands before these and is mute; elsewhere it is the Bulgarian vowel.
_MUTE = re.compile("ъ(?=[еёюя])")
#: Müller is also Mueller, Ельцин is also Yeltsin.
_VOWELS = re.compile("(?<=[aou])e|i(?=e)")
#: Пётр is also Pyotr.
_YO = re.compile("io")
_REPEATED = re.compile(r"([^\W\d])\1+")
#: Short words are often abbreviations: ООО, ОАО.
_SHORT = 4


@lru_cache(maxsize=200_000)
def skeleton(word: str) -> str:
    """Return the skeleton of one folded word: Latin letters, with š, č and ž for ш, ч and ж.

    The skeleton of a skeleton is itself. Other alphabets and digits stay as they are.
    """
    if word.isdigit():
        return word
    text = word if word.isascii() else _in_latin(word)
    while (simpler := _simpler(text)) != text:
        text = simpler
    return text or word


def _in_latin(word: str) -> str:
    text = _MUTE.sub("", word).replace("ъ", "a").replace("ё", "е").translate(_LETTERS)
    text = unicodedata.normalize("NFC", text).translate(_MARKED)
    if text.isascii():
        return text
    return "".join(letter if letter in _KEPT else _unmarked(letter) for letter in text)


def _unmarked(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter).casefold()
    return "".join(part for part in parts if not unicodedata.combining(part))


def _simpler(text: str) -> str:
    text = _GROUPS.sub(lambda found: _TOGETHER[found[0]], text)
    text = _YO.sub("e", _VOWELS.sub("", text))
    return _REPEATED.sub(r"\1", text) if len(text) > _SHORT else text


#: How a skeleton is written in each alphabet by most people.
_AS_CYRILLIC = {
    "ks": "кс", "ts": "ц", "ia": "я", "iu": "ю", "a": "а", "b": "б", "v": "в", "g": "г", "d": "д",
    "e": "е", "ž": "ж", "z": "з", "i": "и", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о",
    "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "f": "ф", "h": "х", "č": "ч", "š": "ш",
}  # fmt: skip
_AS_LATIN = {"ž": "zh", "č": "ch", "š": "sh", "ia": "ya", "iu": "yu"}


def written(found: str) -> tuple[str, str]:
    """Return how a skeleton is most likely written in Cyrillic and in Latin letters."""
    cyrillic = re.sub("ks|ts|ia|iu|.", lambda part: _AS_CYRILLIC.get(part[0], part[0]), found)
    return cyrillic, re.sub("ia|iu|.", lambda part: _AS_LATIN.get(part[0], part[0]), found)
