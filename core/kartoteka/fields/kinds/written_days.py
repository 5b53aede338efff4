"""Read days with the name of a month: «3 мая 2024 г.», "May 3, 2024", „3 май 2024 г.“."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from babel import Locale

from kartoteka.fields.text import fold

_LANGUAGES = ("en", "ru", "bg")
_SHAPE = re.compile(r"[\w\s.,/-]{6,60}")
_TOKENS = re.compile(r"\d+|[^\W\d_]+")
#: Words that stand around a day and say nothing.
_AROUND = frozenset(("г", "год", "года", "година", "the", "of", "st", "nd", "rd", "th"))
#: Short forms that Babel does not know.
_FURTHER = {"sept": 9, "сен": 9, "ноя": 11, "фев": 2, "септ": 9, "окт": 10, "ное": 11, "дек": 12}
_ORDERS = ("dmy", "mdy", "ymd")


def written_day(text: str) -> date | None:
    """Return the day that is written with the name of its month; None: there is none.

    The year has four digits, so that nobody has to guess which number is the day.
    """
    if not _SHAPE.fullmatch(text):
        return None
    tokens = [token for token in _TOKENS.findall(fold(text)) if token not in _AROUND]
    if len(tokens) != len(_ORDERS):
        return None
    for order in _ORDERS:
        day, month, year = (tokens[order.index(part)] for part in "dmy")
        if day.isdecimal() and len(day) < 3 and year.isdecimal() and len(year) == 4:
            number = _months().get(month)
            if number is not None:
                try:
                    return date(int(year), number, int(day))
                except ValueError:
                    return None
    return None


@cache
def _months() -> dict[str, int]:
    """Return the names of months and their short forms in the languages of the application."""
    found = dict(_FURTHER)
    for language in _LANGUAGES:
        for forms in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in forms[width].items():
                    found[fold(name).strip(".")] = number
    return found


__all__ = ["written_day"]
