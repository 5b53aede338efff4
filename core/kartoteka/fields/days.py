"""Check a day by itself: is it one that can be meant?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kartoteka.fields.types import today
from kartoteka.i18n import gettext

EARLIEST = date(1900, 1, 1)


def believable(day: date) -> None:
    """Refuse a day or moment that is a slip of the keyboard.

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    # A moment is a day too; compared as days, both are.
    meant = day.date() if isinstance(day, datetime) else day
    if not EARLIEST <= meant <= today() + timedelta(days=366):
        raise ValueError(gettext("Choose a day between 1900 and a year from today."))


def past(day: date) -> None:
    """Refuse a day that has not come.

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    # It may be tomorrow already where the person is.
    if not EARLIEST <= day <= today() + timedelta(days=1):
        raise ValueError(gettext("Choose a day between 1900 and today."))


__all__ = ["believable", "past"]
