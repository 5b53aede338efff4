"""Keep the ledger of letters to staff: who gets one now, what stands in it, what became of it.

`services.notices` writes down which notification goes by letter. A letter takes all that waits for
one person; the next one to them waits some minutes, so that a flood becomes a few letters. Only
reminders do not wait.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from kartoteka.i18n import gettext
from kartoteka.models.letter import LetterLine, StaffLetter
from kartoteka.models.notification import Notification, NotificationSetting
from kartoteka.models.work import Task
from kartoteka.services import notices, tasks
from kartoteka.services.staff import NOWHERE

Outcome = Literal["sent", "again", "failed", "unknown"]
#: Minutes until a letter that did not go is tried again; after the last it has failed.
PAUSES = (1, 5, 15, 60, 180)
#: A reminder that is older goes by no letter any more: who comes back from leave has the bell.
LATE = timedelta(hours=12)
MOST_AT_ONCE = 500


def remind(session: Session, now: datetime) -> int:
    """Write down which reminders that have come go by letter; return how many: three statements.

    Args:
        session: of the system.
    """
    due = reminders_due(session, now)
    for task in due:
        key = _reminder_key(task)
        notices.notify(
            session, notices.REMINDER, [task.owner_id or 0], entity=Task.__tablename__,
            record_id=task.id, only_key=key,
        )  # fmt: skip
    return len(due)


def reminders_due(session: Session, now: datetime) -> Sequence[Task]:
    """Return tasks that remind now, whose people want it by letter and were not written to yet."""
    people = session.scalars(
        select(NotificationSetting.user_id).where(
            NotificationSetting.kind == notices.REMINDER,
            NotificationSetting.channel.in_(("mail", "both")),
        )
    ).all()
    if not people:
        return []
    moment = tasks.reminds_at()
    found = session.scalars(
        select(Task)
        .where(
            Task.owner_id.in_(people), Task.done_at.is_(None), moment <= now, moment > now - LATE
        )
        .order_by(moment, Task.id)
        .limit(MOST_AT_ONCE)
    ).all()
    keys = {f"{_reminder_key(task)}:{task.owner_id}": task for task in found}
    told = set(
        session.scalars(select(Notification.only_key).where(Notification.only_key.in_(keys)))
    )
    return [task for key, task in keys.items() if key not in told]


def is_due(session: Session, now: datetime, pause: timedelta) -> bool:
    """Say whether there is a letter to make, to send or to give up: at most five statements."""
    left = select(StaffLetter.id).where(
        or_(
            StaffLetter.state == "sending",
            (StaffLetter.state == "waiting") & (StaffLetter.due_at <= now),
        )
    )
    if session.scalar(left.limit(1)) is not None:
        return True
    return bool(_ready(session, now, pause)) or bool(reminders_due(session, now))


def has_address(email: str | None) -> bool:
    """Say whether letters can reach an account; Flask-AppBuilder wants an address of everybody."""
    return "@" in (email or "") and not (email or "").endswith(NOWHERE)


def give_up_begun(session: Session) -> int:
    """Mark letters whose sending was cut off: nobody knows whether they went; return how many."""
    begun = session.scalars(select(StaffLetter).where(StaffLetter.state == "sending")).all()
    for letter in begun:
        letter.state = "unknown"
    session.flush()
    return len(begun)


def make_letters(session: Session, now: datetime, pause: timedelta) -> int:
    """Put what waits for each person into one letter; return how many letters there are."""
    ready = _ready(session, now, pause)
    if not ready:
        return 0
    lines: dict[int, list[int]] = defaultdict(list)
    rows: Any = session.execute(
        select(Notification.recipient_id, LetterLine.id)
        .join(Notification, Notification.id == LetterLine.notification_id)
        .where(LetterLine.letter_id.is_(None), Notification.recipient_id.in_(ready))
    )
    for person, line in rows:
        lines[person].append(line)
    users = {user.id: user for user in session.scalars(select(User).where(User.id.in_(lines)))}
    for person, held in lines.items():
        letter = _letter(users[person], len(held), now)
        session.add(letter)
        session.flush()
        session.execute(
            update(LetterLine).where(LetterLine.id.in_(held)).values(letter_id=letter.id),
            execution_options={"synchronize_session": False},
        )
    return len(lines)


def waiting(session: Session, now: datetime, most: int = MOST_AT_ONCE) -> list[int]:
    """Return the letters that are to be sent now, the oldest first."""
    return list(
        session.scalars(
            select(StaffLetter.id)
            .where(StaffLetter.state == "waiting", StaffLetter.due_at <= now)
            .order_by(StaffLetter.due_at, StaffLetter.id)
            .limit(most)
        )
    )


def notifications_of(session: Session, letter_id: int) -> list[int]:
    """Return the numbers of the notifications in a letter."""
    return list(
        session.scalars(select(LetterLine.notification_id).where(LetterLine.letter_id == letter_id))
    )


def begin(session: Session, letter_id: int) -> StaffLetter:
    """Mark a letter as being sent; the caller commits before it goes out."""
    letter = session.get_one(StaffLetter, letter_id)
    letter.state, letter.tries = "sending", letter.tries + 1
    session.flush()
    return letter


def take_back(session: Session, letter: StaffLetter) -> None:
    """Let a letter wait again that was marked and did not go."""
    letter.state, letter.tries = "waiting", letter.tries - 1
    session.flush()


def settle(
    session: Session, letter: StaffLetter, outcome: Outcome, problem: str, now: datetime
) -> None:
    """Write down what became of a letter; one that may be tried again waits for it."""
    letter.problem = problem[:300] or None
    if outcome == "again" and letter.tries <= len(PAUSES):
        letter.state = "waiting"
        letter.due_at = now + timedelta(minutes=PAUSES[letter.tries - 1])
    else:
        letter.state = "failed" if outcome == "again" else outcome
    if outcome == "sent":
        letter.sent_at = now
    session.flush()


def forget(session: Session, now: datetime, days: int) -> int:
    """Delete letters older than so many days; return how many there were."""
    old = StaffLetter.created_at < now - timedelta(days=days)
    return session.execute(
        delete(StaffLetter).where(old), execution_options={"synchronize_session": False}
    ).rowcount  # pyright: ignore[reportAttributeAccessIssue]


def _ready(session: Session, now: datetime, pause: timedelta) -> list[int]:
    """Return for whom something waits and who got no letter just now, or is reminded."""
    urgent = func.max(Notification.kind == notices.REMINDER)
    if session.get_bind().dialect.name == "postgresql":
        urgent = func.bool_or(Notification.kind == notices.REMINDER)
    rows: Any = session.execute(
        select(Notification.recipient_id, urgent)
        .join(LetterLine, LetterLine.notification_id == Notification.id)
        .where(LetterLine.letter_id.is_(None), Notification.recipient_id.is_not(None))
        .group_by(Notification.recipient_id)
    ).all()
    if not rows:
        return []
    lately = set(
        session.scalars(
            select(StaffLetter.recipient_id).where(
                StaffLetter.recipient_id.in_([row[0] for row in rows]),
                StaffLetter.created_at > now - pause,
            )
        )
    )
    return [person for person, is_urgent in rows if is_urgent or person not in lately]


def _letter(user: User, count: int, now: datetime) -> StaffLetter:
    address = (user.email or "").strip()
    letter = StaffLetter(
        recipient_id=user.id, address=address[:320] or None, count=count, due_at=now,
        state="waiting", tries=0,
    )  # fmt: skip
    if not user.active:
        letter.state, letter.problem = "failed", gettext("The account is closed.")
    elif not has_address(address):
        letter.state, letter.problem = "failed", gettext("This person has no e-mail address.")
    return letter


def _reminder_key(task: Task) -> str:
    moment = task.remind_at or task.due_at
    return f"{notices.REMINDER}:{task.id}@{int(moment.timestamp())}"


__all__ = [
    "Outcome", "begin", "forget", "give_up_begun", "has_address", "is_due", "make_letters",
    "notifications_of",
    "remind", "reminders_due", "settle", "take_back", "waiting",
]  # fmt: skip
