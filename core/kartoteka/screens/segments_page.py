"""The page of segments: what they mean, how many belong to them, the way to their lists."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from kartoteka.app import kartoteka
from kartoteka.i18n import _, gettext
from kartoteka.screens import rights
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.services import criteria, segments
from kartoteka.services.segments import Group


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One segment as the page shows it. `exact`: where its count comes from late, if it does."""

    segment: Group
    words: str
    count: str
    href: str
    settings: str
    exact: str = ""


class SegmentsView(PageView):
    """Segments of plugins and of staff, counted among the records the reader sees."""

    route_base = "/segments"
    title = _("Segments")

    @expose("/")
    @access()
    def index(self) -> ResponseReturnValue:
        """Show all segments with live counts."""
        session = db()
        allowed = [one for one in segments.segments(session) if rights.may("list", one.entity)]
        found = segments.counted(session, allowed)
        by_entity: dict[str, list[Group]] = {}
        for one in found:
            by_entity.setdefault(one.entity.code, []).append(one)
        words: dict[tuple[str, str], str] = {}
        for code, group in by_entity.items():
            whole = [one for one in group if one.tree is not None]
            trees = [one.tree for one in whole if one.tree is not None]
            said = criteria.sentences(session, group[0].entity, trees)
            words |= {(code, one.code): text for one, text in zip(whole, said, strict=True)}
        lines = [
            Line(
                segment=one,
                words=words.get((one.entity.code, one.code), ""),
                count=count_in_words(one),
                href=url_for(f"{one.entity.code}.list", view=one.code),
                exact=url_for(".count", entity=one.entity.code, code=one.code)
                if one.is_capped
                else "",
                settings="" if one.is_declared else url_for("saved_view.show", pk=int(one.code)),
            )
            for one in found
        ]
        return self.render("kartoteka/segments/index.html", lines=lines)

    @expose("/count/<entity>/<code>")
    @access("index")
    def count(self, entity: str, code: str) -> ResponseReturnValue:
        """Return how many belong to a segment of which the page knows only that they are many."""
        known = kartoteka().registry.entities.get(entity)
        if known is None or not rights.may("list", known):
            abort(404)
        found = segments.counted_alone(db(), known, code)
        if found is None:
            abort(404)
        return f"<span>{escape(count_in_words(found))}</span>"


def count_in_words(one: Group) -> str:
    """Return how many records belong to a segment, as far as they were counted."""
    if one.count is None:
        return ""
    number = f"{one.count:,}".replace(",", "\u00a0")
    return gettext("more than %(num)s", num=number) if one.is_capped else number


__all__ = ["SegmentsView"]
