"""What the list says, for importers that know nothing of Kartoteka: its heads, phones, sites."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

HEADS = {
    "Код": "code", "Наименование": "name", "Форма": "legal_form", "ИНН": "tax_id",
    "Отрасль": "industry", "Размер": "size_class", "Интерес": "interest", "Адрес": "address",
    "Телефон": "phone", "Моб. телефон": "mobile", "E-mail": "email", "Сайт": "website",
    "Режим работы": "working_hours", "Мин. заказ": "min_order", "Примечание": "note",
}  # fmt: skip
SIZES = ("A", "B", "C")
INTERESTS = ("Низкая", "Средняя", "Высокая")
#: Words in a cell for a phone that say there is none.
NOTHING = ("", "-", "нет")


def phones(value: object) -> tuple[tuple[str, str], ...]:
    """Return the phones of a cell, each as typed and in the world's writing.

    Raises:
        ValueError: for something that is no phone.
    """
    is_number = isinstance(value, float) and value.is_integer()
    return _phones(str(int(value) if is_number else value))


@lru_cache(maxsize=100_000)
def _phones(value: str) -> tuple[tuple[str, str], ...]:
    """Read a cell; it is asked twice, for the look-up and for the record."""
    found: list[tuple[str, str]] = []
    if value.strip().lower() in NOTHING:
        return ()
    for piece in re.split("[;,]", value):
        try:
            number = phonenumbers.parse(piece.strip(), "RU")
        except phonenumbers.NumberParseException:
            raise ValueError("no phone") from None
        if not phonenumbers.is_possible_number(number):
            raise ValueError("no phone")
        whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if number.extension:
            whole += f";ext={number.extension}"
        found.append((piece.strip(), whole))
    return tuple(found)


def site(value: str) -> str:
    """Return a web address with its scheme."""
    return value if "://" in value else f"https://{value}"


__all__ = ["HEADS", "INTERESTS", "NOTHING", "SIZES", "phones", "site"]
