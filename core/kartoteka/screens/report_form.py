"""The form over a report: its period and what else may be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kartoteka.access.scope import actor_of
from kartoteka.criteria.facts import Parameter
from kartoteka.fields.kinds import Choice, Reference
from kartoteka.hooks.contributions.reports import Report
from kartoteka.i18n import Text, gettext
from kartoteka.models.people import Department, Staff
from kartoteka.reports import periods
from kartoteka.reports.ask import ReportAsk
from kartoteka.services.records import labels

_MOST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportInput:
    """One choice of the form. Without options it is typed, or looked up."""

    name: str
    title: Text
    value: str
    options: Sequence[tuple[str, str]] = ()
    lookup: str = ""
    label: str = ""
    error: str = ""


def sent(report: Report, args: MultiDict[str, str]) -> dict[str, str]:
    """Return what an address asks of a report; what else stands in it is not for us.

    Days that were typed go before the named period that stood beside them.
    """
    names = {one.code for one in report.parameters}
    found = {name: args[name][:200] for name in args if name in names}
    if report.period:
        found |= {name: args[name][:40] for name in ("period", "since", "until") if name in args}
        shown = (args.get("shown_since"), args.get("shown_until"))
        if None not in shown and (args.get("since"), args.get("until")) != shown:
            found["period"] = periods.DAYS
    return found


def inputs(
    session: Session, report: Report, ask: ReportAsk | None, given: Mapping[str, str],
    errors: Mapping[str, str],
) -> list[ReportInput]:  # fmt: skip
    """Return the choices of the form with what is chosen.

    Args:
        ask: what was asked; None when it could not be read, then `given` is shown as it was typed.
    """
    found: list[ReportInput] = []
    if report.period:
        named = periods.choices_for(report.period)
        chosen = ask.period if ask is not None else given.get("period") or report.period
        options = [(code, str(title)) for code, title in named.items()]
        if chosen not in named and chosen in periods.ALL:
            options.append((chosen, str(periods.ALL[chosen])))
        options.append((periods.DAYS, gettext("chosen days")))
        found.append(ReportInput(name="period", title=gettext("Period"), value=chosen,
                                 options=options, error=errors.get("period", "")))  # fmt: skip
        days = {"since": gettext("First day"), "until": gettext("Last day")}
        for name, title in days.items():
            day = getattr(ask, name).isoformat() if ask is not None else given.get(name, "")
            found.append(ReportInput(name=name, title=title, value=day,
                                     error=errors.get(name, "")))  # fmt: skip
    for one in report.parameters:
        item = _input(session, one, ask, given.get(one.code, ""), errors.get(one.code, ""))
        if item is not None:
            found.append(item)
    return found


def _input(
    session: Session, parameter: Parameter, ask: ReportAsk | None, typed: str, error: str
) -> ReportInput | None:
    kind = parameter.kind
    value = typed if ask is None else kind.edit(ask.given[parameter.code], ask.reader.reading)
    options: list[tuple[str, str]] = []
    lookup = label = ""
    if isinstance(kind, Choice):
        options = [(code, str(title)) for code, title in kind.options.items()]
        if len(options) < 2:
            return None
        if parameter.default is None:
            options.insert(0, ("", gettext("all")))
    elif isinstance(kind, Reference) and kind.table == User.__tablename__:
        options = _people(session, value)
        if len(options) < 2:
            return None
        options.insert(0, ("", gettext("everybody")))
    elif isinstance(kind, Reference) and kind.table == Department.__tablename__:
        rows = session.execute(select(Department.id, Department.name).order_by(Department.name))
        options = [(str(row[0]), row[1]) for row in rows]
        if len(options) < 2 or not (actor_of(session).sees_all or actor_of(session).department_ids):
            return None
        options.insert(0, ("", gettext("all")))
    elif isinstance(kind, Reference):
        lookup = f"/{kind.table}/lookup"
        if _is_number(value):
            label = labels(session, kind.table, {int(value)}).get(int(value), "")
    return ReportInput(
        name=parameter.code, title=parameter.title, value=value, options=options, lookup=lookup,
        label=label, error=error,
    )  # fmt: skip


def _people(session: Session, chosen: str) -> list[tuple[str, str]]:
    """Return the people whose rows the reader sees."""
    actor = actor_of(session)
    asked = select(User.id, User.first_name, User.last_name).join(Staff, Staff.id == User.id)
    asked = asked.where(User.active.is_(True))
    if not actor.sees_all:
        theirs = [*actor.owner_ids, actor.user_id or 0]
        asked = asked.where(
            or_(User.id.in_(theirs), Staff.department_id.in_(sorted(actor.department_ids)))
        )
    rows = session.execute(asked.order_by(User.first_name, User.last_name).limit(_MOST))
    found = [(str(row[0]), f"{row[1]} {row[2]}".strip()) for row in rows]
    if _is_number(chosen) and chosen not in dict(found):
        names = labels(session, User.__tablename__, {int(chosen)})
        found += [(str(number), name) for number, name in names.items()]
    return found


def _is_number(text: str) -> bool:
    """Say whether a text may be the number of a record."""
    return text.isascii() and text.isdecimal() and len(text) < 10


__all__ = ["ReportInput", "inputs", "sent"]
