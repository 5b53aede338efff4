"""Read clean cells at a glance; whatever is not plainly clean is left to the kind of the field.

Each function returns what the kind would, or None where it is not sure. Property tests hold them
to it: `tests/plugins/excel_import/test_checking_columns.py`.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from operator import mul

#: Ends of domains that are no special ones, such as `.test` or `.local`.
_ENDS = "ru|com|bg|net|org|su|info|biz|by|kz|ua|de|eu|fr|uk|us|io|me|pro|online|store|shop"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?"
_MAIL = re.compile(
    rf"([A-Za-z0-9_-]{{1,30}}(?:\.[A-Za-z0-9_-]{{1,30}})?)@"
    rf"((?:{_LABEL}\.){{1,3}}(?:{_ENDS}))",
    re.ASCII,
)
_SITE = re.compile(
    rf"(https?://)?((?:{_LABEL}\.){{1,3}}(?:{_ENDS}))((?:/[A-Za-z0-9_-]{{1,60}}){{0,6}})(/?)",
    re.ASCII,
)
_DAY = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_AMOUNT = re.compile(r"-?\d{1,12}(?:[.,]\d{1,2})?", re.ASCII)
_INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_CENT = Decimal("0.01")


def quick_email(text: str) -> str | None:
    """Return a plain address with its domain in small letters."""
    found = _MAIL.fullmatch(text)
    return text if found and "--" not in found[2] else None


def quick_site(text: str) -> str | None:
    """Return a plain web address as it is looked up."""
    found = _SITE.fullmatch(text)
    if found is None or "--" in found[2]:
        return None
    return f"{found[1] or 'https://'}{found[2]}{found[3]}"


def quick_url(text: str) -> str | None:
    """Return a plain web address as it is kept."""
    found = _SITE.fullmatch(text)
    if found is None:
        return None
    return text if found[1] else f"https://{text}"


def quick_tax_id(text: str) -> str | None:
    """Return a Russian tax number whose check digits are right."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.encode()
    if len(digits) == 10:
        return text if _check(_INN_10, digits) == digits[9] else None
    if len(digits) == 12 and _check(_INN_11, digits) == digits[10]:
        return text if _check(_INN_12, digits) == digits[11] else None
    return None


def _check(weights: tuple[int, ...], digits: bytes) -> int:
    """Return the check digit as it is written."""
    return (sum(map(mul, weights, digits)) - ord("0") * sum(weights)) % 11 % 10 + ord("0")


def quick_day(text: str) -> date | None:
    """Return a day of the calendar as 31.12.2026 or 2026-12-31."""
    try:
        if found := _DAY.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _ISO_DAY.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    return None


def quick_amount(text: str) -> Decimal | None:
    """Return a plain amount with two places."""
    if _AMOUNT.fullmatch(text) is None:
        return None
    return Decimal(text.replace(",", ".")).quantize(_CENT)


__all__ = [
    "quick_amount", "quick_day", "quick_email", "quick_site", "quick_tax_id", "quick_url",
]  # fmt: skip
