"""The page of a region: its passport, our own figures beside it, regions side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.i18n import gettext
from kartoteka.models.client import SIZE_CLASSES
from kartoteka.models.region import SPANS
from kartoteka.screens import rights
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.list_pages import ticked
from kartoteka.screens.page_view import access, expose
from kartoteka.screens.region_map import counted_in, map_page, ours_seen
from kartoteka.screens.requests import db
from kartoteka.screens.shown import sees, shown_in
from kartoteka.screens.trend import trend
from kartoteka.services import regions


class RegionView(EntityView):
    """Regions with their passports."""

    entity_code = "region"
    list_template = "kartoteka/region/list.html"
    show_template = "kartoteka/region/show.html"
    own_children = ("indicator_value", "region_note", "region")

    def show_context(self, session: Session, record: Any) -> Mapping[str, Any]:
        """Return the passport, and which of our figures this reader may see."""
        shown = shown_in(session)
        passport = regions.passport(session, record, shown.today)
        return {
            "passport": passport,
            "trends": {
                line.id: trend(line.series)
                for section in passport.sections
                for line in section.lines
            },
            "shown": shown,
            "spans": SPANS,
            "sizes": SIZE_CLASSES,
            "sees_all": actor_of(session).sees_all,
            "sees_clients": bool(ours_seen(session)),
            "sees_size": sees(session, "client", "size_class"),
            "sees_deals": rights.may("list", "deal"),
            "sees_amounts": sees(session, "deal", "amount"),
            "sees_rivals": rights.may("list", "client_competitor"),
        }

    @expose("/map")
    @access("list")
    def map(self) -> ResponseReturnValue:
        """Show the regions of a country in shades of one figure."""
        page = map_page(db())
        here = request.args.get("on", "")
        return self.render(
            "kartoteka/region/map.html", page=page, title=gettext("Map of regions"),
            here=int(here) if here.isdecimal() and len(here) < 10 else 0,
        )  # fmt: skip

    @expose("/compare")
    @access("list")
    def compare(self) -> ResponseReturnValue:
        """Show indicators of two to four regions side by side."""
        session, ids = db(), ticked()
        shown = shown_in(session)
        found = regions.compare(session, ids, shown.today)
        return self.render(
            "kartoteka/region/compare.html", comparison=found, shown=shown,
            places=range(regions.MOST_COMPARED), are_too_many=len(ids) > regions.MOST_COMPARED,
            lookup=url_for("region.lookup"), spans=SPANS, ours=counted_in(session, found.regions),
            sees_all=actor_of(session).sees_all,
            title=gettext("Compare regions"),
        )  # fmt: skip


__all__ = ["RegionView"]
