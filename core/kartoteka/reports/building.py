"""Build a report for a reader: every right is asked here, whichever way the report is wanted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping

from babel.dates import format_date
from flask_appbuilder.security.sqla import models as fab
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.access.people import ADMIN
from kartoteka.access.scope import actor_of, unscoped
from kartoteka.errors import NotAllowed
from kartoteka.fields.kinds import Reference
from kartoteka.fields.types import now
from kartoteka.hooks.contributions.reports import Grid, Listing, Report
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.reports import ask as asking, grids, listings
from kartoteka.reports.ask import ReportAsk
from kartoteka.reports.result import Block, Result
from kartoteka.services.records import labels_of_tables, registry_of

#: Records of a listing on a page, and in a file or an answer to a program.
MOST_SHOWN, MOST_WRITTEN = 200, 10_000


def named(session: Session, code: str) -> Report:
    """Return a report that who acts may read.

    Raises:
        NotAllowed: there is none of this code, or the person may not see the list it counts.
    """
    report = registry_of(session).reports.get(code)
    if report is None or report.entity not in lists_open_to(session):
        raise NotAllowed(gettext("There is no such report, or you have no right to it."))
    return report


def open_to(session: Session) -> list[Report]:
    """Return the reports who acts may read, by weight."""
    mine = lists_open_to(session)
    found = [one for one in registry_of(session).reports.values() if one.entity in mine]
    return sorted(found, key=lambda one: one.weight)


def lists_open_to(session: Session) -> Collection[str]:
    """Return the entities whose lists who acts may see, as staff set the rights: one statement."""
    entities = registry_of(session).entities
    actor = actor_of(session)
    if actor.user_id is None or ADMIN in actor.roles:
        return set(entities)
    kept: set[str] | None = actor.cache.get("lists")
    if kept is None:
        roles = fab.assoc_permissionview_role
        statement = (
            select(fab.ViewMenu.name)
            .join(fab.PermissionView, fab.PermissionView.view_menu_id == fab.ViewMenu.id)
            .join(fab.Permission, fab.PermissionView.permission_id == fab.Permission.id)
            .join(roles, roles.c.permission_view_id == fab.PermissionView.id)
            .join(fab.Role, fab.Role.id == roles.c.role_id)
            .where(fab.Permission.name == "can_list", fab.Role.name.in_(sorted(actor.roles)))
        )
        with unscoped(session, "which lists may this person see?"):
            names = set(session.scalars(statement))
        by_name = {"".join(part.capitalize() for part in code.split("_")): code
                   for code in entities}  # fmt: skip
        kept = {by_name[name] for name in names & set(by_name)}
        actor.cache["lists"] = kept
    return kept


def build(
    ask: ReportAsk, most: int = MOST_SHOWN, told: Callable[[int], None] = lambda done: None
) -> Result:
    """Return a report with all its figures.

    Args:
        most: records of each listing.
        told: called with the number of statements after each of them; what it raises ends the work.

    Raises:
        NotAllowed: all of it is hidden from the person.
        Invalid: a period that is too long to be read.
    """
    may_list = lists_open_to(ask.session)
    ask.cache["told"] = told
    blocks: list[Block] = []
    for table in ask.report.tables(ask):
        if isinstance(table, Grid):
            block = grids.block_of(ask, table, may_list)
        elif isinstance(table, Listing):
            block = listings.block_of(ask, table, may_list, most)
        else:
            block = listings.plain_block(ask, table)
        if block is not None:
            blocks.append(block)
    if not blocks:
        raise NotAllowed(gettext("You have no right to this page."))
    return Result(
        code=ask.report.code, title=str(ask.report.title), at=now().isoformat(),
        said=said(ask), blocks=blocks,
    )  # fmt: skip


def said(ask: ReportAsk) -> list[str]:
    """Return what was asked as short sentences."""
    found: list[str] = []
    if ask.report.period:
        first, last = (
            format_date(day, "medium", locale=ask.reader.reading.babel)
            for day in (ask.since, ask.until)
        )
        found.append(first if first == last else f"{first} – {last}")
    for parameter in ask.report.parameters:
        value = ask.given.get(parameter.code)
        if value is None:
            continue
        kind = parameter.kind
        if isinstance(kind, Reference):
            names = labels_of_tables(ask.session, {kind.table: {value}}).get(kind.table, {})
            text = names.get(value, gettext("hidden"))
        else:
            text = kind.show(value, ask.reader.reading)
        found.append(f"{parameter.title}: {text}")
    return found


def is_heavy(ask: ReportAsk) -> bool:
    """Say whether a report is too much for a page: there are so many clients that a job builds it.

    The rows of one manager are few. Numbers of clients are given in turn, so the last one says
    enough, at no cost.
    """
    actor, report = actor_of(ask.session), ask.report
    sees_many = actor.sees_all or bool(actor.department_ids)
    if report.heavy_from is None or not sees_many or ask.given.get("manager") is not None:
        return False
    with unscoped(ask.session, "how large is the base?"):
        return (ask.session.scalar(select(func.max(Client.id))) or 0) >= report.heavy_from


def sight(session: Session) -> str:
    """Return a mark of whose rows and which fields who acts sees now.

    A result that was kept under another one is not shown any more.
    """
    actor = actor_of(session)
    whose = (
        actor.user_id, actor.sees_all, sorted(actor.roles), sorted(actor.owner_ids),
        sorted(actor.department_ids), sorted(actor.beside_ids), sorted(lists_open_to(session)),
    )  # fmt: skip
    return hashlib.sha256(json.dumps(whose).encode()).hexdigest()[:24]


def asked(session: Session, code: str, sent: Mapping[str, str]) -> ReportAsk:
    """Return the asking of a report by its code.

    Raises:
        NotAllowed: there is no such report for this person.
        Invalid: a sentence for each value that does not fit.
    """
    return asking.read(session, named(session, code), sent)


__all__ = [
    "MOST_SHOWN", "MOST_WRITTEN", "asked", "build", "is_heavy", "lists_open_to", "named",
    "open_to", "said", "sight",
]  # fmt: skip
