"""Who a form may mean: told while one types, and asked once before it is saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import abort, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from kartoteka.errors import NotAllowed, Rejected
from kartoteka.i18n import _, gettext
from kartoteka.matching.clients import PossibleDuplicate
from kartoteka.matching.people import PossiblePerson
from kartoteka.screens import person_form, rights
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.services import likeness, records
from kartoteka.services.records import registry_of

CONFIRMED = "all_the_same"
#: The input under which it is told, by what is alike; else under the name.
_UNDER = {"tax_id": "tax_id", "phone": "point", "email": "point"}
_OF_CLIENT = ("name", "tax_id", "external_id", "address", "website")


class Compared(Protocol):
    """What was compared with something: the labels of what is the same, and of what is alike."""

    @property
    def same(self) -> tuple[str, ...]: ...
    @property
    def similar(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """The inputs of a form that are looked at while one types, and where the answer stands."""

    address: str
    names: Sequence[str]
    places: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Somebody the form may mean; without `href` when the reader may not see who."""

    name: str
    href: str
    why: str
    who: str
    place: str


def watched(code: str, own_id: int | None = None) -> Watched | None:
    """Return what a form of clients or people watches; None for who may not see the list."""
    if not rights.may("list", code):
        return None
    address = url_for("PossibleDuplicatesView.look", code=code, own_id=own_id)
    if code == "client":
        further = [m.field for m in registry_of(db()).matchers.values() if m.field]
        return Watched(address=address, names=(*_OF_CLIENT, *further), places=("name", "tax_id"))
    return Watched(address=address, names=("name", "point", "point_kind"),
                   places=("name", "point"))  # fmt: skip


def context(code: str, record: Any | None) -> Mapping[str, Any]:
    """Return what the template of a form needs: what is watched, and who it may mean already."""
    own_id = None if record is None else record.id
    return {"alike": watched(code, own_id), "doubts": g.get("kartoteka_doubts", ())}


def ask_once_client(session: Session, values: Mapping[str, str]) -> None:
    """Refuse a new client that may be there already, unless the person said so and goes on.

    Raises:
        Rejected: the form is shown again as it was typed, with those it may be.
    """
    entity = registry_of(session).entity("client")
    if CONFIRMED in request.form or records.left_empty(session, entity, values):
        return
    if records.parse_values(session, entity, values)[1]:
        return  # what is wrong comes first
    _ask(session, likeness.clients_like(session, values))


def ask_once_person(session: Session, name: str) -> None:
    """Refuse a new person that may be there already, unless the person said so and goes on.

    Raises:
        Rejected: as for a client.
    """
    if CONFIRMED not in request.form and name.strip():
        _ask(session, likeness.people_like(session, name, person_form.typed_points()))


def _ask(session: Session, found: Sequence[PossibleDuplicate | PossiblePerson]) -> None:
    strong = [one for one in found if likeness.is_strong(one)]
    if strong:
        g.kartoteka_doubts = told(session, strong)
        raise Rejected(gettext("Not saved yet: this may be there already."))


def told(session: Session, found: Iterable[PossibleDuplicate | PossiblePerson]) -> list[Told]:
    """Return in words who a form may mean: one statement for the names of managers."""
    listed = list(found)
    owners = {one.owner_id for one in listed if one.owner_id is not None}
    people = records.labels(session, User.__tablename__, owners)
    return [_told(one, people) for one in listed]


class PossibleDuplicatesView(PageView):
    """Answers to forms that are being filled."""

    route_base = "/possible-duplicates"
    title = _("Possible duplicates")
    default_view = "look"

    @expose("/<code>", methods=["POST"])
    @access("use")
    def look(self, code: str) -> ResponseReturnValue:
        """Return for each place of a form the block that stands there, empty ones included."""
        if code not in ("client", "contact"):
            abort(404)
        if not (rights.may("add", code) or rights.may("edit", code)):
            raise NotAllowed(gettext("You have no right to this page."))
        session, values = db(), {n: t for n, t in request.form.items() if len(t) <= 500}
        sent = request.args.get("own_id", "")
        own_id = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else None
        found: Sequence[PossibleDuplicate | PossiblePerson]
        if code == "client":
            known = records.editable_fields(session, registry_of(session).entity(code))
            texts = {n: t for n, t in values.items() if n in known}
            found = likeness.clients_like(session, texts, person_form.typed_points(), own_id)
            places = ("name", "tax_id")
        else:
            points = person_form.typed_points()[:20]
            found = likeness.people_like(session, values.get("name", ""), points, own_id)
            places = ("name", "point")
        blocks = dict.fromkeys(places, "")
        said = told(session, found)
        for place in places:
            here = [one for one in said
                    if (one.place if one.place in places else "name") == place]  # fmt: skip
            if here:
                blocks[place] = render_template("kartoteka/parts/alike.html", found=here)
        return jsonify(blocks)


def _told(one: PossibleDuplicate | PossiblePerson, people: Mapping[int, str]) -> Told:
    is_client = isinstance(one, PossibleDuplicate)
    number = one.client_id if is_client else one.contact_id
    code = "client" if is_client else "contact"
    href = url_for(f"{code}.show", pk=number) if number and rights.may("show", code) else ""
    labels = (*one.same, *one.similar)
    return Told(
        name=one.name or gettext("a record of another manager"), href=href, why=in_words(one),
        who=people.get(one.owner_id or 0, ""),
        place=next((_UNDER[label] for label in labels if label in _UNDER), "name"),
    )  # fmt: skip


def in_words(one: Compared) -> str:
    """Return what is the same and what is similar, in words."""
    titles = _titles()
    same = ", ".join(titles.get(label, label) for label in one.same)
    similar = ", ".join(titles.get(label, label) for label in one.similar)
    parts = [gettext("the same: %(what)s", what=same)] if same else []
    if similar:
        parts.append(gettext("alike: %(what)s", what=similar))
    return "; ".join(parts)


def _titles() -> dict[str, str]:
    known: dict[str, str] = {
        "name": gettext("name"), "person": gettext("full name"), "address": gettext("address"),
        "site": gettext("web site"), "phone": gettext("phone"), "email": gettext("e-mail"),
        "tax_id": gettext("tax number"), "external_id": gettext("number in another system"),
    }  # fmt: skip
    further = registry_of(db()).matchers.values()
    return {**known, **{one.code: str(one.title).lower() for one in further}}


__all__ = [
    "PossibleDuplicatesView", "Told", "Watched", "ask_once_client", "ask_once_person", "context",
    "in_words", "told", "watched",
]  # fmt: skip
