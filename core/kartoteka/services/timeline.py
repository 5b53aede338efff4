"""Tell the history of cooperation with a client as one timeline.

Activities, moves of deals, purchases, finished tasks and signed contracts stand in one order. A
page is one statement however many kinds there are; the rules of rows hold in each part of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.errors import Invalid
from kartoteka.i18n import Text, _, gettext
from kartoteka.services.records import labels, registry_of
from kartoteka.services.timeline_sources import Key, shape_of, story

#: Kinds that are no activities: they come from records of their own.
RECORD_KINDS: Mapping[str, tuple[Text, str]] = {
    "stage": (_("Stage change"), "fa-shuffle"),
    "purchase": (_("Purchase"), "fa-cart-shopping"),
    "task": (_("Task done"), "fa-square-check"),
    "contract": (_("Contract signed"), "fa-file-signature"),
}
MAX_SIZE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that happened.

    Args:
        kind: code of an activity kind, or one of `RECORD_KINDS`.
        entity, record_id: the record it stands for.
        at: when; for records that know only a day its midnight, and `is_day` says so.
        title: subject, number, or what was done; may be empty.
        text: what was said or how it came to that.
        old_stage, new_stage: stage changes only: codes.
        names: what the people and deals referred to are called, for those the reader sees.
    """

    kind: str
    entity: str
    record_id: int
    at: datetime
    is_day: bool
    title: str = ""
    text: str = ""
    outcome: str = ""
    direction: str = ""
    minutes: int | None = None
    amount: Decimal | None = None
    currency: str | None = None
    pipeline: str = ""
    old_stage: str = ""
    new_stage: str = ""
    user_id: int | None = None
    contact_id: int | None = None
    deal_id: int | None = None
    user: str = ""
    contact: str = ""
    deal: str = ""

    @property
    def key(self) -> str:
        """The place of the entry in the timeline; the next page begins after it."""
        return f"{self.at.astimezone(UTC).isoformat()}~{self.entity}~{self.record_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What is known already of the people and deals a timeline mentions."""

    users: Mapping[int, str] = field(default_factory=dict[int, str])
    contacts: Mapping[int, str] = field(default_factory=dict[int, str])
    deals: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """One page of a timeline, newest first; `next` is empty on the last page."""

    entries: Sequence[Entry]
    next: str = ""


def kinds_of(session: Session) -> dict[str, tuple[str, str]]:
    """Return the kinds a timeline can be narrowed to: code to title and icon."""
    registry = registry_of(session)
    found = {code: (str(kind.title), kind.icon) for code, kind in registry.activity_kinds.items()}
    found.update({code: (str(title), icon) for code, (title, icon) in RECORD_KINDS.items()})
    return found


def timeline(
    session: Session,
    client_id: int,
    kinds: Collection[str] | None = None,
    before: str | None = None,
    size: int = 30,
    *,
    deal_id: int | None = None,
    known: Names | None = None,
) -> Timeline:
    """Return one page of what happened with a client, newest first.

    One statement for the page, and at most one for each sort of name that is not known yet.

    Args:
        session: its actor sees the client's rows, or gets nothing.
        client_id: the client.
        kinds: codes of activity kinds and of `RECORD_KINDS`; None for all.
        before: `Timeline.next` of the page before this one.
        size: entries on the page.
        deal_id: only what belongs to this deal.
        known: names the caller has read already.

    Raises:
        Invalid: `before` is not a key of a timeline.
    """
    entries, more = _read(session, client_id, kinds, before, size, deal_id)
    return Timeline(entries=named(session, entries, known), next=entries[-1].key if more else "")


def entries_of(
    session: Session,
    client_id: int,
    kinds: Collection[str] | None = None,
    before: str | None = None,
    size: int = 30,
    *,
    deal_id: int | None = None,
) -> Timeline:
    """Return a page without names, for callers that fetch all names of a screen together."""
    entries, more = _read(session, client_id, kinds, before, size, deal_id)
    return Timeline(entries=entries, next=entries[-1].key if more else "")


def named(session: Session, entries: Sequence[Entry], known: Names | None = None) -> list[Entry]:
    """Put the names of people and deals into entries; asks only for those not known."""
    known = known or Names()
    users = _complete(session, "ab_user", known.users, {e.user_id for e in entries})
    contacts = _complete(session, "contact", known.contacts, {e.contact_id for e in entries})
    deals = _complete(session, "deal", known.deals, {e.deal_id for e in entries})
    return [
        replace(
            entry,
            user=users.get(entry.user_id or 0, ""),
            contact=contacts.get(entry.contact_id or 0, ""),
            deal=deals.get(entry.deal_id or 0, ""),
        )
        for entry in entries
    ]


def _complete(
    session: Session, table: str, known: Mapping[int, str], wanted: set[int | None]
) -> Mapping[int, str]:
    missing = {number for number in wanted if number is not None} - set(known)
    return {**known, **labels(session, table, missing)} if missing else known


def _read(
    session: Session,
    client_id: int,
    kinds: Collection[str] | None,
    before: str | None,
    size: int,
    deal_id: int | None,
) -> tuple[list[Entry], bool]:
    size = max(1, min(size, MAX_SIZE))
    at, entity, number = _read_key(before) if before else (None, "", 0)
    shape = shape_of(session, kinds, deal_id is not None, entity)
    if not shape.hidden:
        return [], False
    asked = {"client": client_id, "size": size + 1}
    if deal_id is not None:
        asked["deal"] = deal_id
    rows = session.execute(story(shape), asked | ({"at": at, "number": number} if entity else {}))
    entries = [_entry(row) for row in rows]
    return entries[:size], len(entries) > size


def _entry(row: Any) -> Entry:
    values: dict[str, Any] = dict(row._mapping)
    for name in ("title", "text", "outcome", "direction", "pipeline", "old_stage", "new_stage"):
        values[name] = values[name] or ""
    return Entry(**values, is_day=row.entity in {"purchase", "contract"})


def _read_key(text: str) -> Key:
    try:
        at, entity, number = text.split("~")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment, entity, int(number)
    except ValueError as error:
        raise Invalid(
            {"before": gettext("This page address is damaged. Start at the newest entry.")}
        ) from error
