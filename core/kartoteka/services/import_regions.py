"""Give imported regions their place in the tree; country and federal district are made for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel import Locale
from sqlalchemy.orm import Session

from kartoteka.errors import KartotekaError
from kartoteka.fields.text import fold
from kartoteka.models import Region
from kartoteka.services.import_halves import Halves
from kartoteka.services.import_rows import Draft, Report
from kartoteka.services.records import build, registry_of
from kartoteka.services.region_names import RegionName, RegionNames

_LANGUAGES = ("en", "ru", "bg")
#: What the file calls a region, and the region it lies in.
Key = tuple[str, int | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """Regions beside the rows, by what the file calls them and where they lie."""

    found: dict[Key, int]
    refused: dict[Key, KartotekaError]


def place(
    session: Session, drafts: Sequence[Draft], names: RegionNames, report: Report, halves: Halves
) -> None:
    """Set the parent of each row from its columns `country` and `district`.

    Countries, then districts that are not there yet are made: two flushes, however many rows. A
    row whose country or district is refused is rejected with the reason.
    """
    good = [draft for draft in drafts if not draft.problems]
    in_country = {draft.row: (draft.links.get("country", ""), None) for draft in good}
    countries = _ensure(session, "country", set(in_country.values()), names, report, halves)
    good = _without_refused(good, in_country, countries, "country")
    wanted = {
        draft.row: (
            draft.links.get("district", ""),
            draft.values.get("parent_id") or countries.found.get(in_country[draft.row]),
        )
        for draft in good
    }
    districts = _ensure(session, "district", set(wanted.values()), names, report, halves)
    for draft in _without_refused(good, wanted, districts, "district"):
        parent = districts.found.get(wanted[draft.row]) or wanted[draft.row][1]
        if parent is not None:
            draft.values["parent_id"] = parent


def learn(drafts: Sequence[Draft], names: RegionNames) -> None:
    """Make regions that were just written known to the rows that come."""
    for draft in drafts:
        if isinstance(draft.record, Region):
            names.add(_named(draft.record))


def _without_refused(
    drafts: Sequence[Draft], keys: Mapping[int, Key], made: _Made, column: str
) -> list[Draft]:
    for draft in drafts:
        if error := made.refused.get(keys[draft.row]):
            draft.blame(column, str(error))
    return [draft for draft in drafts if not draft.problems]


def _ensure(
    session: Session, kind: str, wanted: set[Key], names: RegionNames, report: Report,
    halves: Halves,
) -> _Made:  # fmt: skip
    found: dict[Key, int] = {}
    new: dict[Key, list[Key]] = {}
    for text, parent_id in sorted(wanted - {("", None)}, key=str):
        if not text:
            continue
        title, code = known_country(text) if kind == "country" else (text, "")
        try:
            found[text, parent_id] = _known(names, kind, (code, title, text))
        except LookupError:
            # A country may be called by its code in one row and by its name in another.
            new.setdefault((code or title, parent_id), []).append((text, parent_id))
    refused: dict[Key, KartotekaError] = {}

    def put(groups: Sequence[list[Key]], _again: bool) -> None:
        made = [(_new(session, kind, group[0]), group) for group in groups]
        session.add_all([region for region, _group in made])
        session.flush()
        for region, group in made:
            names.add(_named(region))
            report.also_created.append(region.name)
            found.update(dict.fromkeys(group, region.id))

    def refuse(group: list[Key], error: KartotekaError) -> None:
        refused.update(dict.fromkeys(group, error))

    halves.write(list(new.values()), put, refuse)
    return _Made(found=found, refused=refused)


def _new(session: Session, kind: str, key: Key) -> Region:
    text, parent_id = key
    title, code = known_country(text) if kind == "country" else (text, "")
    values = {"name": title, "kind": kind, "parent_id": parent_id}
    entity = registry_of(session).entity("region")
    return build(session, entity, {**values, **({"iso_code": code} if code else {})})


def _known(names: RegionNames, kind: str, texts: Sequence[str]) -> int:
    for text in texts[:-1]:
        try:
            return names.find(text, kind) if text else names.find(texts[-1], kind)
        except LookupError:
            continue
    return names.find(texts[-1], kind)


def known_country(text: str) -> tuple[str, str]:
    """Return name and ISO 3166-1 code of a country given as either, in one of our languages."""
    code = text.upper()
    for language in _LANGUAGES:
        territories = Locale(language).territories
        if len(code) == 2 and code in territories:
            return territories[code], code
        for known, title in territories.items():
            if len(known) == 2 and fold(title) == fold(text):
                return text, known
    return text, ""


def _named(region: Region) -> RegionName:
    codes = (region.iso_code, region.okato, region.oktmo, region.ekatte, region.nuts)
    return RegionName(
        id=region.id, name=region.name, kind=region.kind, parent_id=region.parent_id,
        codes=tuple(code for code in codes if code),
    )  # fmt: skip
