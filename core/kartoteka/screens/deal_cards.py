"""The cards of a board: deals as a person reads them at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from babel.dates import format_skeleton
from sqlalchemy.orm import Session

from kartoteka.fields.types import now
from kartoteka.hooks.contributions import RowStyle
from kartoteka.i18n import gettext
from kartoteka.models import Deal
from kartoteka.screens.card_words import Words
from kartoteka.screens.client_marks import client_marks
from kartoteka.screens.lists import row_styles
from kartoteka.screens.shown import sees
from kartoteka.services import records
from kartoteka.services.deal_lines import is_overdue
from kartoteka.services.deals import StageView

When = Literal["late", "today", "later", "closed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DealCard:
    """A deal on the board. What the reader may not see is empty.

    Args:
        day: of the next step, to come back on, or of closing; `day_says` what it is, in words.
        stayed: days in the stage, beside those allowed; `stayed_says` the same in words.
        client_style, style: how plugins mark the client and the deal.
    """

    deal: Deal
    client: str
    client_style: RowStyle | None
    style: RowStyle | None
    amount: str
    day: str
    day_says: str
    when: When
    stayed: str
    stayed_says: str
    is_overdue: bool
    manager: str
    initials: str


def cards_of(
    session: Session, deals: Sequence[Deal], stages: Sequence[StageView]
) -> list[DealCard]:
    """Return deals as cards: two statements and those of plugins, whatever their number."""
    if not deals:
        return []
    words = Words(session.info["reading"])
    entity = records.registry_of(session).entity("deal")
    by_code = {view.stage.code: view for view in stages}
    names = records.labels_of_tables(
        session,
        {
            "client": {deal.client_id for deal in deals},
            "ab_user": {deal.owner_id for deal in deals if deal.owner_id is not None},
        },
    )
    marks = client_marks(session, {deal.client_id for deal in deals})
    styles = row_styles(session, entity, deals)
    seen = {
        name: sees(session, "deal", name)
        for name in ("amount", "next_step_on", "recheck_on", "closed_at", "owner_id", "stage_since")
    }
    found: list[DealCard] = []
    for deal in deals:
        view = by_code.get(deal.stage)
        late = seen["stage_since"] and is_overdue(deal, view.stage if view else None)
        stayed, stayed_says = _stayed(deal, view) if seen["stage_since"] else ("", "")
        manager = names["ab_user"].get(deal.owner_id or 0, "") if seen["owner_id"] else ""
        day, when, says = _day(deal, view, words, seen)
        found.append(
            DealCard(
                deal=deal, client=names["client"].get(deal.client_id, ""),
                client_style=marks.get(deal.client_id), style=styles.get(deal.id),
                amount=words.money(deal.amount, deal.amount_currency) if seen["amount"] else "",
                day=day, day_says=says, when=when, stayed=stayed, stayed_says=stayed_says,
                is_overdue=late, manager=manager,
                initials="".join(part[0] for part in manager.split()[:2]),
            )
        )  # fmt: skip
    return found


def _day(
    deal: Deal, view: StageView | None, words: Words, seen: dict[str, bool]
) -> tuple[str, When, str]:
    """Return the day a card shows, how near it is, and what it is."""
    if deal.closed_at is not None:
        if not seen["closed_at"]:
            return "", "closed", ""
        day = deal.closed_at.astimezone(words.reading.tz).date()
        full = gettext("closed on %(day)s", day=words.day(day))
        return _short(day, words), "closed", full
    is_deferred = view is not None and view.stage.kind == "deferred"
    name = "recheck_on" if is_deferred else "next_step_on"
    day: date | None = getattr(deal, name) if seen[name] else None
    if day is None:
        return "", "later", ""
    when: When = "late" if day < words.today else "today" if day == words.today else "later"
    full = words.day(day)
    if is_deferred:
        says = gettext("come back on %(day)s", day=full)
    elif when == "late":
        says = gettext("Next step: %(day)s, overdue", day=full)
    else:
        says = gettext("Next step: %(day)s", day=full)
    return gettext("today") if when == "today" else _short(day, words), when, says


def _short(day: date, words: Words) -> str:
    """Return a day without what everybody knows: this year."""
    skeleton = "MMMd" if day.year == words.today.year else "yMMMd"
    return format_skeleton(
        skeleton, datetime(day.year, day.month, day.day), locale=words.reading.babel
    )


def _stayed(deal: Deal, view: StageView | None) -> tuple[str, str]:
    """Return the days in the stage beside its limit: short, and in words."""
    if deal.closed_at is not None:
        return "", ""
    days = max(0, (now() - deal.stage_since).days)
    limit = view.stage.max_days if view else None
    if limit is None:
        return gettext("%(num)s d", num=days), gettext("Days in this stage: %(num)s", num=days)
    return (
        gettext("%(num)s of %(limit)s d", num=days, limit=limit),
        gettext("Days in this stage: %(num)s of %(limit)s allowed", num=days, limit=limit),
    )


__all__ = ["DealCard", "cards_of"]
