"""The form of a member of a decision-making unit: who, in which part, how they stand to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid, Refused, Rejected
from kartoteka.i18n import gettext
from kartoteka.models import Client
from kartoteka.models.dmu import ATTITUDES, RELATIONS, DmuMember
from kartoteka.screens import forms, likeness, rights
from kartoteka.screens.dmu_map import SIGNS
from kartoteka.screens.forms import Input
from kartoteka.screens.page_view import way_back
from kartoteka.services import dmu, employments, records
from kartoteka.services.dmu import Seat, Unit
from kartoteka.services.records import registry_of

#: Inputs that are not those of the member.
NEW_NAME, NEW_POSITION, KIND, OTHER = "new_name", "new_position", "relation", "relation_to"
#: What the service calls them.
_THEIRS = {"name": NEW_NAME, "position": NEW_POSITION, "kind": KIND, "other_id": OTHER}


def save(session: Session, client: Client) -> None:
    """Write what was sent: a new person first, then the seat, then a relation.

    Raises:
        Invalid, Rejected, NotAllowed: nothing of it is written.
    """
    entity = registry_of(session).entity("dmu_member")
    texts, _base = forms.typed(session, entity, request.form)
    for name in ("contact_id", "dmu_id", "client_id"):
        texts.pop(name, None)
    contact = _number("contact_id") or _new_person(session, client)
    if not contact:
        if offers_new():
            raise Invalid({"contact_id": gettext("Choose a person, or name a new one below.")})
        raise Invalid({"contact_id": gettext("Fill this in.")})
    member = dmu.seat(
        session, client.id, contact, dmu_id=_number("dmu_id") or None,
        deal_id=_number("deal_id") or None, **texts,
    )  # fmt: skip
    _relate(session, client, member)


def context(session: Session, client: Client, error: Refused | None) -> Mapping[str, Any]:
    """Return what the template of the form needs."""
    entity = registry_of(session).entity("dmu_member")
    wanted = request.values.get("contact_id", "")
    unit = _unit(session, client)
    seat = _seat(unit, wanted)
    people = [(str(one.id), one.name) for one in employments.working_at(session, client.id)]
    if seat is not None and not seat.is_hidden and wanted not in dict(people):
        people.append((wanted, seat.name))  # has left, and is still to be assessed
    texts: Mapping[str, str] = {}
    if request.method == "POST":
        texts, _base = forms.typed(session, entity, request.form)
    elif seat is not None:
        member = records.get(session, entity, seat.member_id)
        texts = forms.texts_of(session, entity, member)
    elif request.args.get("role"):
        texts = {"roles": request.args["role"]}
    errors = {_THEIRS.get(name, name): text for name, text in forms.errors_of(error).items()}
    groups = forms.groups(session, entity, texts, None, errors)
    left_out = {"contact_id", "client_id", "dmu_id"}
    inputs = [_easier(one) for group in groups for one in group.inputs if one.name not in left_out]
    titles = [
        ("contact_id", gettext("Person")), (NEW_NAME, gettext("Full name")),
        (NEW_POSITION, gettext("Position")), *inputs, (OTHER, gettext("How they relate")),
    ]  # fmt: skip
    return {
        "record": client, "title": _title(session, seat), "seat": seat,
        "seat_inputs": inputs, "people": people, "wanted": wanted, "errors": errors,
        "wrong": forms.wrong(titles, errors), "offers_new": offers_new(),
        "others": _others(unit, seat) if rights.may("add", "dmu_relation") else [],
        "relations": RELATIONS, "typed": request.form,
        "dmu_id": request.values.get("dmu_id", ""),
        "here": request.full_path if request.method == "GET" else request.path,
        "back": way_back(url_for("client.show", pk=client.id)),
        **likeness.context("contact", None), "alike": None,
    }  # fmt: skip


def offers_new() -> bool:
    """Say whether the person may name somebody who is not known yet."""
    return rights.may("add", "contact") and rights.may("add", "employment")


def _title(session: Session, seat: Seat | None) -> str:
    if seat is not None:
        return gettext("Part in decisions: %(name)s", name=seat.name)
    role = registry_of(session).dmu_roles.get(request.args.get("role", ""))
    if role is not None:
        return gettext("Empty seat: %(role)s", role=role.title)
    return gettext("Who decides")


def _easier(one: Input) -> Input:
    """Let influence and attitude be chosen in words, as nobody knows a scale by heart."""
    if one.name == "influence":
        words = {1: gettext("1 — hardly any"), 5: gettext("5 — the last word")}
        options = [(str(step), words.get(step, str(step))) for step in range(1, 6)]
    elif one.name == "attitude":
        options = [(str(step), f"{SIGNS[step]}  {title}") for step, title in ATTITUDES.items()]
    else:
        return replace(one, widget="textarea") if one.name == "evidence" else one
    if one.text and one.text not in dict(options):
        return one  # what was typed by hand and is wrong is shown as it is
    return replace(one, widget="select", options=options, help="")


def _new_person(session: Session, client: Client) -> int:
    name, position = (request.form.get(key, "").strip() for key in (NEW_NAME, NEW_POSITION))
    if not (name or position) or not offers_new():
        return 0
    likeness.ask_once_person(session, name)
    return employments.add_person(session, client.id, name=name, position=position).id


def _relate(session: Session, client: Client, member: DmuMember) -> None:
    kind, other = request.form.get(KIND, ""), _number(OTHER)
    if not (kind and other):
        if kind or other:
            raise Invalid({OTHER: gettext("Say both how they relate and to whom.")})
        return
    rights_needed = rights.may("add", "dmu_relation")
    entity = registry_of(session).entity("dmu_relation")
    there = records.get(session, registry_of(session).entity("dmu_member"), other)
    if not rights_needed or there.dmu_id != member.dmu_id:
        raise Rejected(gettext("This person sits in another unit. Choose somebody else."), OTHER)
    records.create(
        session, entity,
        {"client_id": client.id, "member_id": member.id, "kind": kind, "other_id": other},
    )  # fmt: skip


def _unit(session: Session, client: Client) -> Unit | None:
    """Return the unit the form is for: the one named, that of the deal, else the client's own."""
    wanted, deal = _number("dmu_id"), _number("deal_id")
    for unit in dmu.units_of(session, client.id):
        if unit.dmu.id == wanted if wanted else unit.dmu.deal_id == (deal or None):
            return unit
    return None


def _seat(unit: Unit | None, wanted: str) -> Seat | None:
    seats = unit.seats if unit is not None else ()
    return next((one for one in seats if str(one.contact_id) == wanted), None)


def _others(unit: Unit | None, seat: Seat | None) -> list[tuple[str, str]]:
    """Return whom a line can lead to: the other members of the unit."""
    if unit is None:
        return []
    return [
        (str(one.member_id), one.name)
        for one in unit.seats
        if one is not seat and not one.is_hidden
    ]


def _number(name: str) -> int:
    text = request.values.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


__all__ = ["context", "offers_new", "save"]
