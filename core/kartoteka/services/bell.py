"""What the bell shows a person: what they were told, what is due; and what they want to be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, delete, func, select, true, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.errors import Invalid
from kartoteka.hooks.contributions import Notice, NotificationKind
from kartoteka.i18n import gettext
from kartoteka.models.notification import Notification, NotificationSetting
from kartoteka.services import notices, records, tasks

#: The kind under which tasks remind: on screen by the clock alone, by letter as a notification.
REMINDERS = notices.REMINDER
CHANNELS = ("screen", "mail", "both", "off")
MOST_SHOWN = 10
MOST_COUNTED = 100
PAGE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """What a look at the bell costs one statement to know.

    Args:
        mark: is another when there is something else to show.
        unread: notifications not read yet, counted to `MOST_COUNTED`.
        due: reminders whose time has come, one more at most than are shown.
        next_at: when the next reminder comes.
    """

    mark: str
    unread: int
    due: int
    next_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A notification in the words of its reader; `page` is empty where nothing may be opened."""

    id: int
    kind: str
    icon: str
    text: str
    at: datetime
    is_read: bool
    entity: str = ""
    record_id: int | None = None
    count: int = 1
    page: str = ""


def sends_letters(session: Session) -> bool:
    """Say whether this installation sends letters to its staff."""
    return session.info.get("letter_pause") is not None


