"""The page of a deal: where it stands, how it came there, and the moves it can make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.errors import EditConflict, NotAllowed, Refused
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.models import Client, Deal, LostReason, StageChange, Task
from kartoteka.screens import (
    activity_log,
    conflict,
    dmu_map,
    forms,
    meanwhile,
    record_page,
    rights,
)
from kartoteka.screens.card_words import Words
from kartoteka.screens.cells import label_of
from kartoteka.screens.deal_board import BoardPages
from kartoteka.screens.errors import page as error_page, status_of
from kartoteka.screens.forms import Group, Input
from kartoteka.screens.page_view import access, expose, wants_json, way_back
from kartoteka.screens.requests import db, reading
from kartoteka.screens.shown import sees
from kartoteka.services import deals, dmu, employments, records
from kartoteka.services.deal_lines import is_overdue
from kartoteka.services.deals import StageView
from kartoteka.services.records import registry_of
from kartoteka.services.timeline import Names, kinds_of, timeline


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A stage in the bar over a deal."""

    view: StageView
    is_here: bool
    was_here: bool
    can_enter: bool
    asks: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One move in the history of a deal, in words."""

    old: str
    new: StageView | None
    code: str
    when: str
    who: str
    stayed: str
    reason: str
    note: str


class DealView(BoardPages):
    """Screens of deals."""

    entity_code = "deal"
    show_template = "kartoteka/deal/show.html"
    form_template = "kartoteka/deal/form.html"
    own_children = ("stage_change", "activity", "task")

    def render(self, template: str, **context: Any) -> str:
        """Return a page; the form asks for the pipeline only when there are several."""
        if template == self.form_template and "groups" in context:
            hidden, groups = _without_lone_choice(context["groups"], "pipeline")
            context |= {"groups": groups, "hidden": hidden}
        return super().render(template, **context)

    @expose("/show/<int:pk>")
    @access("show")
    def show(self, pk: int) -> ResponseReturnValue:
        """Show a deal with its way through the pipeline."""
        session = db()
        return self._page(session, records.get(session, self.entity, pk))

    @expose("/move/<int:pk>", methods=["GET", "POST"])
    @access("edit")
    def move(self, pk: int) -> ResponseReturnValue:
        """Move a deal to another stage; asks for what the stage demands.

        A script is answered in JSON: `message` when it is done or can not be, `form` when
        something has to be answered first. It sends `ask` to be asked, and the `version` shown.
        """
        session = db()
        deal: Deal = records.get(session, self.entity, pk)
        stage = request.values.get("stage", "")
        if (deal.pipeline, stage) not in deals.all_stages(session):
            sentence = gettext("There is no stage “%(code)s” for this deal.", code=stage[:60])
            return error_page(404, sentence)
        back = way_back(url_for("deal.show", pk=pk))
        if told := self._meanwhile(session, deal):
            return self._refused(told, back, 409)
        found = [view for view in deals.next_stages(session, deal) if view.stage.code == stage]
        if not found:
            return self._refused(gettext("The deal can not go there from here."), back, 400)
        if request.method == "GET" or (request.form.get("ask") and _asks(deal, found[0])):
            return self._move_form(session, deal, found[0], {}, None)
        try:
            deals.move_deal(session, deal, stage, **_asked(session, request.form))
            session.commit()
        except EditConflict:
            session.rollback()
            deal = records.get(session, self.entity, pk)
            sentence = gettext("Somebody has changed this meanwhile. Look at it and try again.")
            return self._refused(self._meanwhile(session, deal) or sentence, back, 409)
        except Refused as error:
            session.rollback()
            deal = records.get(session, self.entity, pk)
            return self._move_form(session, deal, found[0], request.form, error)
        message = gettext("Now in stage: %(stage)s.", stage=found[0].title)
        return jsonify({"message": message}) if wants_json() else self.back(message, back)

    def _meanwhile(self, session: Session, deal: Deal) -> str:
        """Return what others changed since the version that was sent; nothing where none was."""
        if request.method == "GET":
            return ""
        return meanwhile.told(session, self.entity, deal, conflict.version_of(request.form, deal))

    def _refused(self, sentence: str, back: str, status: int) -> ResponseReturnValue:
        if wants_json():
            return jsonify({"message": sentence, "errors": {}}), status
        return self.back(sentence, back, "warning")

    @expose("/log/<int:pk>", methods=["POST"])
    @access("show")
    def log(self, pk: int) -> ResponseReturnValue:
        """Write down a call about this deal with its next step."""
        if not rights.may("add", "activity"):
            raise NotAllowed(gettext("You have no right to this page."))
        session = db()
        deal: Deal = records.get(session, self.entity, pk)
        try:
            _activity, task = activity_log.write(
                session, deal.client_id, request.form, deal_id=deal.id
            )
            session.commit()
        except Refused as error:
            session.rollback()
            deal = records.get(session, self.entity, pk)
            return self._page(session, deal, request.form, error), 400
        return self.back(activity_log.done_in_words(session, task), to=url_for("deal.show", pk=pk))

    def _page(
        self, session: Session, deal: Deal,
        typed: Mapping[str, str] | None = None, error: Refused | None = None,
    ) -> str:  # fmt: skip
        words = Words(reading())
        stages = deals.all_stages(session)
        moves = deals.stage_history(session, deal.id)
        client = session.get(Client, deal.client_id)
        jobs = employments.jobs_at(session, deal.client_id)
        people = [contact for contact, _position in jobs]
        tasks = list(
            session.scalars(
                select(Task)
                .where(Task.deal_id == deal.id, Task.done_at.is_(None))
                .order_by(Task.due_at)
                .limit(50)
            )
        )
        units, without = self._units(session, deal, {one.id: job for one, job in jobs})
        names = records.labels(
            session, "ab_user",
            {seat.assessed_by_id for unit in units for seat in unit.seats
             if seat.assessed_by_id is not None}
            | {move.moved_by_id for move in moves if move.moved_by_id is not None}
            | {task.owner_id for task in tasks if task.owner_id is not None},
        )  # fmt: skip
        known = Names(
            users=names, contacts={one.id: one.name for one in people}, deals={deal.id: deal.title}
        )
        here = stages.get((deal.pipeline, deal.stage))
        label = label_of(session, self.entity, deal)
        context = {
            "record": deal, "label": label, "title": label, "client": client, "words": words,
            "here": here,
            "steps": self._steps(session, deal, moves, stages),
            "stayed": words.span((now() - deal.stage_since).total_seconds()),
            "is_overdue": is_overdue(deal, here.stage if here else None),
            "moves": _in_words(session, moves, stages, names, words),
            "reason": _reason(session, deal),
            "tasks": tasks, "names": names, "now": now(),
            "units": units, "maps": dmu_map.maps(units, url_for("deal.show", pk=deal.id)),
            "without": without, "users": names, "has_people": bool(people),
            "log": activity_log.log_form(
                session, people=[(str(one.id), one.name) for one in people], typed=typed,
                error=error,
            ),
            "log_to": url_for("deal.log", pk=deal.id),
            "timeline": timeline(session, deal.client_id, _shown_kinds(session), size=100,
                                 deal_id=deal.id, known=known),
            "all_kinds": kinds_of(session), "stages": stages, "of_deal": True, "kind": "",
            "sees": partial(sees, session),
            "blocks": record_page.blocks(session, self.entity, deal),
            "children": record_page.child_lists(session, self.entity, deal, self.own_children),
            "history": record_page.history(session, self.entity, deal.id),
            "actions": record_page.actions_for(session, self.entity),
        }  # fmt: skip
        panels = record_page.panels(session, self.entity.code, deal)
        return self.render(self.show_template, **context, panels=panels)

    def _units(
        self, session: Session, deal: Deal, jobs: Mapping[int, str]
    ) -> tuple[list[dmu.Unit], frozenset[str]]:
        """Return who decides in this deal, else at the client, and what the reader may not list."""
        asked = ("dmu", "dmu_member", "dmu_relation", "contact", "employment")
        without = frozenset(code for code in asked if not rights.may("list", code))
        if without & {"dmu", "dmu_member"}:
            return [], without
        units = dmu.units_of(session, deal.client_id, jobs, without)
        own = [unit for unit in units if unit.dmu.deal_id == deal.id]
        return own or [unit for unit in units if unit.dmu.deal_id is None], without

    def _steps(
        self, session: Session, deal: Deal, moves: Sequence[StageChange],
        stages: Mapping[tuple[str, str], StageView],
    ) -> list[Step]:  # fmt: skip
        open_ways = set[str]()
        if self.may("edit") and (deal.pipeline, deal.stage) in stages:
            open_ways = {view.stage.code for view in deals.next_stages(session, deal)}
        been = {move.new_stage for move in moves}
        shown = [
            view for (pipeline, _code), view in stages.items()
            if pipeline == deal.pipeline and (not view.is_hidden or view.stage.code == deal.stage)
        ]  # fmt: skip
        return [
            Step(
                view=view, is_here=view.stage.code == deal.stage,
                was_here=view.stage.code in been, can_enter=view.stage.code in open_ways,
                asks=_asks(deal, view),
            )
            for view in shown
        ]  # fmt: skip

    def _move_form(
        self, session: Session, deal: Deal, to: StageView, typed: Mapping[str, str],
        error: Refused | None,
    ) -> ResponseReturnValue:  # fmt: skip
        errors = forms.errors_of(error)
        texts = forms.texts_of(session, self.entity, deal)
        if deal.amount is None:
            texts["amount_currency"] = str(session.info.get("currency", ""))
        texts.update({name: text for name, text in typed.items() if name in texts})
        wanted = {
            name: one
            for group in forms.groups(session, self.entity, texts, None, errors)
            for one in group.inputs
            if (name := one.name) in to.stage.requires
        }
        own = _own_inputs(session, to)
        if error is not None and wants_json() and not errors.keys() & {*wanted, *dict(own)}:
            return self._refused("; ".join(errors.values()), "", status_of(error))
        page = self.render(
            "kartoteka/deal/move_form.html" if wants_json() else "kartoteka/deal/move.html",
            record=deal, to=to, title=gettext("Move the deal"),
            inputs_wanted=[wanted[name] for name in to.stage.requires if name in wanted],
            reasons=_reasons(session, to), sent=typed, errors=errors,
            proposed=_recheck_day(session, to), back=way_back(url_for("deal.show", pk=deal.id)),
            wrong=forms.wrong([*wanted.values(), *own], errors),
        )  # fmt: skip
        status = status_of(error) if error else 200
        return (jsonify({"form": page}) if wants_json() else page), status


def _own_inputs(session: Session, to: StageView) -> list[tuple[str, str]]:
    """Return what the form of a move asks beside fields of the deal: names and titles."""
    fields = registry_of(session).fields(registry_of(session).entity("deal"))
    names = {"lost": ["lost_reason_id"], "deferred": ["recheck_on"]}.get(to.stage.kind, [])
    return [(name, str(fields[name].title)) for name in names]


def _asked(session: Session, sent: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of a move from its form, read as their fields read them."""
    entity = registry_of(session).entity("deal")
    fields = registry_of(session).fields(entity)
    read = session.info["reading"]
    values: dict[str, Any] = {
        name: fields[name].kind.parse(sent.get(name, ""), read)
        for name in ("lost_reason_id", "recheck_on")
        if _fits(fields[name], sent.get(name, ""), read)
    }
    own = {
        name: text
        for name, text in sent.items()
        if name in records.editable_fields(session, entity) and name != "pipeline"
    }
    own = forms.without_lone_currency(session, entity, own)
    return {
        **values,
        # Not called "note": a deal has a field of that name, which some stages may demand.
        "note": sent.get("how", "").strip()[:500],
        "values": records.read_values(session, entity, own),
    }


