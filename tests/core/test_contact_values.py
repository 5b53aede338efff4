"""What is read without a library is what the library would have said."""

from __future__ import annotations

import random

import pytest

from kartoteka.fields import contact_values
from kartoteka.fields.contact_values import parse_email, parse_phone

SHAPES = ("{0}{1}{2}{3}{4}", "{0} ({1}) {2}-{3}-{4}", "{0} {1} {2} {3} {4}", "{0}({1}){2}-{3}{4}",
          "{0}-{1}-{2}-{3}-{4}", "{0} ({1}){2} {3}-{4}")  # fmt: skip
NAMES = ("anna", "anna.k", "a+b", "info", "postmaster", "_x_", "a-b.c", "9", "no-reply")
HOSTS = ("mail.ru", "shop-1.com", "a.b.bg", "1c.ru", "x-y-z.example.org", "почта.рф", "a..ru",
         "-a.ru", "a-.com", "xn--e1afmkfd.com", "localhost", "a.test", "example.com")  # fmt: skip


@pytest.mark.parametrize("region", ["RU", "BG"])
def test_plain_phones_are_read_as_by_the_library(region: str) -> None:
    chance = random.Random(region)
    plain = 0
    for _ in range(600):
        body = f"{chance.randrange(10**10):010d}"
        parts = body[:3], body[3:6], body[6:8], body[8:]
        text = chance.choice(SHAPES).format(chance.choice(("+7", "8", "7")), *parts)
        plain += contact_values._RUSSIAN.fullmatch(text) is not None
        # A space in front leads past the short way.
        assert _read(parse_phone, text, region) == _read(parse_phone, f" {text}", region)
    assert plain > 100


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
