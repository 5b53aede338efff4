"""Say which region of the base each place of a file of shapes is, and account for the others."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from kartoteka.errors import Unreadable
from kartoteka.i18n import gettext
from kartoteka.services.geojson import Feature
from kartoteka.services.import_regions import known_country
from kartoteka.services.region_names import RegionName, RegionNames, SeveralRegions

_ISO = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
#: Properties are tried in vain for so many names of a file.
_MOST_PROPERTIES = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmatched:
    """A place of the file that is no region of the base, or nobody can say which."""

    feature: int
    name: str
    reason: str


@dataclass(kw_only=True, slots=True)
class Matched:
    """Places by region, and an account of all others."""

    country: str
    #: Properties the regions were known by.
    properties: Sequence[str]
    #: Numbers of features by region id.
    places: dict[int, list[Feature]] = field(default_factory=dict[int, list[Feature]])
    unmatched: list[Unmatched] = field(default_factory=list[Unmatched])
    ambiguous: list[Unmatched] = field(default_factory=list[Unmatched])
    without_shape: list[Unmatched] = field(default_factory=list[Unmatched])
    #: Regions of the country that the file does not show.
    not_shown: list[str] = field(default_factory=list[str])


def match_places(
    session: Session, features: Sequence[Feature], *, country: str = "",
    code_property: str = "", name_property: str = "",
) -> Matched:  # fmt: skip
    """Find the region of each place by the properties of its feature.

    Args:
        features: the places of a file.
        country: code or name; only its regions are meant. Without it the regions found say it.
        code_property: property with an ISO 3166-2, ОКАТО, ОКТМО, ЕКАТТЕ or NUTS code.
        name_property: property with a name in any of its forms. Without either the property by
            which most places are known.

    Raises:
        Unreadable: no such country or property, no region found, regions of several countries.
    """
    whole = RegionNames.of(session)
    lands = _Lands(whole)
    wanted = _code_of(country) if country else ""
    names = RegionNames(
        region
        for region in whole.known.values()
        if region.kind != "country" and (not wanted or lands.of(region) in (wanted, ""))
    )
    if not names.known:
        raise Unreadable(
            gettext(
                "There are no regions%(where)s. Import them first: "
                "kartoteka import FILE --entity region",
                where=f" ({wanted})" if wanted else "",
            )
        )
    properties = [name for name in (code_property, name_property) if name]
    for name in properties:
        _must_be_there(features, name)
    properties = properties or [_best_property(features, names)]
    found = Matched(country=wanted, properties=properties)
    said: dict[int, list[str]] = defaultdict(list)
    for feature in features:
        _place(feature, properties, names, found, said)
    _without_doubtful(found, said, names)
    if not found.places:
        raise Unreadable(
            gettext(
                "None of the %(n)s places is a region of this base. %(name)s of the first: "
                "%(value)r. Name another property with --code-property or --name-property.",
                n=len(features), name=properties[0],
                value=_text(features[0].properties.get(properties[0]))[:60],
            )
        )  # fmt: skip
    found.country = wanted or _country_of(found, names, lands)
    found.not_shown = sorted(
        region.name
        for region in names.known.values()
        if region.kind == "region" and region.id not in found.places
        and lands.of(region) == found.country
    )  # fmt: skip
    return found


class _Lands:
    """Which country each region lies in: by the tree, else by its ISO 3166-2 code."""

    def __init__(self, names: RegionNames) -> None:
        self._known = names.known
        self._codes: dict[int, str] = {}

    def of(self, region: RegionName) -> str:
        at, steps = region, 0
        while at.parent_id in self._known and steps < 20:
            at, steps = self._known[at.parent_id], steps + 1
        if at.kind == "country":
            if at.id not in self._codes:
                codes = [code for code in at.codes if len(code) == 2]
                self._codes[at.id] = codes[0].upper() if codes else known_country(at.name)[1]
            return self._codes[at.id]
        return next((m[1] for code in region.codes if (m := _ISO.fullmatch(code))), "")


def _code_of(country: str) -> str:
    code = known_country(country.strip())[1]
    if not code:
        raise Unreadable(
            gettext(
                "There is no country %(name)r. Use its code of two letters, such as RU or BG.",
                name=country[:60],
            )
        )
    return code


def _country_of(found: Matched, names: RegionNames, lands: _Lands) -> str:
    counts = Counter(lands.of(names.known[number]) for number in found.places)
    counts.pop("", None)
    if len(counts) == 1:
        return next(iter(counts))
    if not counts:
        raise Unreadable(gettext("Nothing says which country this is. Add --country RU."))
    listed = ", ".join(f"{code}: {count}" for code, count in counts.most_common())
    raise Unreadable(
        gettext(
            "These are regions of several countries (%(listed)s). Say with --country which is "
            "meant.",
            listed=listed,
        )
    )


def _must_be_there(features: Sequence[Feature], name: str) -> None:
    if not any(name in feature.properties for feature in features):
        raise Unreadable(
            gettext(
                "No feature has the property %(name)r. There are: %(known)s.",
                name=name[:60], known=", ".join(_properties(features))[:300] or "—",
            )
        )  # fmt: skip


def _properties(features: Iterable[Feature]) -> list[str]:
    names = dict.fromkeys(name for feature in features for name in feature.properties)
    return list(names)[:_MOST_PROPERTIES]


def _best_property(features: Sequence[Feature], names: RegionNames) -> str:
    """Return the property that names most different regions; of equal ones the first."""
    best, most = "", 0
    for name in _properties(features):
        found = {
            number
            for feature in features
            if (text := _text(feature.properties.get(name)))
            and (number := _find(names, text)) is not None
        }
        if len(found) > most:
            best, most = name, len(found)
    if best:
        return best
    example = ", ".join(f"{n}={_text(v)[:30]}" for n, v in features[0].properties.items())
    raise Unreadable(
        gettext(
            "None of the %(n)s places is a region of this base. The first one says: %(example)s. "
            "Import the regions first: kartoteka import FILE --entity region",
            n=len(features), example=example[:200] or "—",
        )
    )  # fmt: skip


def _find(names: RegionNames, text: str) -> int | None:
    try:
        return names.find(text)
    except LookupError:
        return None


def _place(
    feature: Feature, properties: Sequence[str], names: RegionNames, found: Matched,
    said: Mapping[int, list[str]],
) -> None:  # fmt: skip
    texts = [text for name in properties if (text := _text(feature.properties.get(name)))]
    title = next(iter(texts), "")
    reason, doubt = gettext("It has no name or code."), ""
    for text in texts:
        try:
            region = names.find(text)
        except SeveralRegions as error:
            doubt = str(error)
        except LookupError as error:
            reason = str(error)
        else:
            if not feature.rings:
                found.without_shape.append(_line(feature, title, gettext("It has no geometry.")))
                return
            found.places.setdefault(region, []).append(feature)
            said[region].append(text)
            return
    (found.ambiguous if doubt else found.unmatched).append(_line(feature, title, doubt or reason))


def _without_doubtful(
    found: Matched, said: Mapping[int, Sequence[str]], names: RegionNames
) -> None:
    """Take out regions that places of different names claim; parts of one name are one region."""
    for number, texts in said.items():
        if len(set(texts)) == 1:
            continue
        for feature, text in zip(found.places.pop(number), texts, strict=True):
            reason = gettext(
                "%(texts)s would all be %(name)s. Use codes.",
                texts=", ".join(map(repr, dict.fromkeys(texts))), name=names.known[number].name,
            )  # fmt: skip
            found.ambiguous.append(_line(feature, text, reason))


def _line(feature: Feature, name: str, reason: str) -> Unmatched:
    return Unmatched(feature=feature.number, name=name[:200], reason=reason)


def _text(value: object) -> str:
    """Return a property as text; lists, objects and truth values name nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


__all__ = ["Matched", "Unmatched", "match_places"]
