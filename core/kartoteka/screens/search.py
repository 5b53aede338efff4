"""Search over everything from the box in the head of each page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.fields.kinds import Reading
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import _
from kartoteka.models.record import Searchable
from kartoteka.screens import rights
from kartoteka.screens.cells import cells_of
from kartoteka.screens.lists import columns_of
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.services import employments
from kartoteka.services.listing import Query, fetch
from kartoteka.services.records import registry_of, visible_fields

FIRST = ("client", "contact", "deal")
MOST = 10
MOST_LENGTH = 200
DETAILS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A record that was found: what it is called, a few words beside, its page."""

    text: str
    detail: str
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """What was found among the records of one kind."""

    entity: Entity
    hits: Sequence[Hit]
    all: str
    has_more: bool


def find(session: Session, typed: str, most: int = MOST) -> list[Hits]:
    """Return what fits the words, by kind of record, of what the person may list."""
    if not typed.strip():
        return []
    entities = [
        e for e in registry_of(session).entities.values() if issubclass(e.model, Searchable)
    ]
    entities.sort(key=lambda e: FIRST.index(e.code) if e.code in FIRST else len(FIRST))
    found: list[Hits] = []
    for entity in entities:
        if not rights.may("list", entity):
            continue
        wanted = Query(search=typed[:MOST_LENGTH], size=most, counted=False, glance=True)
        page = fetch(session, entity, wanted)
        if not page.records:
            continue
        columns = columns_of(entity, visible_fields(session, entity))
        names = [name for name in columns if name != entity.label][:DETAILS]
        jobs = _jobs(session, page.records) if entity.code == "contact" else {}
        if jobs:
            names = []
            columns = {entity.label: columns[entity.label]}
        hits = [
            Hit(
                text=cells[entity.label].text or f"№ {record.id}",
                detail=" · ".join(
                    [
                        *jobs.get(record.id, ()),
                        *(cells[name].text for name in names if cells[name].text),
                    ]
                ),
                href=url_for(f"{entity.code}.show", pk=record.id),
            )
            for record, cells in zip(
                page.records, cells_of(session, columns, page.records), strict=True
            )
        ]
        found.append(
            Hits(
                entity=entity, hits=hits, has_more=bool(page.next),
                all=url_for(f"{entity.code}.list", q=typed),
            )
        )  # fmt: skip
    return found


def _jobs(session: Session, people: Sequence[Any]) -> dict[int, Sequence[str]]:
    """Return where the people found work: that tells namesakes apart."""
    if not rights.may("list", "employment"):
        return {}
    reading: Reading = session.info.get("reading") or Reading()
    today = now().astimezone(reading.tz).date()
    found = employments.reached(session, [one.id for one in people], today)
    return {number: one.jobs for number, one in found.items()}


class SearchView(PageView):
    """The page of results, and suggestions while typing."""

    route_base = "/search"
    title = _("Search")
    for_everybody = True

    @expose("/")
    @access("search")
    def index(self) -> ResponseReturnValue:
        """Show what was found."""
        typed = request.args.get("q", "").strip()[:MOST_LENGTH]
        return self.render("kartoteka/search.html", sought=typed, found=find(db(), typed))

    @expose("/suggest")
    @access("search")
    def suggest(self) -> ResponseReturnValue:
        """Return the same as JSON: `[{"title", "all", "hits": [{"text", "detail", "href"}]}]`."""
        typed = request.args.get("q", "").strip()[:MOST_LENGTH]
        return jsonify(
            [
                {
                    "title": str(group.entity.plural),
                    "all": group.all if group.has_more else "",
                    "hits": [
                        {"text": hit.text, "detail": hit.detail, "href": hit.href}
                        for hit in group.hits
                    ],
                }
                for group in find(db(), typed)
            ]
        )


__all__ = ["Hit", "Hits", "SearchView", "find"]
