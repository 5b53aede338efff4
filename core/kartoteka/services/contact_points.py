"""Normalise phones, addresses and sites; keep what was typed beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kartoteka.errors import Rejected
from kartoteka.fields.contact_values import parse_email, parse_phone, parse_site
from kartoteka.fields.kinds import PLAIN, Reading, Url
from kartoteka.fields.text import fold
from kartoteka.models.contact import ContactPoint

_READERS: Mapping[str, Callable[[str, Reading], str]] = {
    "phone": lambda text, reading: parse_phone(text, reading.region),
    "mobile": lambda text, reading: parse_phone(text, reading.region),
    "fax": lambda text, reading: parse_phone(text, reading.region),
    "email": lambda text, _reading: parse_email(text),
    "site": lambda text, reading: parse_site(Url().read(text, reading)),
}


def normalised(kind: str, value: str, reading: Reading = PLAIN) -> str:
    """Return the form in which a contact point is looked up and compared.

    Raises:
        ValueError: with a sentence, when the value does not fit its kind.
    """
    return _READERS.get(kind, lambda text, _reading: fold(text))(value, reading)


def normalise(point: ContactPoint, reading: Reading = PLAIN) -> None:
    """Set the normalised form; a point marked as not valid keeps any text as it was typed.

    Raises:
        Rejected: the value does not fit its kind.
    """
    try:
        point.normalised = normalised(point.kind, point.value, reading)
    except ValueError as error:
        if point.is_valid is not False:
            raise Rejected(str(error), "value") from error
        point.normalised = fold(point.value)
