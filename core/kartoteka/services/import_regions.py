"""Give imported regions their place in the tree; country and federal district are made for it."""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale
from sqlalchemy.orm import Session

from kartoteka.fields.text import fold
from kartoteka.models import Region
from kartoteka.services.import_rows import Draft, Report
from kartoteka.services.records import build, registry_of
from kartoteka.services.region_names import RegionName, RegionNames

_LANGUAGES = ("en", "ru", "bg")


def place(session: Session, drafts: Sequence[Draft], names: RegionNames, report: Report) -> None:
    """Set the parent of each row from its columns `country` and `district`.

    Countries, then districts that are not there yet are made: two flushes, however many rows.
    """
    good = [draft for draft in drafts if not draft.problems]
    countries = _ensure(
        session,
        "country",
        {(draft.links.get("country", ""), None) for draft in good},
        names,
        report,
    )
    wanted = {
        draft.row: (
            draft.links.get("district", ""),
            draft.values.get("parent_id") or countries.get((draft.links.get("country", ""), None)),
        )
        for draft in good
    }
    districts = _ensure(session, "district", set(wanted.values()), names, report)
    for draft in good:
        parent = districts.get(wanted[draft.row]) or wanted[draft.row][1]
        if parent is not None:
            draft.values["parent_id"] = parent


def learn(drafts: Sequence[Draft], names: RegionNames) -> None:
    """Make regions that were just written known to the rows that come."""
    for draft in drafts:
        if isinstance(draft.record, Region):
            names.add(_named(draft.record))


def _ensure(
    session: Session, kind: str, wanted: set[tuple[str, int | None]], names: RegionNames,
    report: Report,
) -> dict[tuple[str, int | None], int]:  # fmt: skip
    entity = registry_of(session).entity("region")
    found: dict[tuple[str, int | None], int] = {}
    made: dict[tuple[str, int | None], Region] = {}
    for text, parent_id in sorted(wanted - {("", None)}, key=str):
        if not text:
            continue
        title, code = _country(text) if kind == "country" else (text, "")
        try:
            found[text, parent_id] = _known(names, kind, (code, title, text))
        except LookupError:
            same = next((r for r in made.values() if code and r.iso_code == code), None)
            if same is None:
                values = {"name": title, "kind": kind, "parent_id": parent_id}
                same = build(session, entity, {**values, **({"iso_code": code} if code else {})})
                session.add(same)
                report.also_created.append(title)
            made[text, parent_id] = same  # pyright: ignore[reportArgumentType]
    if made:
        session.flush()
        for region in dict.fromkeys(made.values()):
            names.add(_named(region))
        found.update({key: region.id for key, region in made.items()})
    return found


def _known(names: RegionNames, kind: str, texts: Sequence[str]) -> int:
    for text in texts[:-1]:
        try:
            return names.find(text, kind) if text else names.find(texts[-1], kind)
        except LookupError:
            continue
    return names.find(texts[-1], kind)


def _country(text: str) -> tuple[str, str]:
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
