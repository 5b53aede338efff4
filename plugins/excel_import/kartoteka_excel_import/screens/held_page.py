"""Show the rows that are held back, each beside the clients it may be, to be decided about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Client,
    ContactPoint,
    Employment,
    Rejected,
    labels,
    ngettext,
    registry_of,
    visible_fields,
)
from kartoteka_excel_import.checking.deciding import Decision, choice_of
from kartoteka_excel_import.models import ImportHeld, ImportRun
from kartoteka_excel_import.running.decisions import (
    PAGE,
    Decided,
    decide,
    decided_of,
    first_open_page,
    held_rows,
)
from kartoteka_excel_import.running.rest import Together, last_together
from kartoteka_excel_import.screens.held_facts import Fact, facts_of

_FIELDS = ("name", "tax_id", "external_id", "website", "address", "region_id")
_KINDS = ("phone", "mobile", "fax", "email")


@dataclass(frozen=True, kw_only=True, slots=True)
class LikeClient:
    """A client of the base that a row may be. `value` is what the form sends for it."""

    name: str
    address: str
    value: str
    manager: str
    facts: Sequence[Fact]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldShown:
    """One held row with what can be decided about it.

    Args:
        facts: what the row says of its client.
        cells: head and text of the row as it stands in the file.
        chosen: what the form has chosen; empty: nothing was decided.
    """

    row: int
    reason: str
    facts: Sequence[Fact]
    cells: Sequence[tuple[str, str]]
    clients: Sequence[LikeClient]
    chosen: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldPage:
    """A page of held rows.

    Args:
        page, pages: from 1.
        may_be_new: new clients may be added.
        open_page: the page with the first row that is not decided; 0: there is none.
        rest: how many rows are not decided.
        together, undo: what was last decided for all the rest, and the number to take it back by.
    """

    rows: Sequence[HeldShown]
    decided: Decided
    said: str
    page: int
    pages: int
    may_be_new: bool
    open_page: int
    rest: int
    together: str
    undo: int


def held_page(session: Session, run: ImportRun, asked: str) -> HeldPage:
    """Return a page of held rows; clients and fields the person may not see are left out.

    Args:
        asked: the page as it stands in the address; `open`: the first with a row to decide.
    """
    decided = decided_of(session, run)
    pages = max(1, -(-decided.total // PAGE))
    rest = decided.total - decided.decided
    open_page = first_open_page(session, run) if rest else 0
    page = min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 8 else 1
    if asked == "open":
        page = open_page or page
    together = last_together(session, run)
    rows = held_rows(session, run, page)
    ids = {number for held in rows for number in held.about["clients"]}
    clients = _clients(session, ids)
    sides: list[Mapping[str, Any]] = [*clients.values(), *(held.about["said"] for held in rows)]
    regions = labels(session, "region", {one["region_id"] for one in sides if one.get("region_id")})
    owners = {one["owner_id"] for one in clients.values() if one["owner_id"]}
    managers = labels(session, "ab_user", owners)
    titles = _titles(session)
    return HeldPage(
        rows=[_shown(held, clients, regions, managers, titles) for held in rows],
        decided=decided, said=decided_in_words(decided), page=page, pages=pages,
        may_be_new=run.mode != "update",
        open_page=open_page, rest=rest,
        together=_together_in_words(together) if together is not None else "",
        undo=together.number if together is not None else 0,
    )  # fmt: skip


def said_of(session: Session, run: ImportRun) -> dict[str, Any]:
    """Return what the page says when something was decided: how far it is, what is imported."""
    decided = decided_of(session, run)
    found: Mapping[str, Any] = run.preview or {}
    writes = int(found.get("create", 0)) + int(found.get("update", 0)) + decided.taken
    return {"said": decided_in_words(decided), "writes": writes, "button": import_button(writes)}


def decided_in_words(decided: Decided) -> str:
    """Say how far the decisions are."""
    return ngettext(
        "Decided: %(num)s row of %(total)s.", "Decided: %(num)s rows of %(total)s.",
        decided.decided, total=decided.total,
    )  # fmt: skip


def _together_in_words(one: Together) -> str:
    """Say what was decided for all the rest."""
    said = {
        "same": ngettext(
            "For all the rest you said: the same client (%(num)s row).",
            "For all the rest you said: the same client (%(num)s rows).", one.rows,
        ),
        "new": ngettext(
            "For all the rest you said: a new client (%(num)s row).",
            "For all the rest you said: a new client (%(num)s rows).", one.rows,
        ),
        "out": ngettext(
            "For all the rest you said: leave out (%(num)s row).",
            "For all the rest you said: leave out (%(num)s rows).", one.rows,
        ),
    }  # fmt: skip
    return said.get(one.choice, "")


def import_button(writes: int) -> str:
    """Say what the button of the import does."""
    return ngettext("Import %(num)s row", "Import %(num)s rows", writes)


def choices_of(form: Any, page: HeldPage) -> dict[int, Decision | None]:
    """Return what a sent form says of the rows of a page.

    A button for all rows goes before the choices of single ones; the same client is only taken
    where there is one to choose.

    Args:
        form: a MultiDict of what was sent.
        page: the page as it stands; rows that are not on it are left alone.
    """
    every = choice_of(form.get("all"))
    sent = set(form.getlist("row"))
    found: dict[int, Decision | None] = {}
    for held in page.rows:
        if str(held.row) not in sent:
            continue
        text = str(form.get(f"row-{held.row}", ""))
        if every == "same" and len(held.clients) == 1:
            text = held.clients[0].value
        elif every == "out" or (every == "new" and page.may_be_new):
            text = every
        found[held.row] = _decision(text)
    return found


def _decision(text: str) -> Decision | None:
    choice, _mark, number = text.partition(":")
    known = choice_of(choice)
    if known is None:
        return None
    client = int(number) if number.isdecimal() and len(number) < 10 else None
    return Decision(choice=known, client_id=client if known == "same" else None)


def _shown(
    held: ImportHeld, clients: Mapping[int, Mapping[str, Any]], regions: Mapping[int, str],
    managers: Mapping[int, str], titles: Mapping[str, str],
) -> HeldShown:  # fmt: skip
    said = held.about["said"]
    like = [
        LikeClient(
            name=clients[number]["name"], address=url_for("client.show", pk=number),
            value=f"same:{number}", manager=managers.get(clients[number]["owner_id"] or 0, ""),
            facts=facts_of(clients[number], said, titles, regions),
        )
        for number in held.about["clients"]
        if number in clients
    ]  # fmt: skip
    chosen = held.choice or ""
    return HeldShown(
        row=held.row, reason=held.about["reason"], clients=like,
        facts=facts_of(said, None, titles, regions),
        cells=[(head, text) for head, text in held.about["cells"]],
        chosen=f"same:{held.client_id}" if chosen == "same" else chosen,
    )  # fmt: skip


def _clients(session: Session, ids: set[int]) -> dict[int, dict[str, Any]]:
    """Return what the person sees of clients: three statements."""
    if not ids:
        return {}
    entity = registry_of(session).entity
    seen = visible_fields(session, entity("client"))
    names = [name for name in _FIELDS if name in seen]
    columns = [getattr(Client, name) for name in names]
    found: dict[int, dict[str, Any]] = {}
    for number, owner, name, *values in session.execute(
        select(Client.id, Client.owner_id, Client.name, *columns).where(Client.id.in_(sorted(ids)))
    ):
        found[number] = {
            "owner_id": owner if "owner_id" in seen else None, "phones": [], "emails": [],
            **dict(zip(names, values, strict=True)), "name": name,
        }  # fmt: skip
    if "value" not in visible_fields(session, entity("contact_point")):
        return found
    kinds = ContactPoint.kind.in_(_KINDS) & ContactPoint.normalised.is_not(None)
    point = (ContactPoint.kind, ContactPoint.normalised)
    own = select(ContactPoint.client_id, *point).where(ContactPoint.client_id.in_(found), kinds)
    theirs = (
        select(Employment.client_id, *point)
        .join(ContactPoint, ContactPoint.contact_id == Employment.contact_id)
        .where(Employment.client_id.in_(found), Employment.until.is_(None), kinds)
    )
    for query in (own, theirs):
        for number, kind, key in session.execute(query):
            keys: list[str] = found[number or 0]["emails" if kind == "email" else "phones"]
            if key not in keys:
                keys.append(key or "")
    return found


def _titles(session: Session) -> dict[str, str]:
    """Return the titles of what the person may compare."""
    fields = visible_fields(session, registry_of(session).entity("client"))
    return {name: str(fields[name].title) for name in _FIELDS if name in fields}


def decided(session: Session, run: ImportRun, form: Mapping[str, str]) -> str:
    """Take over what a form decides about held rows; return why not, empty when it was taken."""
    page = held_page(session, run, form.get("page", ""))
    try:
        decide(session, run, choices_of(form, page))
    except Rejected as error:
        session.rollback()
        return str(error)
    return ""


__all__ = [
    "HeldPage", "HeldShown", "LikeClient", "choices_of", "decided", "held_page", "said_of",
]  # fmt: skip
