"""What a row says of its client, by which the client is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kartoteka.api import Candidate, fold, normal_names
from kartoteka_excel_import.checking.batch import RowSaid
from kartoteka_excel_import.checking.drafts import Draft
from kartoteka_excel_import.checking.names import names_agree
from kartoteka_excel_import.checking.namesakes import are_two_places

#: By these a client is known; the numbers that are called may be in either column.
PHONES = ("phone", "mobile", "fax")
KEYS = (*PHONES, "email")
#: Two addresses with less in common are two places.
_SAME_PLACE = 0.5


class Said(NamedTuple):
    """What is known of a client by which others are told from it."""

    external_id: str
    tax_id: str
    name: str
    address: str
    region_id: int | None = None


class Keys(NamedTuple):
    """What a row says of its client."""

    said: Said
    points: tuple[str, ...]


def keys_of(draft: Draft, places: Sequence[int]) -> dict[int, Keys]:
    """Return by place what rows say of their client."""
    names = draft.columns.get("name")
    columns = [draft.columns.get(name) for name in ("external_id", "tax_id", "address")]
    regions = draft.columns.get("region_id")
    points = [draft.points[kind] for kind in KEYS if kind in draft.points]
    found: dict[int, Keys] = {}
    written = [names[place] or "" for place in places] if names is not None else None
    called = normal_names(written) if written is not None else [""] * len(places)
    for place, name in zip(places, called, strict=True):
        external_id, tax_id, address = [
            (column[place] or "") if column is not None else "" for column in columns
        ]
        region = regions[place] if regions is not None else None
        said = Said(external_id, tax_id, name, address, region)
        found[place] = Keys(
            said, tuple([key for column in points for _value, key in column[place]])
        )
    return found


def candidate_of(draft: Draft, place: int, keys: Keys) -> Candidate:
    """Return the client of a row as the base is asked for it."""
    phones = tuple(
        key
        for kind in PHONES
        for _value, key in draft.points.get(kind, {place: ()})[place]  # pyright: ignore[reportArgumentType,reportCallIssue]
    )
    emails = tuple(key for key in keys.points if key not in set(phones))
    return Candidate(
        name=draft.value("name", place) or "", address=keys.said.address,
        site=draft.value("website", place) or "", phones=phones, emails=emails,
        tax_id=keys.said.tax_id, external_id=keys.said.external_id,
    )  # fmt: skip


def said_by(draft: Draft, place: int, keys: Keys) -> RowSaid:
    """Return what a row says of its client, to be kept beside it."""
    one = candidate_of(draft, place, keys)
    return RowSaid(
        name=one.name, tax_id=one.tax_id, external_id=one.external_id, address=one.address,
        website=one.site, region_id=keys.said.region_id, phones=list(one.phones),
        emails=list(one.emails),
    )  # fmt: skip


def contradicts(mine: Said, theirs: Said) -> bool:
    """Say whether a number that only one client has differs."""
    if mine.external_id and theirs.external_id and mine.external_id != theirs.external_id:
        return True
    return bool(mine.tax_id and theirs.tax_id and mine.tax_id != theirs.tax_id)


def may_be_one(mine: Said, theirs: Said) -> bool:
    """Say whether two who have a phone in common may be one client."""
    return not contradicts(mine, theirs) and names_agree(mine.name, theirs.name)


def is_branch(mine: Said, theirs: Said) -> bool:
    """Say whether two of one tax number are places of their own: name and address both differ.

    A firm that is renamed, or moves, keeps one of them.
    """
    return (
        mine.name != theirs.name
        and mine.address != theirs.address
        and not names_agree(mine.name, theirs.name)
        and are_two_places(mine.address, theirs.address)
    )


def is_one_place(mine: Said, theirs: Said) -> bool:
    """Say whether two may be at one place; who says no region and no address may be anywhere."""
    if mine.region_id and theirs.region_id and mine.region_id != theirs.region_id:
        return False
    if not mine.address or not theirs.address or mine.address == theirs.address:
        return True
    one, two = set(fold(mine.address).split()), set(fold(theirs.address).split())
    return len(one & two) >= _SAME_PLACE * min(len(one), len(two))


__all__ = [
    "KEYS", "PHONES", "Keys", "Said", "candidate_of", "contradicts", "is_branch", "is_one_place",
    "keys_of",
    "may_be_one", "said_by",
]  # fmt: skip
