"""Write what hangs on imported records: contact points, sources of clients, places of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.i18n import gettext
from kartoteka.models import ClientSource, ContactPoint, Employment
from kartoteka.services import import_links
from kartoteka.services.import_rows import Draft
from kartoteka.services.numbering import number_all
from kartoteka.services.region_names import RegionNames

#: Entities whose records have phones and addresses, with the column that leads to them.
HOLDERS: Mapping[str, str] = {"client": "client_id", "contact": "contact_id"}
#: What a file may say of an entity beside its fields, with the headers it is known by.
LINKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "client": {"source": ("source", "lead source", "источник", "източник")},
    "contact": {
        "client": ("client", "company", "organization", "company name", "клиент", "организация",
                   "компания", "фирма", "месторабота", "место работы"),
        "position": ("position", "job title", "title", "должность", "длъжност"),
        "unit": ("unit", "department", "отдел", "подразделение"),
    },
    "region": {
        "country": ("country", "country name", "страна", "държава"),
        "district": ("district", "federal district", "федеральный округ", "округ"),
    },
}  # fmt: skip


def find_links(session: Session, drafts: Sequence[Draft]) -> dict[str, int]:
    """Find the clients and sources that rows name; reject rows that name none that exists."""
    nowhere = RegionNames()
    found: dict[str, int] = {}
    for code in ("source", "client"):
        texts = {draft.links[code] for draft in drafts if code in draft.links}
        if not texts:
            continue
        answer = import_links.find(session, code, texts, nowhere)
        found.update({f"{code}:{text}": number for text, number in answer.ids.items()})
        for draft in drafts:
            if (text := draft.links.get(code, "")) in answer.problems:
                draft.blame(code, answer.problems[text])
    for draft in drafts:
        for code in ("position", "unit"):
            if code in draft.links and "client" not in draft.links:
                draft.blame(code, gettext("Name the client the person works for."))
    return found


def add(
    session: Session, entity: str, drafts: Sequence[Draft], found: Mapping[str, int]
) -> set[int]:
    """Add what the records of these rows do not have yet; return the rows for which it did."""
    changed: set[int] = set()
    if entity in HOLDERS:
        changed |= _points(session, HOLDERS[entity], drafts)
    if entity == "client":
        changed |= _sources(session, drafts, found)
    if entity == "contact":
        changed |= _jobs(session, drafts, found)
    return changed


def _points(session: Session, holder: str, drafts: Sequence[Draft]) -> set[int]:
    known: set[tuple[int, str, str | None]] = set()
    column = getattr(ContactPoint, holder)
    if old := _old(drafts):
        known.update(
            session.execute(
                select(column, ContactPoint.kind, ContactPoint.normalised).where(column.in_(old))
            )
        )
    # An export gives mobile numbers among the phones.
    known |= {(held, "phone", number) for held, kind, number in known if kind == "mobile"}
    new: list[ContactPoint] = []
    changed: set[int] = set()
    for draft in drafts:
        for point in draft.points:
            if (draft.record.id, point.kind, point.normalised) in known:
                continue
            new.append(
                ContactPoint(kind=point.kind, value=point.value, **{holder: draft.record.id})
            )
            changed.add(draft.row)
    _add(session, new)
    return changed


def _sources(session: Session, drafts: Sequence[Draft], found: Mapping[str, int]) -> set[int]:
    named = [draft for draft in drafts if "source" in draft.links]
    known: set[tuple[int, int]] = set()
    if old := _old(named):
        known.update(
            session.execute(
                select(ClientSource.client_id, ClientSource.source_id).where(
                    ClientSource.client_id.in_(old)
                )
            )
        )
    new: list[ClientSource] = []
    changed: set[int] = set()
    for draft in named:
        key = draft.record.id, found[f"source:{draft.links['source']}"]
        if key not in known:
            new.append(ClientSource(client_id=key[0], source_id=key[1]))
            changed.add(draft.row)
    _add(session, new)
    return changed


def _jobs(session: Session, drafts: Sequence[Draft], found: Mapping[str, int]) -> set[int]:
    named = [draft for draft in drafts if "client" in draft.links]
    known: dict[tuple[int, int], Employment] = {}
    if old := _old(named):
        for job in session.scalars(select(Employment).where(Employment.contact_id.in_(old))):
            known[job.contact_id, job.client_id] = job
    new: list[Employment] = []
    changed: set[int] = set()
    for draft in named:
        key = draft.record.id, found[f"client:{draft.links['client']}"]
        values: dict[str, Any] = {
            name: draft.links[name] for name in ("position", "unit") if name in draft.links
        }
        job = known.get(key)
        if job is None:
            new.append(Employment(contact_id=key[0], client_id=key[1], **values))
            changed.add(draft.row)
        elif any(getattr(job, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(job, name, value)
            changed.add(draft.row)
    _add(session, new)
    return changed


def _add(session: Session, new: Sequence[Any]) -> None:
    number_all(session, new)
    session.add_all(new)


def _old(drafts: Sequence[Draft]) -> list[int]:
    return sorted(draft.record.id for draft in drafts if not draft.is_new)
