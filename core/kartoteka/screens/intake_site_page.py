"""The page of a web site that sends requests: its key, and the form to put on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.models.intake import IntakeSite
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.page_view import access, expose
from kartoteka.screens.requests import db
from kartoteka.services import intake_sites, records

#: Stands in the form until a key is made; keys are shown once.
NO_KEY = "KEY"


class IntakeSiteView(EntityView):
    """Web sites: who may change them makes their keys."""

    entity_code = "intake_site"
    show_template = "kartoteka/intake/site.html"

    def show_context(self, session: Session, record: IntakeSite) -> Mapping[str, Any]:
        """Return the address and the form of the site, without its key."""
        return {"key": "", "form_address": _address(NO_KEY)}

    @expose("/key/<int:pk>", methods=["POST"])
    @access("edit")
    def key(self, pk: int) -> ResponseReturnValue:
        """Make a new key and show it; the old one ends at once."""
        session = db()
        site: IntakeSite = records.get(session, self.entity, pk)
        key = intake_sites.new_key(session, site)
        session.commit()
        return self.render(
            "kartoteka/intake/key.html", record=site, key=key, form_address=_address(key),
            title=site.name,
        )  # fmt: skip


def _address(key: str) -> str:
    return url_for("intake.take", key=key, _external=True)


__all__ = ["IntakeSiteView"]
