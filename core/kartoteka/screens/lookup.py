"""Answer related drop-downs: twenty records that fit what is typed, among those one may see."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kartoteka.fields.text import fold
from kartoteka.hooks.contributions import Entity
from kartoteka.screens.cells import label_of
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.services import records
from kartoteka.services.filtering import Filter
from kartoteka.services.list_search import is_searchable
from kartoteka.services.listing import Query, fetch
from kartoteka.services.records import registry_of, visible_fields

MOST = 20


def options(
    session: Session, entity: Entity, typed: str, filters: tuple[Filter, ...] = ()
) -> list[dict[str, Any]]:
    """Return records whose text fits, as `{"id", "text"}`."""
    words = typed[:200] if is_searchable(session, entity) else ""
    page = fetch(session, entity, Query(search=words, filters=filters, size=MOST))
    item = registry_of(session).fields(entity).get(entity.label)
    if item is not None and item.kind.code == "reference":
        names = records.labels(session, entity.code, {record.id for record in page.records})
        return [{"id": r.id, "text": names.get(r.id, str(r.id))} for r in page.records]
    return [{"id": r.id, "text": label_of(session, entity, r)} for r in page.records]


def answer(session: Session, entity: Entity) -> ResponseReturnValue:
    """Answer `?q=` with options and `?id=` with the name of one record.

    Further arguments that are reference fields narrow: `?q=iv&client_id=5`.
    """
    wanted = request.args.get("id", "")
    if wanted.isdecimal() and len(wanted) < 10:
        found = records.labels(session, entity.code, {int(wanted)})
        return jsonify([{"id": number, "text": text} for number, text in found.items()])
    fields = visible_fields(session, entity)
    narrowing = tuple(
        Filter(field=name, op="eq", value=value)
        for name, value in request.args.items()
        if name in fields and fields[name].kind.code == "reference" and value
    )
    return jsonify(options(session, entity, request.args.get("q", ""), narrowing))


class PeopleView(PageView):
    """Names of colleagues, for fields that point to a person of the staff."""

    route_base = "/people"
    for_everybody = True
    default_view = "lookup"

    @expose("/lookup")
    @access()
    def lookup(self) -> ResponseReturnValue:
        """Return colleagues whose name fits what is typed."""
        wanted = request.args.get("id", "")
        query = select(User).where(User.active.is_(True))
        if wanted.isdecimal() and len(wanted) < 10:
            query = select(User).where(User.id == int(wanted))
        session = db()
        for term in fold(request.args.get("q", "")[:100]).split():
            # Names hold few rows and no folded twin: look for both cases of the first letter.
            forms = {term, term.capitalize(), term.upper()}
            query = query.where(
                or_(
                    *(
                        column.contains(form, autoescape=True)
                        for column in (User.first_name, User.last_name, User.username)
                        for form in forms
                    )
                )
            )
        users = session.scalars(query.order_by(User.last_name, User.first_name).limit(MOST))
        return jsonify(
            [{"id": u.id, "text": f"{u.first_name} {u.last_name}".strip()} for u in users]
        )


__all__ = ["PeopleView", "answer", "options"]
