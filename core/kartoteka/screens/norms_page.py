"""Screens of norms: whom to call now and why, how managers keep the norms, their numbers."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid, NotAllowed
from kartoteka.fields.kinds import as_typed
from kartoteka.i18n import _, gettext
from kartoteka.screens import rights
from kartoteka.screens.card_words import Words
from kartoteka.screens.client_marks import client_marks
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db, reading
from kartoteka.services import norms
from kartoteka.services.norms import NormView, NormWish
from kartoteka.services.numbers_to_call import numbers_of


class CallQueueView(PageView):
    """The own clients to call now, most urgent first."""

    route_base = "/call-now"
    title = _("Call now")

    @expose("/")
    @access()
    def index(self) -> ResponseReturnValue:
        """Show the whole queue."""
        session = db()
        has_norms = any(
            view.norm.fact and not view.is_off for view in norms.norms_in_force(session)
        )
        shown = queue_of(session, norms.MOST_CALLS)
        # Looked for only where nobody is to be called, to say why.
        has_clients = bool(shown["found"].calls) or norms.has_own_clients(session)
        return self.render(
            "kartoteka/norms/queue.html", has_norms=has_norms, has_clients=has_clients, **shown
        )


class NormsView(PageView):
    """Compliance with the norms; the director changes their numbers."""

    route_base = "/norms"
    title = _("Norms")

    @expose("/")
    @access()
    def index(self) -> ResponseReturnValue:
        """Show how each manager keeps each norm."""
        return self.render("kartoteka/norms/managers.html", found=norms.compliance(db()),
                           may_change=_may_change(), shown=Words(reading()))  # fmt: skip

    @expose("/numbers", methods=["GET", "POST"])
    @access("index")
    def numbers(self) -> ResponseReturnValue:
        """Show the numbers of all norms, and keep what was changed."""
        if not _may_change():
            raise NotAllowed(gettext("You have no right to this page."))
        session, form = db(), request.form
        if request.method == "GET":
            return self._page({})
        wishes = {
            code: NormWish(
                least=form.get(f"least.{code}", ""),
                most=form.get(f"most.{code}", ""),
                is_off=form.get(f"off.{code}") == "1",
            )
            for code in form.getlist("norm")
        }
        try:
            norms.save(session, wishes)
            session.commit()
        except Invalid as error:
            session.rollback()
            return self._page(error.errors)
        return self.back(gettext("Saved."), url_for(".index"))

    def _page(self, errors: dict[str, str]) -> ResponseReturnValue:
        page = self.render(
            "kartoteka/norms/numbers.html", views=norms.norms_in_force(db()), errors=errors,
            held=_typed if errors else _kept,
        )  # fmt: skip
        return page, 400 if errors else 200


def queue_of(session: Session, most: int) -> dict[str, Any]:
    """Return what `norms/rows.html` shows: whom to call, under which number, how it is marked."""
    found = norms.call_queue(session, most)
    clients = [call.client_id for call in found.calls]
    return {
        "found": found, "numbers": numbers_of(session, clients), "words": Words(reading()),
        "marks": client_marks(session, clients),
    }  # fmt: skip


def _may_change() -> bool:
    return rights.may("edit", "norm_setting")


def _kept(view: NormView, name: str) -> str:
    if name == "off":
        return "1" if view.is_off else ""
    value = view.least if name == "least" else view.most
    return as_typed(value, reading())


def _typed(view: NormView, name: str) -> str:
    return request.form.get(f"{name}.{view.norm.code}", "")


__all__ = ["CallQueueView", "NormsView", "queue_of"]
