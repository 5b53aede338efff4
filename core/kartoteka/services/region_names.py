"""Recognise a region however a table writes it: «г. Москва», «Респ Адыгея», «RU-MOW»."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.fields.text import fold
from kartoteka.i18n import gettext
from kartoteka.models.region import Region
from kartoteka.services.region_other_names import OTHER_NAMES

#: Words that say what kind of region it is, in the ways registers shorten them.
_KIND_WORDS = frozenset({
    "республика", "респ", "край", "область", "обл", "автономный", "автономная", "автономного",
    "авт", "округ", "ао", "аобл", "федеральный", "фо", "город", "гор", "г", "община", "регион",
    "федерального", "значения", "кр",
    "района", "район", "republic", "respublika", "krai", "kray", "oblast", "okrug", "autonomous",
    "city", "gorod", "province", "region",
})  # fmt: skip
_CITY_WORDS = frozenset({"г", "гор", "город", "city", "gorod"})
_CODES = ("iso_code", "okato", "oktmo", "ekatte", "nuts")
_BRACKETS = re.compile(r"[(\[/](.*?)[)\]/]")
_DASH = re.compile(r"\s+[-–—]\s*|\s*[-–—]\s+")
_WORD = re.compile(r"[^\W_]+")
#: «Тюменская область без автономных округов» is a part of the region, not the region.
_PART = re.compile(r"\b(без|кроме|without|excluding|except)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionName:
    """What is known of a region by its row."""

    id: int
    name: str
    kind: str
    parent_id: int | None
    codes: tuple[str, ...]


class SeveralRegions(LookupError):
    """A text names several regions."""


class RegionNames:
    """The regions of a base by every name and code they may be written with."""

    def __init__(self, regions: Iterable[RegionName] = ()) -> None:
        self._codes: dict[str, set[int]] = {}
        self._levels: tuple[dict[str, set[int]], ...] = ({}, {}, {}, {})
        self.known: dict[int, RegionName] = {}
        for region in regions:
            self.add(region)

    @classmethod
    def of(cls, session: Session) -> RegionNames:
        """Read all regions: one statement."""
        rows = session.execute(
            select(
                Region.id, Region.name, Region.kind, Region.parent_id,
                *(getattr(Region, name) for name in _CODES),
            )
        )  # fmt: skip
        return cls(
            RegionName(
                id=row[0], name=row[1], kind=row[2], parent_id=row[3],
                codes=tuple(code for code in row[4:] if code),
            )
            for row in rows
        )  # fmt: skip

    def add(self, region: RegionName) -> None:
        """Make a region known."""
        self.known[region.id] = region
        for code in region.codes:
            self._codes.setdefault(fold(code), set()).add(region.id)
        for level, keys in zip(self._levels, _keys(region.name), strict=True):
            for key in keys:
                level.setdefault(key, set()).add(region.id)

    def find(self, text: str, kind: str = "") -> int:
        """Return the id of the region a text names.

        Args:
            text: a name in any of its forms, or an ISO 3166-2, ОКАТО, ОКТМО, ЕКАТТЕ, NUTS code.
            kind: only regions of this kind.

        Raises:
            LookupError: with a sentence: there is none; `SeveralRegions`: there are several.
        """
        found = self._one(self._codes.get(fold(text), set()), kind)
        if found is not None:
            return found
        # What stands in brackets behind a name is often the region around it: not asked for.
        wanted = _keys(text)[:3]
        # The exact name, then the whole one without words of kind, then the short, then others.
        for depth in range(len(self._levels)):
            keys = {key for level in wanted[: depth + 1] for key in level}
            ids = {
                number
                for level in self._levels[: depth + 1]
                for key in keys
                for number in level.get(key, ())
            }
            found = self._one(ids, kind)
            if found is not None:
                return found if kind else self._city_as_region(found, wanted[1])
            if ids and (not kind or any(self.known[number].kind == kind for number in ids)):
                names = ", ".join(sorted(self.known[number].name for number in ids)[:5])
                raise SeveralRegions(
                    gettext(
                        "%(text)r may be several regions: %(names)s. Use a code.",
                        text=text[:80], names=names,
                    )
                )  # fmt: skip
        other = OTHER_NAMES.get(_bare(fold(text)))
        # A base that itself knows the region by this name has answered already.
        if other is not None and fold(other) != fold(text):
            try:
                return self.find(other, kind)
            except LookupError:
                pass
        raise LookupError(gettext("There is no region %(text)r.", text=text[:80]))

    def _city_as_region(self, found: int, keys: set[str]) -> int:
        """Return the region «г Москва» rather than the settlement «Москва»."""
        if self.known[found].kind == "region":
            return found
        regions = {
            number
            for key in keys
            for number in self._levels[1].get(key, ())
            if self.known[number].kind == "region"
            and not _CITY_WORDS.isdisjoint(_WORD.findall(fold(self.known[number].name)))
        }
        return next(iter(regions)) if len(regions) == 1 else found

    def _one(self, ids: set[int], kind: str) -> int | None:
        """Return the only one; of a city and a region of one name it is the region."""
        fitting = {number for number in ids if not kind or self.known[number].kind == kind}
        if len(fitting) > 1:
            fitting = {n for n in fitting if self.known[n].kind == "region"}
        return next(iter(fitting)) if len(fitting) == 1 else None


def _keys(name: str) -> tuple[set[str], set[str], set[str], set[str]]:
    """Return the exact name, the whole one, the short ones and the other names of a region."""
    text = fold(name).replace("–", "-").replace("—", "-")
    if _PART.search(text):
        return {text}, set(), set(), set()
    outside = _BRACKETS.sub(" ", text)
    parts = [part for part in _DASH.split(outside) if part.strip()]
    short = {_bare(parts[0])} if parts else set[str]()
    others = {_bare(part) for part in [*parts[1:], *_inside(text)]}
    return {text}, {_bare(text), _bare(outside)} - {""}, short - {""}, others - {""}


def _bare(text: str) -> str:
    """Return the words of a name that tell it from others."""
    return " ".join(word for word in _WORD.findall(text) if word not in _KIND_WORDS)


def _inside(text: str) -> Iterator[str]:
    for found in _BRACKETS.finditer(text):
        yield found[1]
