"""Which kinds of value are compared, and how is each read from a cell?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kartoteka.fields.text import digits, fold, national
from kartoteka.matching.names import name_words, text_words

#: What a cell says, ready to be compared: words, or keys any of which may agree.
Value = tuple[str, ...]

_BETWEEN_KEYS = re.compile(r"[;,\n|]+")
_MAIL = re.compile(r"[^\s;,<>()|]+@[^\s;,<>()|]+")
_EXTENSION = re.compile(r"(?:;ext=|доб|вн|вътр|ext|x)[\s.:]*\d*\D*$", re.I)
_NOTHING = frozenset(("", "-", "--", "—", "n/a", "na", "none", "null", "нет", "няма", "не указан"))


_LONGEST_NOTHING = max(map(len, _NOTHING))


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What the agreement of two values says about two records.

    Args:
        read: how a cell becomes a value.
        is_text: words are compared one by one; otherwise the whole value is a key.
        speaks_for: how much an equal value that nobody else has speaks for one client; 1 is enough.
        speaks_against: how much quite different values speak against.
        title: how the account names it.
    """

    code: str
    read: Callable[[str], Value]
    is_text: bool
    speaks_for: float
    speaks_against: float


def _name(text: str) -> Value:
    return tuple(dict.fromkeys(name_words(text)))


def _text(text: str) -> Value:
    return tuple(dict.fromkeys(text_words(text)))


def _keys(text: str) -> Value:
    parts = (re.sub(r"[\W_]", "", fold(part)) for part in _BETWEEN_KEYS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _phones(text: str) -> Value:
    found: list[str] = []
    for part in _BETWEEN_KEYS.split(text.replace(";ext=", " ext ")):
        number = national(digits(_EXTENSION.sub("", part)))
        if len(number) >= 5 and len(set(number)) > 1:
            found.append(number)
    return tuple(dict.fromkeys(found))


def _mails(text: str) -> Value:
    return tuple(dict.fromkeys(mail.strip(".").casefold() for mail in _MAIL.findall(text)))


def _sites(text: str) -> Value:
    parts = (re.sub(r"^\w+://|^www\.", "", part.strip()) for part in fold(text).split())
    hosts = (re.sub(r"^www\.", "", part).split("/")[0].strip(".,;") for part in parts)
    return tuple(dict.fromkeys(host for host in hosts if "." in host))


def _tax_ids(text: str) -> Value:
    return tuple(key.removeprefix("bg") for key in _keys(text))


KINDS = {
    kind.code: kind
    for kind in (
        Kind(code="name", read=_name, is_text=True, speaks_for=1.2, speaks_against=0.6),
        Kind(code="person", read=_text, is_text=True, speaks_for=1.2, speaks_against=0.6),
        Kind(code="address", read=_text, is_text=True, speaks_for=0.8, speaks_against=0.4),
        Kind(code="text", read=_text, is_text=True, speaks_for=0.4, speaks_against=0.2),
        Kind(code="phone", read=_phones, is_text=False, speaks_for=1.0, speaks_against=0.15),
        Kind(code="email", read=_mails, is_text=False, speaks_for=1.0, speaks_against=0.1),
        Kind(code="site", read=_sites, is_text=False, speaks_for=0.6, speaks_against=0.1),
        Kind(code="zip", read=_keys, is_text=False, speaks_for=0.4, speaks_against=0.3),
        Kind(code="tax_id", read=_tax_ids, is_text=False, speaks_for=1.5, speaks_against=3.0),
        Kind(code="external_id", read=_keys, is_text=False, speaks_for=1.5, speaks_against=0.1),
    )
}


def read(kind: Kind, text: str) -> Value:
    """Return what a cell says; nothing for a blank one or one that says there is nothing."""
    text = text.strip()
    if not text or (len(text) <= _LONGEST_NOTHING and fold(text) in _NOTHING):
        return ()
    return kind.read(text)
