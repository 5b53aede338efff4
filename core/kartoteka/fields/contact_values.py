"""Check and normalise phones, e-mail addresses and tax numbers with libraries of their field."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

import idna
import phonenumbers
from phonenumbers import PhoneNumberFormat
from stdnum.bg import egn, pnf, vat as bg_vat
from stdnum.exceptions import ValidationError
from stdnum.ru import inn

from kartoteka.fields.plain_phones import plain_phone
from kartoteka.fields.text import digits, quoted
from kartoteka.i18n import gettext

_EXTENSION = re.compile(
    r"\s*(?:доб\.?|вн\.?|внутр\.?|вътр\.?|ext\.?)\s*[:№#]?\s*(\d{1,7})\W*$", re.I
)
#: Addresses as most people write them: what the library says of these is known.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    r"(?:ru|com|bg|net|org|su|info|eu|by|kz)",
    re.ASCII,
)
#: No part of a shorter address can be too long.
_SHORT = 63


def parse_phone(text: str, region: str = "RU") -> str:
    """Return a phone number as E.164, with `;ext=` and the extension when there is one.

    Args:
        text: the number as a person wrote it; Russian «доб.» and Bulgarian «вътр.» are understood.
        region: ISO 3166 code of the country a number without `+` belongs to.

    Raises:
        ValueError: when it is not a possible number.
    """
    if plain := plain_phone(text, region):
        return plain
    extension = ""
    body = text.strip()
    if found := _EXTENSION.search(body):
        extension, body = found[1], body[: found.start()].rstrip(" (,;")
    try:
        number = phonenumbers.parse(body, region)
    except phonenumbers.NumberParseException:
        raise ValueError(_bad_phone(text)) from None
    # A local number without its area code would become another number in the world's writing.
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(_bad_phone(text))
    if trunk := _trunk_kept(body, region, number):
        raise ValueError(
            gettext(
                "%(value)r is not a whole phone number: after %(trunk)s there are too few digits.",
                value=quoted(text), trunk=trunk,
            )
        )  # fmt: skip
    extension = extension or (number.extension or "")
    if len(extension) > 7:
        raise ValueError(_bad_phone(text))
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{e164};ext={extension}" if extension else e164


def _trunk_kept(text: str, region: str, number: phonenumbers.PhoneNumber) -> str:
    """Return the trunk prefix that the number begins with, although it was dialled as one.

    The library takes `8 (495) 123-45-6` for ten digits that begin with 8: another number.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    trunk = (metadata.national_prefix if metadata else None) or ""
    is_kept = digits(text) == str(number.national_number) and digits(text).startswith(trunk)
    if not trunk or not is_kept or "+" in text:
        return ""
    is_apart = re.match(rf"\W*{trunk}[\s(.-]", text) is not None
    return trunk if is_apart or not phonenumbers.is_valid_number(number) else ""


def show_phone(normalised: str) -> str:
    """Return a normalised phone number in its international form."""
    e164, _, extension = normalised.partition(";ext=")
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return normalised
    shown = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    # Not inside an f-string: texts for translation are not found there.
    word = gettext("ext.")
    return f"{shown} {word} {extension}" if extension else shown


def parse_email(text: str) -> str:
    """Return an e-mail address with its domain in lower-case ASCII.

    Raises:
        ValueError: when it is not an address that could receive letters.
    """
    if len(text) <= _SHORT and _PLAIN_EMAIL.fullmatch(text):
        return text
    from email_validator import EmailNotValidError, validate_email  # takes long to load

    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise ValueError(
            gettext("%(value)r is not an e-mail address.", value=quoted(text))
        ) from None
    return f"{found.local_part}@{found.ascii_domain.lower()}"


def parse_site(address: str) -> str:
    """Return a web address with its scheme and domain in lower-case ASCII, without a last slash.

    Args:
        address: a whole address, with its scheme.

    Raises:
        ValueError: when the domain can not be written in ASCII.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode()
        host = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        message = gettext("%(value)r is not a web address.", value=quoted(address))
        raise ValueError(message) from None
    return urlunsplit((parts.scheme, host + port, parts.path.rstrip("/"), parts.query, ""))


def parse_tax_id(text: str, region: str = "RU") -> str:
    """Return a tax number without spaces and country prefix.

    10 and 12 digits are a Russian INN; 9, 13 (and 10 in Bulgaria) a Bulgarian EIK/BULSTAT, EGN or
    personal number of a foreigner. Check digits follow python-stdnum.

    Raises:
        ValueError: when the length or a check digit is wrong.
    """
    compact = re.sub(r"[\s-]", "", text).upper().removeprefix("BG")
    checks = {
        9: (bg_vat,),
        10: (inn, egn, pnf, bg_vat) if region == "BG" else (inn,),
        12: (inn,),
        13: (),
    }
    if not compact.isascii() or not compact.isdigit() or len(compact) not in checks:
        raise ValueError(
            gettext(
                "%(value)r is not a tax number: INN has 10 or 12 digits, EIK 9 or 13.",
                value=quoted(text),
            )
        )
    if len(compact) == 13:
        if not _is_bulstat_13(compact):
            raise ValueError(_bad_tax_id(text))
        return compact
    for check in checks[len(compact)]:
        try:
            check.validate(compact)
        except ValidationError:
            continue
        return compact
    raise ValueError(_bad_tax_id(text))


def _is_bulstat_13(number: str) -> bool:
    """Check the branch number: digits 9-12 weighted 2,7,3,5 (then 4,9,5,7) modulo 11."""
    try:
        bg_vat.validate(number[:9])
    except ValidationError:
        return False
    tail = [int(digit) for digit in number[8:12]]
    check = sum(w * d for w, d in zip((2, 7, 3, 5), tail, strict=True)) % 11
    if check == 10:
        check = sum(w * d for w, d in zip((4, 9, 5, 7), tail, strict=True)) % 11 % 10
    return check == int(number[12])


def _bad_phone(text: str) -> str:
    return gettext("%(value)r is not a phone number.", value=quoted(text))


def _bad_tax_id(text: str) -> str:
    return gettext("%(value)r is not a tax number: its check digit is wrong.", value=quoted(text))
