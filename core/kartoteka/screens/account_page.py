"""The own account of each person: language, time zone, password."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from flask import request, session as cookie, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from kartoteka.app import kartoteka
from kartoteka.config import LANGUAGES
from kartoteka.errors import Invalid
from kartoteka.i18n import _, gettext
from kartoteka.models.people import Staff
from kartoteka.screens import language
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import actor, db
from kartoteka.services import staff


class AccountView(PageView):
    """What each person chooses for themselves."""

    route_base = "/account"
    title = _("My account")
    for_everybody = True

    @expose("/", methods=["GET", "POST"])
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Show the choices, and keep them: the language takes effect with the answer."""
        if request.method == "GET":
            return self._form({})
        session = db()
        chosen = request.form.get("language", "")
        try:
            staff.set_habits(
                session, language=chosen or None, time_zone=request.form.get("time_zone") or None
            )
            session.commit()
        except Invalid as error:
            session.rollback()
            return self._form(error.errors)
        if chosen:
            cookie[language.KEY] = chosen
        else:
            cookie.pop(language.KEY, None)
        refresh()
        return self.back(gettext("Saved."), url_for(".index"))

    def _form(self, errors: dict[str, str]) -> ResponseReturnValue:
        mine = db().get(Staff, actor().user_id)
        page = self.render(
            "kartoteka/account/index.html",
            languages=LANGUAGES,
            zones=time_zones(),
            language=request.form.get("language", (mine.language if mine else None) or ""),
            time_zone=request.form.get("time_zone", (mine.time_zone if mine else None) or ""),
            firm_zone=kartoteka().config.time_zone,
            errors=errors,
        )
        return page, 400 if errors else 200


@cache
def time_zones() -> list[str]:
    """Return the time zones of places people live in."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Pacific/")
    return sorted(zone for zone in available_timezones() if zone.startswith(areas))


__all__ = ["AccountView", "time_zones"]
