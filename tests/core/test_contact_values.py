"""What is read without a library is what the library would have said."""

from __future__ import annotations

import random

import pytest

from kartoteka.fields import contact_values
from kartoteka.fields.contact_values import parse_email, parse_phone
from kartoteka.fields.plain_phones import plain_phone

SHAPES = ("{0}{1}{2}{3}{4}", "{0} ({1}) {2}-{3}-{4}", "{0} {1} {2} {3} {4}", "{0}({1}){2}-{3}{4}",
          "{0}-{1}-{2}-{3}-{4}", "{0} ({1}){2} {3}-{4}", "{0}.{1}.{2}.{3}.{4}",
          "{0} ({1}) {2}-{3}-{4} доб. 12", "тел. {0} ({1}) {2}-{3}-{4}", "тел{0}{1}{2}{3}{4}",
          "{0}\u00a0{1}\u00a0{2}-{3}-{4}", "{0}({1})-{2}.{3}.{4}")  # fmt: skip
TRUNKS = ("+7", "8", "7", "", "0", "+359", "00359", "810", "+1")
NAMES = ("anna", "anna.k", "a+b", "info", "postmaster", "_x_", "a-b.c", "9", "no-reply")
HOSTS = ("mail.ru", "shop-1.com", "a.b.bg", "1c.ru", "x-y-z.example.org", "почта.рф", "a..ru",
         "-a.ru", "a-.com", "xn--e1afmkfd.com", "localhost", "a.test", "example.com")  # fmt: skip


@pytest.mark.parametrize("region", ["RU", "BG"])
def test_plain_phones_are_read_as_by_the_library(region: str) -> None:
    chance = random.Random(region)
    plain = 0
    for _ in range(1500):
        body = f"{chance.randrange(10**10):010d}"
        parts = body[:3], body[3:6], body[6:8], body[8:]
        text = chance.choice(SHAPES).format(chance.choice(TRUNKS), *parts)
        plain += plain_phone(text, region) is not None
        # A space in front leads past the short way.
        assert _read(parse_phone, text, region) == _read(parse_phone, f" {text}", region)
    assert plain > 60


def test_plain_bulgarian_phones_are_read_as_by_the_library() -> None:
    chance = random.Random(359)
    plain = 0
    for _ in range(300):
        area, first, last = f"8{chance.randrange(7, 10)}{chance.randrange(10)}", "123", "456"
        shape = chance.choice(
            ("{0}{1}{2}{3}", "{0} {1} {2} {3}", "{0}{1}-{2}-{3}", "{0}{1} {2}{3}")
        )
        text = shape.format(chance.choice(("0", "+359", "00359")), area, first, last)
        for region in ("BG", "RU"):
            plain += plain_phone(text, region) is not None
            assert _read(parse_phone, text, region) == _read(parse_phone, f" {text}", region)
    assert plain > 60


def test_plain_addresses_are_read_as_by_the_library() -> None:
    plain = 0
    for name in NAMES:
        for host in HOSTS:
            for text in (f"{name}@{host}", f"{name.title()}@{host}", f"{name * 20}@{host}"):
                plain += contact_values._PLAIN_EMAIL.fullmatch(text) is not None
                assert _read(parse_email, text) == _read(parse_email, f" {text}"), text
    assert plain > 50


def _read(read: object, *given: str) -> str:
    try:
        return read(*given)  # pyright: ignore
    except ValueError:
        return "refused"