def pulse(session: Session, now: datetime, *, with_tasks: bool = True) -> Pulse:
    """Return what the bell has, in one statement that reads its two indexes and nothing else."""
    mine = Notification.recipient_id == actor_of(session).user_id
    unread = (
        select(Notification.id.label("id"))
        .where(mine, Notification.read_at.is_(None))
        .order_by(Notification.id.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    told = select(
        func.count(unread.c.id).label("count"), func.max(unread.c.id).label("newest")
    ).subquery()
    found = select(told.c.count, told.c.newest)
    if with_tasks:
        due = tasks.due_statement(session, now, tasks.MOST_REMINDERS + 1).subquery()
        waiting = select(
            func.count(due.c.id).label("count"), func.max(due.c.id).label("newest"),
            func.sum(due.c.version).label("versions"), func.max(due.c.reminds_at).label("last"),
            func.sum(due.c.id).label("which"),
        ).subquery()  # fmt: skip
        quiet = ("off", "mail") if sends_letters(session) else ("off",)
        off = (
            select(func.count(NotificationSetting.kind))
            .where(
                NotificationSetting.user_id == actor_of(session).user_id,
                NotificationSetting.kind == REMINDERS, NotificationSetting.channel.in_(quiet),
            )
            .scalar_subquery()
        )  # fmt: skip
        found = select(
            told.c.count, told.c.newest, waiting.c.count, waiting.c.newest, waiting.c.versions,
            waiting.c.which, waiting.c.last,
            tasks.next_statement(session, now).scalar_subquery(), off,
        ).select_from(told.join(waiting, true()))  # fmt: skip
    row = session.execute(found).one()
    is_quiet = not with_tasks or bool(row[-1])
    parts = row[:2] if is_quiet else row[:-2]
    mark = ".".join("-" if part is None else _plain(part) for part in parts)
    if is_quiet:
        return Pulse(mark=mark, unread=row[0], due=0)
    return Pulse(mark=mark, unread=row[0], due=row[2], next_at=row[-2])


def _plain(part: object) -> str:
    return str(int(part.timestamp())) if isinstance(part, datetime) else str(part)


def told(
    session: Session, *, unread: bool = False, before: int | None = None, most: int = MOST_SHOWN,
    ids: Collection[int] | None = None,
) -> list[Told]:  # fmt: skip
    """Return the own notifications, newest first: one statement, and one for all names.

    Args:
        unread: only those not read yet.
        ids: only these.
        before: only those older than this one.
    """
    asked = select(Notification).where(Notification.recipient_id == actor_of(session).user_id)
    if unread:
        asked = asked.where(Notification.read_at.is_(None))
    if ids is not None:
        asked = asked.where(Notification.id.in_(sorted(ids)))
    if before is not None:
        asked = asked.where(Notification.id < before)
    rows = session.scalars(asked.order_by(Notification.id.desc()).limit(most)).all()
    names = records.labels_of_tables(session, _meant(rows))
    kinds = records.registry_of(session).notification_kinds
    return [_in_words(row, kinds.get(row.kind), names) for row in rows]


def _meant(rows: Sequence[Notification]) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {User.__tablename__: set()}
    for row in rows:
        if row.entity and row.record_id is not None:
            wanted.setdefault(row.entity, set()).add(row.record_id)
        if row.by_id is not None:
            wanted[User.__tablename__].add(row.by_id)
    return wanted


def _in_words(
    row: Notification, kind: NotificationKind | None, names: Mapping[str, Mapping[int, str]]
) -> Told:
    seen = names.get(row.entity or "", {})
    is_seen = row.record_id in seen
    notice = Notice(
        record=(seen[row.record_id] or f"№ {row.record_id}") if is_seen and row.record_id else "",
        by=names[User.__tablename__].get(row.by_id or 0, ""),
        count=row.count,
        values=row.values,
    )
    text = kind.text(notice) if kind else gettext("A plugin told this that is switched off now.")
    return Told(
        id=row.id, kind=row.kind, icon=kind.icon if kind else "fa-bell", text=text, at=row.at,
        is_read=row.read_at is not None, entity=row.entity or "",
        record_id=row.record_id if is_seen else None, count=row.count,
        page=kind.page(notice) if kind and kind.page else "",
    )  # fmt: skip


def mark_read(session: Session, now: datetime, ids: Collection[int] | None = None) -> int:
    """Mark own notifications as read, all without `ids`; return how many were not yet."""
    meant: list[ColumnElement[bool]] = [
        Notification.recipient_id == actor_of(session).user_id,
        Notification.read_at.is_(None),
    ]
    if ids is not None:
        meant.append(Notification.id.in_(sorted(ids)))
    changed: int = session.execute(
        update(Notification).where(*meant).values(read_at=now),
        execution_options={"synchronize_session": False},
    ).rowcount  # pyright: ignore[reportAttributeAccessIssue]
    return changed


def settings(session: Session) -> dict[str, str]:
    """Return how the person wants to be told of each kind; those left out: on screen."""
    rows = session.execute(
        select(NotificationSetting.kind, NotificationSetting.channel).where(
            NotificationSetting.user_id == actor_of(session).user_id
        )
    )
    return {row[0]: row[1] for row in rows}


def set_settings(session: Session, chosen: Mapping[str, str]) -> None:
    """Keep how the person wants to be told of kinds.

    Raises:
        Invalid: there is no such kind or way.
    """
    known = {REMINDERS, *records.registry_of(session).notification_kinds}
    errors = {
        kind: gettext("There is no such choice.")
        for kind, channel in chosen.items()
        if kind not in known or channel not in CHANNELS
    }
    if not sends_letters(session):
        errors |= {
            kind: gettext("This Kartoteka sends no letters. Choose another way.")
            for kind, channel in chosen.items()
            if channel in ("mail", "both")
        }
    if errors:
        raise Invalid(errors)
    user_id = actor_of(session).user_id
    session.execute(
        delete(NotificationSetting).where(
            NotificationSetting.user_id == user_id, NotificationSetting.kind.in_(sorted(chosen))
        )
    )
    session.add_all(
        NotificationSetting(user_id=user_id, kind=kind, channel=channel)
        for kind, channel in chosen.items()
        if channel != "screen"
    )
    session.flush()


def forget(session: Session, now: datetime, days: int) -> int:
    """Delete notifications older than so many days, of everybody; return how many there were."""
    old = Notification.at < now - timedelta(days=days)
    return session.execute(
        delete(Notification).where(old), execution_options={"synchronize_session": False}
    ).rowcount  # pyright: ignore[reportAttributeAccessIssue]


__all__ = [
    "CHANNELS", "REMINDERS", "Pulse", "Told", "forget", "mark_read", "pulse", "sends_letters",
    "set_settings", "settings", "told",
]  # fmt: skip
