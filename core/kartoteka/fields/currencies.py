"""Say which codes are money: what is or lately was legal tender somewhere."""

from __future__ import annotations

from datetime import date
from functools import cache

from babel.core import get_global

#: Old contracts are in money that is gone; what went before this nobody keeps books of.
_SINCE = (2000, 1, 1)


@cache
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes one can pay with, or could since the year 2000.

    Neither gold, nor units of account of banks, nor the codes for tests and for no currency.
    """
    end_of_time = (date.max.year, 12, 31)
    return frozenset(
        code
        for rows in get_global("territory_currencies").values()
        for code, _start, end, is_tender in rows
        if is_tender and (end or end_of_time) >= _SINCE
    )


__all__ = ["currencies"]
