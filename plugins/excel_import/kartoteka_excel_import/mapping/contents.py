"""What stands in the cells of a column: does it fit a target, and what is it by itself?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import (
    Day,
    LongText,
    Money,
    Reading,
    Reference,
    RegionNames,
    TaxId,
    Text,
    Url,
    digits,
    links_meant,
    taken_apart,
)
from kartoteka_excel_import.checking.amounts import amount_of
from kartoteka_excel_import.mapping.targets import Target
from kartoteka_excel_import.reading.cells import cell_text
from kartoteka_excel_import.reading.shapes import Cell

#: So many cells of a column are looked at.
LOOKED_AT = 100
_MAIL = re.compile(r"[^\s@,;]+@[^\s@,;]+\.\w{2,}")
_SITE = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_AMOUNT = re.compile(r"-?[\d\s\u00a0]{1,15}(?:[.,]\d{1,2})?")
_DIALLED = re.compile(r"[\d\s()+./;,x-]*(?:\s(?:и|или|and|or)\s[\d\s()+./;,x-]*)*")
#: Where phones of a list may be from when they are not those of the firm's country.
#: Countries whose numbers have any length would take all that is dialled.
_REGIONS = ("RU", "BG", "KZ", "UA", "BY", "US")
PHONES = frozenset({"phone", "mobile", "fax"})
_FEWEST_DIGITS = 7
#: Fewer phones speak for no country.
_FEWEST_PHONES = 3
_NAME = r"[^\W\d_](?:[^\W\d_]|['’`-])*"
_PERSON = re.compile(rf"{_NAME}(?:[\s.,]+{_NAME}){{0,5}}[\s.]*")
_HAS_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """The first filled cells of a column."""

    cells: Sequence[Cell]
    texts: Sequence[str]

    @property
    def is_numbering(self) -> bool:
        """Say whether the cells count the rows: 1, 2, 3 …"""
        if len(self.texts) < 3 or not all(text.isdecimal() for text in self.texts):
            return False
        numbers = [int(text) for text in self.texts]
        return all(b - a == 1 for a, b in pairwise(numbers))

    def people(self) -> float:
        """Return the part of the cells that may be names of people, or parts of such names."""
        return self.share(
            lambda _cell, text: len(text) <= 60 and _PERSON.fullmatch(text) is not None
        )

    def share(self, says: Callable[[Cell, str], bool]) -> float:
        """Return the part of the cells of which something is true."""
        if not self.texts:
            return 0.0
        pairs = zip(self.cells, self.texts, strict=True)
        return sum(1 for cell, text in pairs if says(cell, text)) / len(self.texts)


def contents_of(cells: Sequence[Cell]) -> Contents:
    """Return what is looked at of a column."""
    filled = [cell for cell in cells if cell is not None][:LOOKED_AT]
    return Contents(cells=filled, texts=[cell_text(cell) for cell in filled])


def kind_of(contents: Contents, reading: Reading) -> tuple[str, float]:
    """Return what the cells are by themselves, and which part of them.

    One of: email, site, tax_id, phone, date, amount, words, or nothing.
    """
    tests: Mapping[str, Callable[[Cell, str], bool]] = {
        "email": lambda _cell, text: _MAIL.search(text) is not None,
        "site": lambda _cell, text: _SITE.match(text) is not None,
        "tax_id": lambda _cell, text: _passes(lambda: TaxId().parse(text, reading)),
        "phone": lambda _cell, text: _is_phone(text, reading),
        "date": lambda cell, text: isinstance(cell, date) or _is_day(text),
        "amount": lambda cell, text: _is_amount(cell, text),
        "words": lambda _cell, text: _LETTER.search(text) is not None,
    }
    for kind, says in tests.items():
        share = contents.share(says)
        if share >= (0.8 if kind == "tax_id" else 0.6):
            return kind, share
    return "", 0.0


def phone_region(columns: Sequence[Contents], reading: Reading) -> str:
    """Return the country whose phones stand in a list; empty: that of the firm, or none is sure."""
    texts = [
        text
        for contents in columns
        if contents.share(lambda _cell, text: _looks_dialled(text)) >= 0.6
        for text in contents.texts
        if _looks_dialled(text)
    ]
    if not texts:
        return ""
    own = _dialled_in(texts, reading.region)
    if own > 0.75:
        return ""  # no other country can be plainly better
    shares = {reading.region: own, **{region: _dialled_in(texts, region) for region in _REGIONS}}
    best = max(shares, key=lambda region: shares[region])
    others = shares[best]
    is_better = (own < 0.5 and others >= 0.7) or (others >= 0.9 and others - own >= 0.25)
    return best if is_better else ""


def better_region(texts: Sequence[str], region: str) -> str:
    """Return the country whose phones these are, when most do not fit the one that is chosen."""
    dialled = [text for text in texts if len(digits(text)) >= _FEWEST_DIGITS]
    if len(dialled) < _FEWEST_PHONES or _dialled_in(dialled, region) >= 0.5:
        return ""
    shares = {one: _dialled_in(dialled, one) for one in _REGIONS if one != region}
    best = max(shares, key=lambda one: shares[one])
    return best if shares[best] >= 0.7 else ""


def _dialled_in(texts: Sequence[str], region: str) -> float:
    reading = Reading(region=region)
    fitting = [_passes(lambda text=text: taken_apart("phone", text, reading)) for text in texts]
    return sum(fitting) / len(fitting)


def _looks_dialled(text: str) -> bool:
    return _FEWEST_DIGITS <= len(digits(text)) <= 60 and _DIALLED.fullmatch(text) is not None


class Fitting:
    """Asks how many cells of a column a target would take; references are asked of the base."""

    def __init__(self, session: Session, reading: Reading) -> None:
        self._session = session
        self._reading = reading
        self._regions: RegionNames | None = None

    def share(self, contents: Contents, target: Target) -> float | None:
        """Return the part of the cells that the target takes; None when it takes any text."""
        if not contents.texts:
            return None
        if target.point in {"address", "messenger"}:
            return None
        if target.point:
            return contents.share(lambda _cell, text: self._takes_point(target.point, text))
        field = target.field
        assert field is not None
        kind = field.kind
        if isinstance(kind, Reference):
            return self._known(kind.table, contents)
        if isinstance(kind, (Text, LongText)) and type(kind) in (Text, LongText):
            return None
        return contents.share(lambda cell, text: _takes(field, cell, text, self._reading))

    def _takes_point(self, kind: str, text: str) -> bool:
        if kind in PHONES and len(digits(text)) < _FEWEST_DIGITS:
            return False
        return _passes(lambda: taken_apart(kind, text, self._reading))

    def _known(self, table: str, contents: Contents) -> float:
        if table == "region" and self._regions is None:
            self._regions = RegionNames.of(self._session)
        found = links_meant(
            self._session, table, set(contents.texts), self._regions or RegionNames()
        )
        return contents.share(lambda _cell, text: text in found.ids)


def _takes(field: Any, cell: Cell, text: str, reading: Reading) -> bool:
    def read() -> None:
        raw = cell if isinstance(cell, (date, bool)) and not isinstance(field.kind, Url) else text
        if isinstance(field.kind, Money) and isinstance(raw, str) and (said := amount_of(raw)):
            raw = said[0]
        value = field.kind.parse(raw, reading)
        if value is not None and field.check is not None:
            field.check(value)

    return _passes(read)


def _passes(read: Callable[[], Any]) -> bool:
    try:
        read()
    except ValueError:
        return False
    return True


def _is_phone(text: str, reading: Reading) -> bool:
    count = len(digits(text))
    is_formatted = re.search(r"[+()\s.x-]", text) is not None
    if count < _FEWEST_DIGITS or _is_day(text):
        return False
    if not is_formatted and not 10 <= count <= 12:
        return False  # the number of a document or of goods
    return _passes(lambda: taken_apart("phone", text, reading))


def _is_day(text: str) -> bool:
    if re.fullmatch(r"\d{1,4}[-./]\d{1,2}[-./]\d{2,4}([ T][\d:.+]*)?", text) is not None:
        return True
    return _HAS_YEAR.search(text) is not None and _passes(lambda: Day().parse(text, Reading()))


def _is_amount(cell: Cell, text: str) -> bool:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return True
    return _AMOUNT.fullmatch(text) is not None or amount_of(text) is not None


__all__ = ["Contents", "Fitting", "contents_of", "kind_of", "phone_region"]
