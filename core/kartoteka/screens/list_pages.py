"""What is done with a whole list or with the rows ticked in it, on pages of their own.

Addresses; the list is named as in its own address (`?q=`, `?f=`, `?sort=`), ticked rows by `ids=`:

    /client/export         GET asks for the format, POST starts the job
    /client/totals         figures over the list, `by=` groups them
    /client/compare        ticked records side by side
    /client/change         GET asks what to do with them and shows how many, POST starts the job
    /client/undo/<job>     POST takes a mass action back
    /client/ticked/<page>  POST of the ticks: leads to one of these pages
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.builtin.actions import HAND_OVER
from kartoteka.builtin.exports import EXPORT, JOB
from kartoteka.builtin.mass import MASS, UNDO
from kartoteka.errors import Invalid, NotAllowed, Rejected
from kartoteka.hooks.contributions import Action, Entity
from kartoteka.i18n import Text, _, gettext
from kartoteka.screens import forms, list_address, list_tables, lists, rights, view_tabs
from kartoteka.screens.page_view import PageView, access, expose, way_back
from kartoteka.screens.requests import db
from kartoteka.services import exporting, figures, handover_plan, mass, selection as selections
from kartoteka.services.records import visible_fields
from kartoteka.services.selection import Selection


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A button over ticked rows that leads to a page of `ListPages`."""

    page: str
    title: Text
    icon: str


