"""The small form that logs a call with its next step, on the pages of clients and deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.errors import Refused
from kartoteka.fields.kinds import Reading
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import ActivityKind
from kartoteka.i18n import gettext
from kartoteka.models import Activity, Task
from kartoteka.screens import forms, rights
from kartoteka.screens.forms import Input, Wrong
from kartoteka.screens.shown import shown_in
from kartoteka.services.activities import NEXT_DUE, NEXT_TITLE, log_activity
from kartoteka.services.records import registry_of
from kartoteka.services.span_words import MORNING

#: Written by the framework, never by hand.
NOT_LOGGED = frozenset({"handover", "mailing"})
#: What the page offers to choose from instead of looking it up.
_CHOSEN = ("contact_id", "deal_id")
#: Fields that are given by the page, or have a place of their own in the form.
_SET_BY_PAGE = frozenset({"kind", "client_id", "contact_id", "deal_id", "author_id"})


@dataclass(frozen=True, kw_only=True, slots=True)
class KindChoice:
    """A kind that can be logged; `key` is the letter that opens the form with it."""

    code: str
    title: str
    icon: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class QuickDay:
    """A day for the next step: its word, and the moment as an input holds it."""

    title: str
    moment: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LogForm:
    """The form as the page shows it.

    Args:
        kinds: what can be logged.
        quick: the days one press away, for the next step.
        inputs: fields everybody fills; `more` those that are folded away.
        is_open: shown unfolded, because something in it has to be corrected.
    """

    kinds: Sequence[KindChoice]
    kind: str
    quick: Sequence[QuickDay]
    inputs: Mapping[str, Input]
    more: Sequence[Input]
    next_title: Input
    next_due_at: Input
    wrong: Sequence[Wrong] = ()
    is_open: bool = False


def log_form(
    session: Session,
    *,
    people: Sequence[tuple[str, str]],
    deals: Sequence[tuple[str, str]] = (),
    typed: Mapping[str, str] | None = None,
    error: Refused | None = None,
) -> LogForm | None:
    """Return the form; None for those who may not add activities.

    Args:
        people, deals: id and name of those to choose from.
        typed: what was sent, when it has to be corrected.
        error: why it was refused.
    """
    if not rights.may("add", "activity"):
        return None
    registry = registry_of(session)
    texts, errors = dict(typed or {}), forms.errors_of(error)
    kinds = _kinds(registry.activity_kinds)
    plain = {name: text for name, text in texts.items() if name not in _CHOSEN}
    groups = forms.groups(session, registry.entity("activity"), plain, plain, errors)
    found = {one.name: one for group in groups for one in group.inputs}
    inputs = {name: found[name] for name in ("subject", "text") if name in found}
    for name, options in zip(_CHOSEN, (people, deals), strict=True):
        if name in found and options:
            inputs[name] = _chosen(found[name], options, texts)
    shown = {*inputs, *_SET_BY_PAGE}
    more = [
        replace(one, required=False) if one.name == "happened_at" else one
        for name, one in found.items()
        if name not in shown and one.widget != "lookup"
    ]
    next_title = Input(
        name=NEXT_TITLE, title=gettext("Next step"), widget="text", max_length=255,
        text=texts.get(NEXT_TITLE, ""), error=errors.get(NEXT_TITLE, ""),
        help=gettext("For example: tomorrow 10:00 send the offer"),
    )  # fmt: skip
    next_due_at = Input(
        name=NEXT_DUE, title=gettext("When"), widget="datetime",
        text=texts.get(NEXT_DUE, ""), error=errors.get(NEXT_DUE, ""),
        help=gettext("Empty: as the words say, else tomorrow morning"),
    )  # fmt: skip
    return LogForm(
        kinds=kinds,
        kind=texts.get("kind") or next((one.code for one in kinds), ""),
        quick=quick_days(session),
        inputs=inputs,
        more=more,
        next_title=next_title,
        next_due_at=next_due_at,
        wrong=forms.wrong([*inputs.values(), *more, next_title, next_due_at], errors),
        is_open=error is not None,
    )


def quick_days(session: Session) -> list[QuickDay]:
    """Return the days most next steps are on, in the morning of the person's time zone."""
    reading: Reading = session.info.get("reading") or Reading()
    today = now().astimezone(reading.tz).date()
    days = (
        (gettext("tomorrow"), today + timedelta(days=1)),
        (gettext("in 2 days"), today + timedelta(days=2)),
        (gettext("in a week"), today + timedelta(days=7)),
        (gettext("in 2 weeks"), today + timedelta(days=14)),
        (gettext("in a month"), today + timedelta(days=30)),
    )
    return [
        QuickDay(title=title, moment=datetime.combine(day, MORNING).isoformat(timespec="minutes"))
        for title, day in days
    ]


def _kinds(declared: Mapping[str, ActivityKind]) -> list[KindChoice]:
    taken: set[str] = set()
    found: list[KindChoice] = []
    for code, kind in declared.items():
        if code in NOT_LOGGED:
            continue
        key = kind.key if kind.key not in taken else ""
        taken.add(key)
        found.append(KindChoice(code=code, title=str(kind.title), icon=kind.icon, key=key))
    return found


def write(
    session: Session, client_id: int, sent: Mapping[str, str], **given: Any
) -> tuple[Activity, Task | None]:
    """Write what the form sent: the activity and its next step, in one transaction.

    Raises:
        Refused: something has to be corrected; nothing was written.
    """
    fields = registry_of(session).fields("activity")
    values = {
        name: text
        for name, text in sent.items()
        if name in fields and name not in {"client_id", "kind"} and text.strip()
    }
    line, due_at = sent.get(NEXT_TITLE, ""), sent.get(NEXT_DUE, "")
    step = (line, due_at) if line.strip() or due_at.strip() else None
    kind = sent.get("kind", "")
    return log_activity(session, client_id, kind, next_step=step, **{**values, **given})


def done_in_words(session: Session, task: Task | None) -> str:
    """Return the sentence that tells the person what was written."""
    if task is None:
        return gettext("Written down.")
    when = shown_in(session).moment(task.due_at)
    return gettext("Written down. Next step, %(when)s: %(title)s.", when=when, title=task.title)


def _chosen(item: Input, options: Sequence[tuple[str, str]], texts: Mapping[str, str]) -> Input:
    """Return a lookup as a plain list: the page knows the few that can be meant."""
    return replace(
        item, widget="select", options=options, lookup="", text=texts.get(item.name, ""),
        required=False,
    )  # fmt: skip
