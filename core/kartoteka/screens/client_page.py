"""The page of a client: its whole story, and the quick ways to add to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.errors import NotAllowed, Refused
from kartoteka.hooks.contributions import Act
from kartoteka.i18n import gettext
from kartoteka.models import Client, Employment
from kartoteka.models.contact import POINT_KINDS
from kartoteka.screens import (
    activity_log,
    client_parts,
    dmu_map,
    forms,
    likeness,
    person_form,
    record_page,
    rights,
    seat_form,
)
from kartoteka.screens.activity_log import LogForm
from kartoteka.screens.card_words import Words
from kartoteka.screens.cells import label_of
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.forms import Input
from kartoteka.screens.lists import row_styles
from kartoteka.screens.page_view import access, expose, way_back
from kartoteka.screens.requests import db, reading
from kartoteka.screens.shown import sees
from kartoteka.services import dmu, employments, records
from kartoteka.services.card import Card, card
from kartoteka.services.deals import all_stages
from kartoteka.services.numbers_to_call import own_numbers, person_to_ask
from kartoteka.services.records import registry_of, visible_fields
from kartoteka.services.timeline import kinds_of, timeline
from kartoteka.services.who_sees import who_sees

#: Of the kinds of a timeline that are records of their own: the entity a reader must have.
_BEHIND = {"stage": "stage_change", "purchase": "purchase", "task": "task", "contract": "contract"}
#: Blocks of the card, by the entity whose list the reader must be allowed to open.
_BLOCKS = (
    "contact", "employment", "contact_point", "dmu", "dmu_member", "dmu_relation", "deal",
    "purchase", "task", "contract", "client_source", "client_competitor", "activity",
    "stage_change", "document",
)  # fmt: skip
#: So many on the card, where other blocks wait below; older ones come in larger portions.
FIRST_ENTRIES = 15


class ClientView(EntityView):
    """Screens of clients."""

    entity_code = "client"
    show_template = "kartoteka/client/show.html"
    preview_template = "kartoteka/client/preview.html"
    own_children = (
        "employment", "contact_point", "deal", "activity", "task", "purchase", "contract", "dmu",
        "dmu_member", "dmu_relation", "client_source", "client_competitor", "stage_change",
        "document", "document_version", "document_sending",
    )  # fmt: skip

    def preview_context(self, session: Session, record: Client) -> Mapping[str, Any]:
        """Return under which numbers the client is called, and whom to ask for."""
        may = {code: rights.may("list", code) for code in ("contact_point", "contact", "employment",
                                                           "dmu_member")}  # fmt: skip
        sees_numbers = may["contact_point"] and sees(session, "contact_point", "value")
        is_asked = sees_numbers and may["contact"] and may["employment"]
        return {
            "points": own_numbers(session, record.id) if sees_numbers else (),
            "person": person_to_ask(session, record.id) if is_asked else None,
            "sees_seats": may["dmu_member"],
            "words": Words(reading()),
        }

    def form_context(self, session: Session, record: Client | None) -> Mapping[str, Any]:
        """Tell while one types who it may be."""
        return likeness.context(self.entity_code, record)

    def create(self, session: Session, texts: Mapping[str, str]) -> Client:
        """Create a client; of one that may be there already ask once."""
        likeness.ask_once_client(session, texts)
        return super().create(session, texts)

    @expose("/show/<int:pk>")
    @access("show")
    def show(self, pk: int) -> ResponseReturnValue:
        """Show the card of a client."""
        session = db()
        return self._page(session, records.get(session, self.entity, pk))

    @expose("/timeline/<int:pk>")
    @access("show")
    def timeline(self, pk: int) -> ResponseReturnValue:
        """Return older entries of the timeline as a fragment."""
        session = db()
        client: Client = records.get(session, self.entity, pk)
        kind = request.args.get("kind", "")
        all_kinds = kinds_of(session)
        allowed = _allowed(all_kinds)
        page = timeline(
            session, client.id, [kind] if kind in allowed else allowed,
            request.args.get("before") or None,
        )  # fmt: skip
        return self.render(
            "kartoteka/client/older.html", record=client, timeline=page, kind=kind,
            all_kinds=all_kinds, stages=all_stages(session), words=Words(reading()),
            sees=_sees(session),
        )  # fmt: skip

    @expose("/rest/<int:pk>")
    @access("show")
    def rest(self, pk: int) -> ResponseReturnValue:
        """Return the blocks the page does not wait for as one fragment."""
        session = db()
        client: Client = records.get(session, self.entity, pk)
        return self.render(
            "kartoteka/client/rest.html", rest=client_parts.PARTS,
            **client_parts.context(session, self.entity, client, _without(), self.own_children),
        )  # fmt: skip

    @expose("/seen-by/<int:pk>")
    @access("show")
    def seen_by(self, pk: int) -> ResponseReturnValue:
        """Tell who sees a client, and why."""
        session = db()
        client: Client = records.get(session, self.entity, pk)
        return self.render(
            "kartoteka/client/seen_by.html", record=client, readers=who_sees(session, client),
            title=gettext("Who sees this client"),
        )  # fmt: skip

    @expose("/log/<int:pk>", methods=["POST"])
    @access("show")
    def log(self, pk: int) -> ResponseReturnValue:
        """Write down a call with its next step."""
        _must("add", "activity")
        session = db()
        client: Client = records.get(session, self.entity, pk)
        try:
            _activity, task = activity_log.write(session, client.id, request.form)
            session.commit()
        except Refused as error:
            session.rollback()
            client = records.get(session, self.entity, pk)
            return self._page(session, client, request.form, error), 400
        here = url_for("client.show", pk=pk)
        return self.back(activity_log.done_in_words(session, task), to=here)

    @expose("/person/<int:pk>", methods=["GET", "POST"])
    @access("show")
    def person(self, pk: int) -> ResponseReturnValue:
        """Add a person with the job here and several phones and addresses, in one small form."""
        for code in ("contact", "employment", "contact_point"):
            _must("add", code)
        session = db()
        client: Client = records.get(session, self.entity, pk)
        typed, points = request.form, person_form.typed_points()
        error: Refused | None = None
        if request.method == "POST":
            try:
                likeness.ask_once_person(session, typed.get("name", ""))
                person = employments.add_person(
                    session, client.id, points=points, is_main=bool(typed.get("is_main")),
                    **{name: typed.get(name, "") for name in ("name", "position", "unit",
                                                              "birthday")},
                )  # fmt: skip
                session.commit()
            except Refused as refused:
                session.rollback()
                client, error = records.get(session, self.entity, pk), refused
            else:
                message = gettext("Added: %(name)s.", name=person.name)
                return self.back(message, to=url_for("client.show", pk=pk))
        errors, inputs = forms.errors_of(error), _person_inputs(session, error)
        rows = person_form.point_inputs(points, errors)
        page = self.render(
            "kartoteka/client/person.html", record=client, title=gettext("New person"),
            errors=errors, inputs_of_person=inputs, points=rows,
            wrong=forms.wrong([*inputs.values(), *rows], errors),
            **likeness.context("contact", None),
        )  # fmt: skip
        return page, 400 if error else 200

    @expose("/left/<int:pk>", methods=["POST"])
    @access("show")
    def left(self, pk: int) -> ResponseReturnValue:
        """Write down that a person left the client; `pk` is the place of work."""
        _must("edit", "employment")
        session = db()
        job: Employment = records.get(session, registry_of(session).entity("employment"), pk)
        to = url_for("client.show", pk=job.client_id)
        employments.end_employment(session, job)
        session.commit()
        return self.back(gettext("Written down: no longer works there."), to=to)

    @expose("/seat/<int:pk>", methods=["GET", "POST"])
    @access("show")
    def seat(self, pk: int) -> ResponseReturnValue:
        """Put a person into the decision-making unit, or assess them anew."""
        _must("add", "dmu_member")
        _must("edit", "dmu_member")
        session = db()
        client: Client = records.get(session, self.entity, pk)
        error: Refused | None = None
        if request.method == "POST":
            try:
                seat_form.save(session, client)
                session.commit()
            except Refused as refused:
                session.rollback()
                client, error = records.get(session, self.entity, pk), refused
            else:
                flash(gettext("Saved."), "success")
                return redirect(f"{way_back(url_for('client.show', pk=pk))}#dmu")
        page = self.render(
            "kartoteka/client/seat.html", **seat_form.context(session, client, error)
        )
        return page, 400 if error else 200

    @expose("/map/<int:pk>")
    @access("show")
    def map(self, pk: int) -> ResponseReturnValue:
        """Show the map of one decision-making unit of the client on a page of its own."""
        for code in ("dmu", "dmu_member"):
            _must("list", code)
        session = db()
        client: Client = records.get(session, self.entity, pk)
        asked = ("dmu_relation", "contact", "employment")
        without = frozenset(code for code in asked if not rights.may("list", code))
        wanted = request.args.get("dmu_id", "")
        found = [unit for unit in dmu.units_of(session, client.id, without=without)
                 if wanted in ("", str(unit.dmu.id))]  # fmt: skip
        if not found:
            raise NotAllowed(gettext("There is no such record, or you have no right to it."))
        unit = found[0]
        home = url_for("client.map", pk=pk, dmu_id=unit.dmu.id, next=request.args.get("next"))
        return self.render(
            "kartoteka/client/map.html", record=client, unit=unit, home=home,
            title=gettext("Who decides: %(title)s", title=unit.dmu.title),
            drawn=dmu_map.draw(unit, dmu_map.WIDE, home), words=Words(reading()),
            back=way_back(url_for("client.show", pk=pk)),
            users=records.labels(
                session, "ab_user",
                {seat.assessed_by_id for seat in unit.seats if seat.assessed_by_id is not None},
            ),
        )  # fmt: skip

    def _page(
        self, session: Session, client: Client,
        typed: Mapping[str, str] | None = None, error: Refused | None = None,
    ) -> str:  # fmt: skip
        kind = request.args.get("kind", "")
        all_kinds = kinds_of(session)
        allowed = _allowed(all_kinds)
        kinds = [kind] if kind in allowed else allowed
        without = _without()
        before = request.args.get("before") or None
        made = card(
            session, client, without=without, kinds=kinds, before=before, size=FIRST_ENTRIES
        )
        label = label_of(session, self.entity, client)
        context = {
            "record": client, "label": label, "title": label, "card": made, "kind": kind,
            "without": without,
            "log": _log_form(session, made, typed, error),
            "all_kinds": all_kinds,
            "shown_kinds": allowed,
            "maps": dmu_map.maps(made.units, url_for("client.show", pk=client.id)),
            "stages": made.stages,
            "timeline": made.timeline,
            "blocks": record_page.blocks(session, self.entity, client, _names(session, made)),
            "actions": record_page.actions_for(session, self.entity),
            "words": Words(reading()),
            "sees": _sees(session),
            "point_kinds": POINT_KINDS,
            "style": row_styles(session, self.entity, [client]).get(client.id),
            "at_once": request.args.get("panels") == "all",
        }  # fmt: skip
        if context["at_once"]:
            context |= client_parts.context(
                session, self.entity, client, without, self.own_children
            )
        # Panels come last: a broken one may cost the transaction.
        panels = record_page.panels(session, self.entity.code, client)
        return self.render(self.show_template, **context, panels=panels)


def _without() -> frozenset[str]:
    """Return the blocks whose records do not exist for the reader."""
    return frozenset(code for code in _BLOCKS if not rights.may("list", code))


def _allowed(kinds: Iterable[str]) -> list[str]:
    """Return the kinds of entries the reader has a right to."""
    may_list = {code: rights.may("list", code) for code in {*_BEHIND.values(), "activity"}}
    return [code for code in kinds if may_list[_BEHIND.get(code, "activity")]]


def _names(session: Session, made: Card) -> dict[str, dict[int, str]]:
    """Return what the card has read of those its client refers to."""
    found = {"ab_user": dict(made.users)}
    read = {"region": made.region, "department": made.department}
    for code, name in read.items():
        number, entity = getattr(made.client, f"{code}_id"), registry_of(session).entity(code)
        if number and name and entity.label in visible_fields(session, entity):
            found[code] = {number: name}
    return found


def _log_form(
    session: Session, made: Card, typed: Mapping[str, str] | None, error: Refused | None
) -> LogForm | None:
    return activity_log.log_form(
        session,
        people=[(str(one.contact.id), one.contact.name) for one in made.people],
        deals=[(str(line.deal.id), line.deal.title) for line in made.open_deals],
        typed=typed if typed is not None else _likely(made),
        error=error,
    )


def _likely(made: Card) -> Mapping[str, str]:
    """Return the person a talk was most likely with: the main contact, or the only one."""
    main = [one for one in made.people if one.employment.is_main] or made.people
    return {"contact_id": str(main[0].contact.id)} if len(main) == 1 else {}


def _person_inputs(session: Session, error: Refused | None) -> dict[str, Input]:
    errors = forms.errors_of(error)
    found: dict[str, Input] = {}
    for code in ("contact", "employment"):
        entity = registry_of(session).entity(code)
        texts = {name: request.form.get(name, "") for name in ("name", "position", "unit",
                                                               "birthday", "is_main")}  # fmt: skip
        for group in forms.groups(session, entity, texts, texts, errors):
            found.update({one.name: one for one in group.inputs})
    return {
        name: found[name]
        for name in ("name", "position", "unit", "birthday", "is_main")
        if name in found
    }


def _sees(session: Session) -> partial[bool]:
    """Return the question templates ask: does this field exist for the reader?"""
    return partial(sees, session)


def _must(act: Act, entity: str) -> None:
    if not rights.may(act, entity):
        raise NotAllowed(gettext("You have no right to this page."))
