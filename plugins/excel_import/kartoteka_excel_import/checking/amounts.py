"""Read an amount with its currency: «100 руб.», „1 200,50 лв.“, "$1,200"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kartoteka.api import Currency, Reading

#: What is written beside an amount; codes of ISO 4217 are known besides.
_MARKS: Mapping[str, str] = {
    mark: code
    for code, marks in {
        "RUB": "₽ р р. руб руб. рубль рубля рублей rur", "BGN": "лв лв. лев лева lv lv.",
        "USD": "$ us$ долл долл. доллар доллара долларов usd", "EUR": "€ евро euro",
        "GBP": "£", "UAH": "₴ грн грн.", "KZT": "₸ тенге", "PLN": "zł", "TRY": "₺",
    }.items()
    for mark in marks.split()
}  # fmt: skip
_SHAPE = re.compile(
    r"(?P<minus>[-−]?)\s*(?P<before>[^\d\s,+−-]{0,10}?)\s*"
    r"(?P<number>[-−]?\d[\d\s.,'’]*?)\s*(?P<after>[^\d\s,'’+−-]{0,10})"
)
#: Groups of three digits between spaces, commas, points or apostrophes, then perhaps cents.
_GROUPED = re.compile(r"(\d{1,3}(?:([ ,.'])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d{1,2}))?")
_PLAIN = re.compile(r"(\d+)(?:[.,](\d{1,2}))?")
_LONGEST = 60


def amount_of(text: str) -> tuple[str, str] | None:
    """Return the amount as the fields read it and the code of its currency; None: it is no such.

    An amount has two places, so three digits behind a comma or a point beside a currency are a
    group: "$1,200" are twelve hundred dollars.
    """
    if len(text) > _LONGEST or text.isdecimal():
        return None
    found = _SHAPE.fullmatch(text.strip().replace("\u00a0", " ").replace("\u202f", " "))
    if found is None or bool(found["before"]) == bool(found["after"]):
        return None
    currency = currency_of(found["before"] or found["after"])
    number = found["number"].replace("’", "'")
    is_minus = bool(found["minus"]) != number.startswith(("-", "−"))
    if not currency or (found["minus"] and not is_minus):
        return None
    plain = _plain(number.lstrip("-−"))
    return None if plain is None else (f"{'-' if is_minus else ''}{plain}", currency)


def currency_of(mark: str) -> str:
    """Return the code of a currency from its sign, its word or its code; empty: it is none."""
    folded = mark.casefold()
    if code := _MARKS.get(folded):
        return code
    if len(mark) != 3 or not mark.isascii():
        return ""
    try:
        return Currency().parse(mark, Reading()) or ""
    except ValueError:
        return ""


def _plain(number: str) -> str | None:
    if found := _GROUPED.fullmatch(number):
        whole, group, cents = found.groups()
        whole = whole.replace(group, "")
    elif found := _PLAIN.fullmatch(number):
        whole, cents = found.groups()
    else:
        return None
    return f"{whole}.{cents}" if cents else whole


__all__ = ["amount_of", "currency_of"]
