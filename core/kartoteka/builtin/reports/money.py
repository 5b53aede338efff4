"""Reports on money and contracts: who owes us, what is to be renewed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from kartoteka.builtin.reports.asked import PEOPLE
from kartoteka.criteria.tree import Tree, field_is
from kartoteka.hooks.contributions.reports import Derived, Figure, Listing, Report, Tone
from kartoteka.i18n import Text, _, ngettext
from kartoteka.models.money import Purchase
from kartoteka.reports.ask import ReportAsk
from kartoteka.services.ledger import OWED
from kartoteka.services.reports import LATER_DAYS, SOON_DAYS


def _overdue(row: Any, ask: ReportAsk) -> int | None:
    return (ask.today - row.due_on).days if row.due_on and row.due_on < ask.today else None


def _days(days: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", days)


def _tone(days: int) -> Tone:
    return "bad" if days > 30 else "warn"


def debts(ask: ReportAsk) -> Sequence[Listing]:
    """Purchases that are not paid in full, the longest overdue first."""
    where: list[Tree] = [field_is("debt", "gt", "0"), *ask.of_people()]
    late = field_is("due_on", "lt", ask.today.isoformat())

    def owed(code: str, title: Text, *more: Tree, how: Any = "sum") -> Figure:
        return Figure(code=code, title=title, entity="purchase", where=[*where, *more],
                      how=how, of="debt" if how == "sum" else "", narrow=_OWED,
                      along=Purchase.due_on)  # fmt: skip

    return [
        Listing(
            entity="purchase", where=where, order="due_on", narrow=_OWED,
            columns=("client_id", "number", "bought_on", "due_on",
                     Derived(code="overdue", title=_("Overdue"), value=_overdue, says=_days,
                             needs=("due_on",), tone=_tone), "amount", "debt"),
            tiles=(owed("owed", _("owed in all")), owed("late", _("of it overdue"), late),
                   owed("count", _("purchases not paid in full"), how="count")),
            empty=_("Nobody owes us anything."),
        )
    ]  # fmt: skip


_OWED = (OWED,)


def contracts(ask: ReportAsk) -> Sequence[Listing]:
    """Contracts that are over or end soon and are not closed, the longest overdue first."""
    soon, later = (ask.today + timedelta(days=days) for days in (SOON_DAYS, LATER_DAYS))
    where: list[Tree] = [field_is("closed_on", "empty"), *ask.of_people()]
    today = ask.today.isoformat()

    def ending(code: str, title: Text, *more: Tree) -> Figure:
        return Figure(code=code, title=title, entity="contract", where=[*where, *more])

    return [
        Listing(
            entity="contract", where=[*where, field_is("ends_on", "le", later.isoformat())],
            order="ends_on",
            columns=("number", "title", "client_id", "ends_on",
                     Derived(code="days", title=_("When"), needs=("ends_on",),
                             value=lambda row, asked: (row.ends_on - asked.today).days,
                             says=_until, tone=_nearness),
                     "amount", "renews_itself", "owner_id"),
            tiles=(
                ending("over", _("are over"), field_is("ends_on", "lt", today)),
                ending("soon", _("end within 30 days"), field_is("ends_on", "ge", today),
                       field_is("ends_on", "le", soon.isoformat())),
                ending("later", _("end within 90 days"),
                       field_is("ends_on", "gt", soon.isoformat()),
                       field_is("ends_on", "le", later.isoformat())),
            ),
            empty=_("No contract ends within 90 days. Contracts are added on the page of their "
                    "client."),
        )
    ]  # fmt: skip


def _until(days: int) -> str:
    if days < 0:
        return ngettext("over for %(num)s day", "over for %(num)s days", -days)
    return ngettext("%(num)s day left", "%(num)s days left", days)


def _nearness(days: int) -> Tone:
    return "bad" if days < 0 else "warn" if days <= SOON_DAYS else ""


REPORTS = (
    Report(
        code="debts", title=_("Debts"), weight=160, entity="purchase",
        about=_("Who owes us, and for how long."), tables=debts, parameters=PEOPLE,
        empty=_("Nobody owes us anything."),
    ),
    Report(
        code="contracts", title=_("Contracts to renew"), weight=170, entity="contract",
        about=_("What is over, and what ends within 90 days."), tables=contracts,
        parameters=PEOPLE,
        empty=_("No contract ends within 90 days. Contracts are added on the page of their "
                "client."),
        note=_("A contract leaves this list when somebody writes the day it was closed into it."),
    ),
)  # fmt: skip
