"""The first page after logging in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.app import kartoteka
from kartoteka.criteria.document import text_of
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import _
from kartoteka.screens import record_page, rights
from kartoteka.screens.page_view import PageView, expose, log_in_first
from kartoteka.screens.requests import db
from kartoteka.screens.shown import shown_in
from kartoteka.services import day_figures


class IndexView(PageView):
    """My day: what waits for the person, panels of plugins, quick ways to the lists."""

    route_base = ""
    title = _("My day")
    default_view = "index"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the home page; a stranger logs in first."""
        if not rights.is_known():
            return log_in_first()
        session = db()
        entities = [
            entity
            for entity in kartoteka().registry.entities.values()
            if entity.menu and rights.may("list", entity)
        ]
        return self.render(
            "kartoteka/home.html", panels=record_page.panels(session, "home"), entities=entities,
            may_add=_may_add,
        )  # fmt: skip

    @expose("/day/figures")
    def figures(self) -> ResponseReturnValue:
        """Return the figures of the day alone; the page asks for them every minute."""
        if not rights.is_known():
            return log_in_first()
        return self.render("kartoteka/home/figures.html", **figures_of(db()))


def figures_of(session: Session) -> Mapping[str, Any]:
    """Return what `home/figures.html` shows: the day in figures."""
    shown = shown_in(session)
    found = day_figures.day_figures(session, shown.today)
    return {"shown": shown, "found": found, "text_of": text_of}


def _may_add(entity: Entity) -> bool:
    return entity.addable and rights.may("add", entity)


__all__ = ["IndexView", "figures_of"]
