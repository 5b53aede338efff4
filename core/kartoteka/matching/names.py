"""Bring names and addresses to the words by which they are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from kartoteka.fields.text import fold
from kartoteka.matching.legal_forms import without_legal_forms
from kartoteka.matching.lookalikes import in_one_alphabet
from kartoteka.matching.spelling import skeleton

#: Letters with their marks, or digits; «75th» and «12а» are two words each.
_WORDS = re.compile(r"\d+|[^\W\d_]+")
#: What joins letters instead of parting them: L'Oréal, D’Artagnan, Rock'n'Roll, объявление with '.
_APOSTROPHES = re.compile("(?<=[^\\W\\d_])['’ʼ`´](?=[^\\W\\d_])")
_SOFT = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, each in one alphabet, without punctuation."""
    folded = fold(text.translate(_SOFT))
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", folded)
    folded = _APOSTROPHES.sub("", folded).replace("&", " and ")
    return [word if word.isascii() else in_one_alphabet(word) for word in _WORDS.findall(folded)]


def normal_name(text: str) -> str:
    """Return the name of a firm or a person as it is compared, to show it or to look it up.

    Letter case, ё and е, quotes, punctuation, legal forms, letters that look alike and the ways of
    transliteration make no difference; the order of words does.
    """
    return " ".join(name_words(text))


@lru_cache(maxsize=100_000)
def name_words(text: str) -> tuple[str, ...]:
    """Return the skeletons of the words of a name, without legal forms."""
    return without_legal_forms([skeleton(word) for word in words_of(text)])


@lru_cache(maxsize=100_000)
def text_words(text: str) -> tuple[str, ...]:
    """Return the skeletons of the words of any other text: an address, a city."""
    return tuple(skeleton(word) for word in words_of(text))
