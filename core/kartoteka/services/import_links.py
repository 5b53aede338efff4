"""Find the records that texts in a file mean, for many rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kartoteka.fields.text import fold
from kartoteka.i18n import gettext
from kartoteka.models import Client
from kartoteka.services.records import registry_of
from kartoteka.services.region_names import RegionNames

_CHUNK = 500


@dataclass(kw_only=True, slots=True)
class Found:
    """Ids of what was found by its text, and a sentence for each text that was not."""

    ids: dict[str, int] = field(default_factory=dict[str, int])
    problems: dict[str, str] = field(default_factory=dict[str, str])

    def settle(self, text: str, candidates: set[int], title: str) -> None:
        """Keep the only candidate, or say why there is none."""
        if len(candidates) == 1:
            self.ids[text] = next(iter(candidates))
        elif candidates:
            self.problems[text] = gettext(
                "%(title)s %(text)r may be %(count)s different records.",
                title=title, text=text[:80], count=len(candidates),
            )  # fmt: skip
        else:
            self.problems[text] = gettext(
                "There is no %(title)s %(text)r, or you have no right to it.",
                title=title.lower(), text=text[:80],
            )  # fmt: skip


def find(session: Session, table: str, texts: Iterable[str], regions: RegionNames) -> Found:
    """Return the records of a table that texts mean: by number, code or name in any letter case.

    Args:
        session: its actor finds only what they may see.
        table: whose records.
        texts: as they stand in the file.
        regions: regions by name; asked when the table is theirs.
    """
    wanted = sorted(set(texts))
    if table == "region":
        return _regions(wanted, regions)
    if table == User.__tablename__:
        return _people(session, wanted)
    if table == Client.__tablename__:
        return clients(session, wanted)
    return _labelled(session, table, wanted)


def clients(session: Session, texts: Iterable[str]) -> Found:
    """Return clients by their number in another system, tax number or name, in this order."""
    found = Found()
    candidates: tuple[dict[str, set[int]], ...] = ({}, {}, {})
    wanted = sorted(set(texts))
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        rows = session.execute(
            select(Client.id, Client.external_id, Client.tax_id, Client.name_key).where(
                or_(
                    Client.external_id.in_(chunk), Client.tax_id.in_(chunk),
                    Client.name_key.in_([fold(text)[:255] for text in chunk]),
                )
            )
        )  # fmt: skip
        for number, *values in rows:
            for place, value in zip(candidates, values, strict=True):
                if value:
                    place.setdefault(value, set()).add(number)
    for text in wanted:
        by_code, by_tax, by_name = candidates
        matching = by_code.get(text) or by_tax.get(text) or by_name.get(fold(text)[:255], set())
        found.settle(text, matching, gettext("Client"))
    return found


def _regions(texts: Iterable[str], regions: RegionNames) -> Found:
    found = Found()
    for text in texts:
        try:
            found.ids[text] = (
                int(text) if text.isdecimal() and int(text) in regions.known else regions.find(text)
            )
        except LookupError as error:
            found.problems[text] = str(error)
    return found


def _people(session: Session, texts: Iterable[str]) -> Found:
    """Staff are few: one statement reads them all."""
    names: dict[str, set[int]] = {}
    rows = session.execute(select(User.id, User.username, User.first_name, User.last_name))
    for number, username, first, last in rows:
        for name in (username, f"{first} {last}", f"{last} {first}"):
            names.setdefault(fold(name), set()).add(number)
    found = Found()
    for text in texts:
        found.settle(text, names.get(fold(text), set()), gettext("User"))
    return found


def _labelled(session: Session, table: str, texts: list[str]) -> Found:
    entity = registry_of(session).entity_of_table(table)
    found = Found()
    if entity is None:
        for text in texts:
            found.settle(text, set(), table)
        return found
    model: Any = entity.model
    columns = [getattr(model, name) for name in (entity.label, "code") if hasattr(model, name)]
    names: dict[str, set[int]] = {}
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        conditions = [func.lower(c).in_([text.lower() for text in chunk]) for c in columns]
        numbers = [int(t) for t in chunk if t.isdecimal() and len(t) < 10]
        if numbers:
            conditions.append(model.id.in_(numbers))
        for number, *values in session.execute(select(model.id, *columns).where(or_(*conditions))):
            for value in [*values, str(number)]:
                if value is not None:
                    names.setdefault(str(value).lower(), set()).add(number)
    for text in texts:
        found.settle(text, names.get(text.lower(), set()), str(entity.title))
    return found