def _fits(field: Any, text: str, read: Any) -> bool:
    """Leave out what can not be read: the stage then says what it wants."""
    try:
        field.kind.parse(text, read)
    except ValueError:
        return False
    return True


def _asks(deal: Deal, view: StageView) -> bool:
    """Say whether a move to a stage has to ask something first."""
    stage = view.stage
    missing = any(getattr(deal, name) in (None, "", ()) for name in stage.requires)
    return missing or stage.kind in ("lost", "deferred")


def _reasons(session: Session, to: StageView) -> list[tuple[int, str]]:
    if to.stage.kind != "lost":
        return []
    wanted = select(LostReason.id, LostReason.name).where(LostReason.is_active)
    if to.stage.lost_reasons:
        wanted = wanted.where(LostReason.code.in_(to.stage.lost_reasons))
    return [(number, name) for number, name in session.execute(wanted.order_by(LostReason.name))]


def _reason(session: Session, deal: Deal) -> str:
    if deal.lost_reason_id is None:
        return ""
    found = records.labels(session, "lost_reason", {deal.lost_reason_id})
    return found.get(deal.lost_reason_id, "")


def _recheck_day(session: Session, to: StageView) -> str:
    if to.stage.kind != "deferred":
        return ""
    today = now().astimezone(session.info["reading"].tz).date()
    return (today + timedelta(days=to.stage.recheck_days)).isoformat()


