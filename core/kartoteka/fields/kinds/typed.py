"""Read what people type: a text that can be kept, a number within bounds."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from kartoteka.fields.text import quoted, unkeepable
from kartoteka.i18n import gettext

MAX_INTEGER = 2**31 - 1


def text_of(raw: Any) -> str:
    """Return what was typed as a text; refuse signs that no database keeps."""
    if not isinstance(raw, str | int | float | Decimal) or isinstance(raw, bool):
        raise ValueError(gettext("%(value)r is not a text.", value=quoted(raw)))
    text = raw if isinstance(raw, str) else str(raw)
    if wrong := unkeepable(text):
        raise ValueError(wrong)
    return text


def number_of(raw: Any) -> Decimal:
    """Return what was typed as a number; spaces and a decimal comma are understood."""
    if isinstance(raw, bool):
        raise ValueError(gettext("%(value)r is not a number.", value=str(raw)))
    if isinstance(raw, int | Decimal):
        number = Decimal(raw)
    else:
        text = re.sub(r"[\s\u00a0\u202f']", "", str(raw))
        if text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(gettext("%(value)r is not a number.", value=quoted(raw)))
    return number


def between(number: Decimal, least: Decimal, most: Decimal) -> Decimal:
    """Return the number; refuse one that is out of its bounds."""
    if not least <= number <= most:
        raise ValueError(
            gettext(
                "%(value)s is out of range: %(least)s to %(most)s.",
                value=f"{number:.20g}",
                least=least,
                most=most,
            )
        )
    return number
