"""Is a client of the very same name the one a row means? It is when nothing speaks against it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kartoteka.api import PossibleDuplicate, fold, gettext

#: Shorter ones are «г.», «ул.», "St".
_SHORTEST = 3
_WORDS = re.compile(r"\d+|[^\W\d_]+")


class Where(NamedTuple):
    """Where a client is, as far as it is told."""

    region_id: int | None
    address: str


def against(one: PossibleDuplicate, mine: Where, theirs: Where) -> list[str]:
    """Return the codes of what speaks against a client of the same name; nothing: it is the one.

    Two addresses are one when neither names a town, a street or a number that the other has not
    while the other does too; so a town that differs speaks against, and one left out does not.
    """
    found = list(one.different)
    if mine.region_id and theirs.region_id and mine.region_id != theirs.region_id:
        found.append("region_id")
    if "address" not in found and are_two_places(mine.address, theirs.address):
        found.append("address")
    return found


def where_of(values: Mapping[str, Any]) -> Where:
    """Return where a client of the base is, of the fields that were read."""
    return Where(values.get("region_id"), values.get("address") or "")


def in_words(codes: Sequence[str], titles: Mapping[str, str]) -> str:
    """Return what differs as a person reads it."""
    known = {
        "site": gettext("web site"), "phone": gettext("phone"), "email": gettext("e-mail"),
        **titles,
    }  # fmt: skip
    return ", ".join(dict.fromkeys(known.get(code, code).lower() for code in codes))


def are_two_places(mine: str, theirs: str) -> bool:
    """Say whether two addresses each name a word or a number that the other has not."""
    if not mine or not theirs:
        return False
    one, two = _place_words(mine), _place_words(theirs)
    return bool(one - two) and bool(two - one)


def _place_words(address: str) -> set[str]:
    words = _WORDS.findall(fold(address))
    return {word for word in words if word.isdigit() or len(word) >= _SHORTEST}


__all__ = ["Where", "against", "are_two_places", "in_words", "where_of"]
