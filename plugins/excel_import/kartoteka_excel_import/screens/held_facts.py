"""What a row and a client say beside each other: what agrees, what is alike, what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kartoteka.api import fold, gettext, normal_name
from kartoteka_excel_import.checking.names import names_agree

_LISTS = frozenset({"phones", "emails"})
_WORDS = re.compile(r"\w+")
_HOST = re.compile(r"^\w+://|^www\.|/+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing that is known of a client.

    Args:
        how: same, alike or differs from what the other side says; empty: it says nothing.
        words: that in words.
    """

    title: str
    text: str
    how: str = ""
    words: str = ""


def facts_of(
    values: Mapping[str, Any], other: Mapping[str, Any] | None, titles: Mapping[str, str],
    regions: Mapping[int, str],
) -> list[Fact]:  # fmt: skip
    """Return what one side says, compared with the other one.

    Args:
        values, other: name, tax_id, external_id, website, address, region_id, phones, emails.
        titles: of the fields the person may see; others are not told.
        regions: names of regions.
    """
    words = {
        "same": gettext("agrees"), "alike": gettext("alike"), "differs": gettext("differs"),
        "": "",
    }  # fmt: skip
    known = {**titles, "phones": gettext("Phone"), "emails": gettext("E-mail")}
    found: list[Fact] = []
    for name, title in known.items():
        value: Any = values.get(name)
        if not value:
            continue
        if name == "region_id":
            text = regions.get(value, "")
        else:
            text = ", ".join(value) if name in _LISTS else str(value)
        if not text:
            continue
        how = _how(name, value, other.get(name)) if other is not None else ""
        found.append(Fact(title=title, text=text, how=how, words=words[how]))
    return found


def _how(name: str, mine: Any, theirs: Any) -> str:
    if not theirs:
        return ""
    if name in _LISTS:
        return "same" if set(mine) & set(theirs) else "differs"
    if name == "name":
        one, two = normal_name(mine), normal_name(theirs)
        return "same" if one == two else "alike" if names_agree(one, two) else "differs"
    if name == "address":
        one, two = set(_WORDS.findall(fold(mine))), set(_WORDS.findall(fold(theirs)))
        is_alike = 2 * len(one & two) >= min(len(one), len(two))
        return "same" if one == two else "alike" if is_alike else "differs"
    if name == "website":
        mine, theirs = (_HOST.sub("", _HOST.sub("", fold(text))) for text in (mine, theirs))
    return "same" if mine == theirs else "differs"


__all__ = ["Fact", "facts_of"]