class ListPages(PageView):
    """Pages over a list; every generated view has them."""

    entity: ClassVar[Entity]

    @property
    def may_export(self) -> bool:
        """Say whether the person may export lists."""
        return rights.holds(EXPORT)

    @expose("/export", methods=["GET", "POST"])
    @access("list")
    def export(self) -> ResponseReturnValue:
        """Ask how the list is to be exported, and start the job."""
        if not self.may_export:
            raise NotAllowed(gettext("You have no right to export lists."))
        session, entity = db(), self.entity
        asked, wanted = self.selected()
        chosen = lists.columns_in_force(asked, self.chosen())
        shown = list(lists.columns_of(entity, visible_fields(session, entity), chosen))
        if request.method == "GET":
            return self.render(
                "kartoteka/export.html", title=gettext("Export: %(list)s", list=entity.plural),
                count=selections.count(session, entity, wanted), asked=asked, ids=wanted.ids,
                said=selections.in_words(session, entity, wanted), shown=len(shown),
                every=len(exporting.columns_of(session, entity)) - 1,
            )  # fmt: skip
        form = request.form
        values: dict[str, Any] = {
            "entity": entity.code,
            "format": form.get("format", "xlsx"),
            "selection": selections.plain(wanted),
            "columns": shown if form.get("columns") == "shown" else [],
            "heads": form.get("heads", "titles"),
        }
        return self.run_job(JOB.code, values)

    @expose("/totals")
    @access("list")
    def totals(self) -> ResponseReturnValue:
        """Show figures over the list, with subtotals when it is grouped."""
        session, entity = db(), self.entity
        asked, wanted = self.selected()
        by = request.args.get("by", "")
        found = figures.reckon(session, entity, wanted, (), by)
        return self.render(
            "kartoteka/totals.html", title=gettext("Totals: %(list)s", list=entity.plural),
            asked=asked, found=found, by=by, ids=wanted.ids, names=list_tables.FIGURES,
            tables=list_tables.figure_tables(session, found),
            said=selections.in_words(session, entity, wanted),
            groupings=figures.groupings_of(session, entity).values(),
        )  # fmt: skip

    @expose("/compare")
    @access("list")
    def compare(self) -> ResponseReturnValue:
        """Show ticked records side by side."""
        ids = sorted(ticked())
        if not 2 <= len(ids) <= list_tables.MOST_COMPARED:
            text = gettext("Tick 2 to %(most)s rows to compare.", most=list_tables.MOST_COMPARED)
            raise Rejected(text)
        names, blocks = list_tables.compared(db(), self.entity, ids)
        return self.render(
            "kartoteka/compare.html",
            title=gettext("Comparison: %(list)s", list=self.entity.plural),
            names=names, blocks=blocks, missing=len(ids) - len(names),
            back=way_back(self.page_of_list()),
        )  # fmt: skip

    @expose("/change", methods=["GET", "POST"])
    @access("edit")
    def change(self) -> ResponseReturnValue:
        """Ask what is to be done with many records, then start the job."""
        session, entity = db(), self.entity
        asked, wanted = self.selected()
        form = request.values
        act, name = form.get("act", ""), form.get("field", "")
        values: dict[str, Any] = {"title": form.get("title", ""), "due_at": form.get("due_at", "")}
        brought = mass.actions_of(session, entity)
        chosen = next((one for one in brought if act == _written(one)), None)
        if chosen is not None:
            values = {"action": chosen.code}
        elif act == "set":
            values = {"field": name, "value": ",".join(request.form.getlist(name))}
        elif act == "hand_over":
            taker = form.get("owner_id", "")
            short = taker.isdecimal() and len(taker) < 10
            values = {"owner_id": int(taker) if short else None, "note": form.get("note", "")}
        errors: Mapping[str, str] = {}
        if request.method == "POST":
            try:
                return self.run_job(MASS, {
                    "entity": entity.code, "act": "action" if chosen else act, "values": values,
                    "selection": selections.plain(wanted),
                })  # fmt: skip
            except Invalid as error:
                session.rollback()
                errors = error.errors
        page = self.render(
            "kartoteka/change.html", title=gettext("Change many: %(list)s", list=entity.plural),
            asked=asked, ids=wanted.ids, act=act, field=name, errors=errors, form=form,
            count=selections.count(session, entity, wanted),
            said=selections.in_words(session, entity, wanted),
            settable=mass.settable(session, entity), may_hand_over=rights.holds(HAND_OVER),
            action=chosen, actions=[(_written(one), one) for one in brought],
            takers=handover_plan.takers(session) if act == "hand_over" else (),
            input=_input(session, entity, name, values, errors) if act == "set" else None,
        )  # fmt: skip
        return page, 400 if errors else 200

    @expose("/undo/<int:job_id>", methods=["POST"])
    @access("edit")
    def undo(self, job_id: int) -> ResponseReturnValue:
        """Take a mass action back."""
        return self.run_job(UNDO, {"job": job_id})

    @expose("/ticked/<page>", methods=["POST"])
    @access("list")
    def ticked(self, page: str) -> ResponseReturnValue:
        """Lead from the ticks of a list to a page over them."""
        if page not in {tool.page for tool in self.tools()}:
            abort(404)
        to, ids = way_back(self.page_of_list()), sorted(ticked())
        if not ids:
            return self.back(gettext("Choose rows first."), to, "warning")
        listed = ",".join(map(str, ids[: selections.MOST_TICKED]))
        return redirect(url_for(f"{self.entity.code}.{page}", ids=listed, next=to))

    def tools(self) -> Sequence[Tool]:
        """Return the pages that ticked rows can be taken to."""
        found = [Tool(page="compare", title=_("Compare"), icon="fa-table-columns"),
                 Tool(page="totals", title=_("Totals"), icon="fa-calculator")]  # fmt: skip
        if rights.may("edit", self.entity) and (
            mass.settable(db(), self.entity) or mass.actions_of(db(), self.entity)
        ):
            found.append(Tool(page="change", title=_("Change…"), icon="fa-pen-to-square"))
        if self.may_export:
            found.append(Tool(page="export", title=_("Export"), icon="fa-file-export"))
        return found

    def selected(self) -> tuple[list_address.Asked, Selection]:
        """Return the list and the records that the address of a page names.

        Raises:
            Rejected: the address can not be understood, or names rows and there are none.
        """
        asked = list_address.read(self.entity.code, request.args)
        asked, _tabs = view_tabs.in_force(db(), self.entity, asked, open_default=False)
        if not asked.is_readable:
            raise Rejected(" ".join(asked.errors))
        ids = _ticked_rows()
        if len(ids) > selections.MOST_TICKED:
            text = gettext(
                "Tick at most %(most)s rows, or take the whole list.", most=selections.MOST_TICKED
            )
            raise Rejected(text)
        return asked, Selection(
            filters=asked.filters, search=asked.search, order=asked.query().order,
            criteria=asked.criteria, ids=tuple(ids),
        )  # fmt: skip

    def chosen(self) -> Sequence[str]:
        """Return the columns the person has chosen for this list."""
        return request.cookies.get(f"columns_{self.entity.code}", "")[:2000].split(".")

    def page_of_list(self) -> str:
        """Return the address of the list."""
        return url_for(f"{self.entity.code}.list")


def _written(action: Action) -> str:
    """Return how a mass action of a plugin is called in the form, beside those of the core."""
    return f"action:{action.code}"


def _input(
    session: Session, entity: Entity, name: str, values: Mapping[str, Any],
    errors: Mapping[str, str],
) -> forms.Input | None:  # fmt: skip
    """Return the input of one field, as the form of a record has it."""
    if name not in mass.settable(session, entity):
        return None
    texts = {name: str(values.get("value") or "")}
    groups = forms.groups(session, entity, texts, None, dict(errors))
    found = [one for group in groups for one in group.inputs if one.name == name]
    return found[0] if found else None


def _ticked_rows() -> list[int]:
    """Return the rows an address names; none when it speaks of a whole list.

    Raises:
        Rejected: `ids` is there, but no row: that must not come to mean all of them.
    """
    ids = sorted(ticked())
    if not ids and "ids" in request.values:
        raise Rejected(gettext("Choose rows first."))
    return ids


def ticked() -> Sequence[int]:
    """Return the rows that were ticked, as they come: `ids=1&ids=2` or `ids=1,2`."""
    parts = [part for text in request.values.getlist("ids") for part in text.split(",")]
    found = [int(text) for text in parts if text.isdecimal() and len(text) < 10]
    return [number for number in dict.fromkeys(found) if number]


__all__ = ["ListPages", "ticked"]
