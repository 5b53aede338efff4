"""The page on which stages are renamed, recoloured, reordered and hidden."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from kartoteka.app import kartoteka
from kartoteka.errors import Invalid
from kartoteka.hooks.contributions import StageKind
from kartoteka.i18n import Text, _, gettext
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.services import stage_settings
from kartoteka.services.deals import StageView, stages_of

KINDS: dict[StageKind, Text] = {
    "open": _("In work"), "deferred": _("Deferred"), "won": _("Won"),
    "delivery": _("In delivery"), "done": _("Done"), "lost": _("Lost"),
}  # fmt: skip


class StagesView(PageView):
    """How the stages of each pipeline are shown."""

    route_base = "/stages"
    title = _("Stages")

    @expose("/")
    @access("change")
    def index(self) -> ResponseReturnValue:
        """Show the stages of every pipeline."""
        return self._page("", {})

    @expose("/<pipeline>", methods=["POST"])
    @access("change")
    def save(self, pipeline: str) -> ResponseReturnValue:
        """Keep how the stages of a pipeline are shown."""
        session, form = db(), request.form
        wishes = {
            code: stage_settings.StageWish(
                title=form.get(f"title.{code}", ""),
                color=form.get(f"color.{code}", ""),
                position=_position(form.get(f"position.{code}", "")),
                is_hidden=form.get(f"hidden.{code}") == "1",
            )
            for code in form.getlist("stage")
        }
        try:
            stage_settings.save(session, pipeline, wishes)
            session.commit()
        except Invalid as error:
            session.rollback()
            return self._page(pipeline, error.errors)
        return self.back(gettext("Saved."), url_for(".index"))

    @expose("/<pipeline>/reset", methods=["POST"])
    @access("change")
    def reset(self, pipeline: str) -> ResponseReturnValue:
        """Show the stages of a pipeline as its plugin declares them."""
        session = db()
        stage_settings.reset(session, pipeline)
        session.commit()
        return self.back(gettext("The stages are as the plugin declares them."), url_for(".index"))

    def _page(self, failed: str, errors: dict[str, str]) -> ResponseReturnValue:
        session = db()
        pipelines = [
            (pipeline, stages_of(session, code, with_hidden=True))
            for code, pipeline in kartoteka().registry.pipelines.items()
        ]
        page = self.render(
            "kartoteka/stages/index.html", pipelines=pipelines, kinds=KINDS, failed=failed,
            errors=errors, held=_typed if errors else _kept,
        )  # fmt: skip
        return page, 400 if errors else 200


def _position(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else -1


def _kept(view: StageView, name: str) -> str:
    """Return what an input holds: what is kept."""
    if name == "hidden":
        return "1" if view.is_hidden else ""
    return str(getattr(view, name))


def _typed(view: StageView, name: str) -> str:
    """Return what an input holds: what was typed, when there is something to correct."""
    code = view.stage.code
    if code not in request.form.getlist("stage"):
        return _kept(view, name)
    return request.form.get(f"{name}.{code}", "")


__all__ = ["StagesView"]
