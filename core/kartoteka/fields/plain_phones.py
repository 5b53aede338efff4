"""Read phone numbers that are written as most people write them; the library reads the others.

What is read here is what the library would have said: `tests/core/test_contact_values.py` holds
it to that.
"""

from __future__ import annotations

import re

#: First digits of Russian area and mobile codes; 8 is also dialled before a number.
_RUSSIAN = re.compile(
    r"(?:тел\.? ?)?(?:(\+7)|8|7)[ .\u00a0-]?\(?([3489]\d\d)\)?[ .\u00a0-]{0,2}(\d{3})"
    r"[ .\u00a0-]?(\d\d)[ .\u00a0-]?(\d\d)",
    re.ASCII,
)
_LOCAL = re.compile(r"\(?([349]\d\d)\)?[ -]?(\d{3})[ -]?(\d\d)[ -]?(\d\d)", re.ASCII)
#: Bare numbers whose area code begins with 8: behind a dialled 8 there would be too few digits.
_EIGHT = re.compile(r"(8(?:1[1-8]|4[0-8]))(\d{3})(\d\d)(\d\d)", re.ASCII)
_BULGARIAN = re.compile(r"(?:\+359[ -]?|0)(8[789]\d)[ -]?(\d{3})[ -]?(\d{3})", re.ASCII)
_EXTENSION = re.compile(r"(.{5,30}?) доб\.? ?(\d{1,6})", re.ASCII)


def plain_phone(text: str, region: str) -> str | None:
    """Return a phone number as `parse_phone` does; None when only the library can tell."""
    found = _RUSSIAN.fullmatch(text)
    if found:
        plus, *parts = found.groups()
        return "+7%s%s%s%s" % (*parts,) if plus or region == "RU" else None  # noqa: UP031
    if region == "RU":
        found = _LOCAL.fullmatch(text) or _EIGHT.fullmatch(text)
        if found:
            return "+7%s%s%s%s" % found.groups()  # noqa: UP031 - quicker
    elif region == "BG" and (found := _BULGARIAN.fullmatch(text)):
        return "+359%s%s%s" % found.groups()  # noqa: UP031 - quicker
    if "д" in text and (found := _EXTENSION.fullmatch(text)) and "д" not in found[1]:
        number = plain_phone(found[1], region)
        return f"{number};ext={found[2]}" if number else None
    return None


__all__ = ["plain_phone"]