def _in_words(
    session: Session, moves: Sequence[StageChange], stages: Mapping[tuple[str, str], StageView],
    names: Mapping[int, str], words: Words,
) -> list[Move]:  # fmt: skip
    reasons = records.labels(
        session, "lost_reason",
        {move.lost_reason_id for move in moves if move.lost_reason_id is not None},
    )  # fmt: skip

    def title(move: StageChange, code: str | None) -> str:
        view = stages.get((move.pipeline, code or ""))
        return view.title if view else code or ""

    return [
        Move(
            old=title(move, move.old_stage), new=stages.get((move.pipeline, move.new_stage)),
            code=move.new_stage, when=words.moment(move.moved_at),
            who=names.get(move.moved_by_id or 0, ""), stayed=words.span(move.seconds),
            reason=reasons.get(move.lost_reason_id or 0, ""), note=move.note or "",
        )
        for move in reversed(moves)
    ]  # fmt: skip


def _shown_kinds(session: Session) -> list[str]:
    """Moves have a list of their own on the page of a deal."""
    behind = {"purchase": "purchase", "task": "task", "contract": "contract"}
    return [
        code
        for code in kinds_of(session)
        if code != "stage" and rights.may("list", behind.get(code, "activity"))
    ]


def _without_lone_choice(
    groups: Sequence[Group], name: str
) -> tuple[Sequence[Input], Sequence[Group]]:
    """Take an input with one option off the form; it goes along hidden."""
    hidden: list[Input] = []
    kept: list[Group] = []
    for group in groups:
        lone = [one for one in group.inputs if one.name == name and len(one.options) == 1]
        rest = [one for one in group.inputs if one not in lone]
        hidden += [replace(one, text=one.text or one.options[0][0]) for one in lone]
        if rest:
            kept.append(replace(group, inputs=rest))
    return hidden, kept
