"""Bring names and addresses to the words by which they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from kartoteka.fields.text import fold, fold_all
from kartoteka.matching.legal_forms import without_legal_forms
from kartoteka.matching.lookalikes import in_one_alphabet
from kartoteka.matching.spelling import skeleton

#: Letters with their marks, or digits; «75th» and «12а» are two words each.
_WORDS = re.compile(r"\d+|[^\W\d_]+")
#: What joins letters instead of parting them: L'Oréal, D’Artagnan, Rock'n'Roll, объявление with '.
_APOSTROPHES = re.compile("(?<=[^\\W\\d_])['’ʼ`´](?=[^\\W\\d_])")
_SOFT = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_SPECIAL = re.compile("[&'’ʼ`´\u00ad\u200b\u200c\u200d\u2060\ufeff]")


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, each in one alphabet, without punctuation."""
    return [word if word.isascii() else in_one_alphabet(word) for word in _folded_words(text)]


def normal_name(text: str) -> str:
    """Return the name of a firm or a person as it is compared, to show it or to look it up.

    Letter case, ё and е, quotes, punctuation, legal forms, letters that look alike and the ways of
    transliteration make no difference; the order of words does.
    """
    return " ".join(name_words(text))


def normal_names(texts: Sequence[str]) -> list[str]:
    """Return what `normal_name` makes of each text, in less time."""
    return [
        " ".join(
            without_legal_forms(
                [word if word.isdigit() else _skeleton(word) for word in _words_in(folded)]
            )
        )
        for folded in fold_all(texts)
    ]


def name_words(text: str) -> tuple[str, ...]:
    """Return the skeletons of the words of a name, without legal forms."""
    return without_legal_forms([_skeleton(word) for word in _folded_words(text)])


def text_words(text: str) -> tuple[str, ...]:
    """Return the skeletons of the words of any other text: an address, a person, a city."""
    return tuple([_skeleton(word) for word in _folded_words(text)])


def _folded_words(text: str) -> list[str]:
    return _words_in(fold(text))


def _words_in(folded: str) -> list[str]:
    if not folded.isascii() and not unicodedata.is_normalized("NFC", folded):
        folded = unicodedata.normalize("NFC", folded)
    if _SPECIAL.search(folded):
        folded = _APOSTROPHES.sub("", folded.translate(_SOFT)).replace("&", " and ")
    return _WORDS.findall(folded)


@lru_cache(maxsize=1 << 18)
def _skeleton(word: str) -> str:
    found = skeleton(in_one_alphabet(word))
    return found if found == word else _skeleton(found)
