"""The first page after logging in."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from kartoteka.app import kartoteka
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import _
from kartoteka.screens import record_page, rights
from kartoteka.screens.page_view import PageView, expose, log_in_first
from kartoteka.screens.requests import db


class IndexView(PageView):
    """Home: panels of plugins, and quick ways to the lists."""

    route_base = ""
    title = _("Home")
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


def _may_add(entity: Entity) -> bool:
    return entity.addable and rights.may("add", entity)


__all__ = ["IndexView"]
