"""Keep views of lists: find those a person may use, save, share, make one the default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, event, inspect as sa_inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from kartoteka.access.scope import actor_of
from kartoteka.criteria import document
from kartoteka.criteria.tree import Group, Tree
from kartoteka.errors import Invalid, NotAllowed
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.models.people import Department
from kartoteka.models.view import SHARED, DefaultView, SavedView
from kartoteka.services import criteria, records
from kartoteka.services.listing import order_of
from kartoteka.services.writing import flush

#: So many views of one list are offered; all of them are in the list of views.
MOST_OFFERED = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """With whom a view is shared: `nobody`, `role`, `department` or `everybody`."""

    shared_with: str = "nobody"
    role: str = ""
    department_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A list as somebody wants to keep it.

    Args:
        criteria: a tree, or None for all records.
        columns: names of fields; empty for the usual ones.
        order: name of a field, `-` before it for descending; empty for the usual one.
        search: words of quick search.
    """

    criteria: Tree | None = None
    columns: Sequence[str] = ()
    order: str = ""
    search: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """A view offered on a list."""

    view: SavedView
    is_default: bool
    is_mine: bool


def install(session_class: type[Any]) -> None:
    """Let only owners and who sees everything change views, by whatever way they come."""
    event.listen(session_class, "before_flush", _check)


def offered(session: Session, entity: Entity) -> list[Offered]:
    """Return the views of a list that the actor may use, own ones first: one statement.

    Of more than `MOST_OFFERED` the first ones; the default is always among them.
    """
    actor = actor_of(session)
    chosen = and_(DefaultView.view_id == SavedView.id, DefaultView.user_id == actor.user_id)
    order = (SavedView.owner_id == actor.user_id).desc(), SavedView.name, SavedView.id
    first = (
        select(SavedView.id)
        .outerjoin(DefaultView, chosen)
        .where(SavedView.entity == entity.code)
        .order_by(DefaultView.view_id.is_(None), *order)
        .limit(MOST_OFFERED)
        .correlate(None)
    )
    rows: Any = session.execute(
        select(SavedView, DefaultView.view_id)
        .outerjoin(DefaultView, chosen)
        .where(SavedView.id.in_(first))
        .order_by(*order)
    )
    return [
        Offered(view=view, is_default=default is not None, is_mine=may_change(session, view))
        for view, default in rows
    ]


def get(session: Session, view_id: int) -> SavedView:
    """Return a view the actor may use.

    Raises:
        NotAllowed: there is none, or it is not shared with this person; which is not said.
    """
    view = session.get(SavedView, view_id) if 0 < view_id < 2**31 else None
    if view is None:
        text = gettext("There is no such view, or it is not shared with you. Ask for its address.")
        raise NotAllowed(text)
    return view


def named(session: Session, entity: Entity, name: str) -> SavedView:
    """Return the view of a list that the actor may use, by its id or its name; own ones first.

    Raises:
        NotAllowed: there is none, or it is not shared with this person; which is not said.
        Invalid: it belongs to another list, or several have this name.
    """
    if name.isdecimal() and len(name) < 10:
        view = session.get(SavedView, int(name))
        if view is not None and view.entity != entity.code:
            raise Invalid({"view": gettext("This view belongs to another list.")})
        if view is not None:
            return view
    found = session.scalars(
        select(SavedView).where(SavedView.entity == entity.code, SavedView.name == name.strip())
    ).all()
    own = [view for view in found if view.owner_id == actor_of(session).user_id]
    chosen = own or found
    if not chosen:
        raise NotAllowed(
            gettext("There is no view %(name)r of this list for you.", name=name[:120])
        )
    if len(chosen) > 1:
        ids = ", ".join(str(view.id) for view in chosen)
        text = gettext("Several views have this name. Say which by its number: %(ids)s.", ids=ids)
        raise Invalid({"view": text})
    return chosen[0]


def tree_of(view: SavedView) -> Tree | None:
    """Return the criteria of a view; None: all records.

    Raises:
        Invalid: it was written by another version of the program.
    """
    return document.read(view.criteria) if view.criteria else None


def problems(session: Session, view: SavedView) -> list[str]:
    """Return why a view can not be used as it was kept, in sentences; none: it is whole."""
    entity = records.registry_of(session).entities.get(view.entity)
    if entity is None:
        return [gettext("There is no list %(name)r.", name=view.entity)]
    try:
        tree = tree_of(view)
    except Invalid as error:
        return list(error.errors.values())
    found = criteria.problems(session, entity, tree) if tree is not None else ()
    return [*(problem.reason for problem in found), *lacking(session, entity, view)]


def lacking(session: Session, entity: Entity, view: SavedView) -> list[str]:
    """Return what a list is opened without, in sentences: the order, columns that are gone."""
    fields = records.visible_fields(session, entity)
    found: list[str] = []
    if view.sort and not is_order(session, entity, view.sort):
        name = view.sort.removeprefix("-")[:60]
        found.append(gettext("This list can not be sorted by %(name)r.", name=name))
    columns = (view.columns or "").split(".") if view.columns else []
    gone = [name for name in columns if name not in fields]
    if gone:
        text = gettext("There are no such columns: %(names)s.", names=", ".join(gone)[:200])
        found.append(text)
    return found


def is_order(session: Session, entity: Entity, order: str) -> bool:
    """Say whether a list can be sorted so for the actor."""
    try:
        order_of(entity, records.visible_fields(session, entity), order)
    except Invalid:
        return False
    return True


def create(session: Session, entity: Entity, name: str, wish: Wish) -> SavedView:
    """Keep a list as a view of the actor, for them alone.

    Raises:
        Invalid: no name, or criteria, columns or an order that this list does not have.
    """
    view = SavedView(entity=entity.code, owner_id=actor_of(session).user_id, shared_with="nobody")
    view.name = _name(name)
    view.is_segment = False
    _take(session, entity, view, wish)
    session.add(view)
    flush(session, view)
    return view


def change(session: Session, view: SavedView, wish: Wish) -> None:
    """Let a view show what the list shows now.

    Raises:
        NotAllowed: it is somebody else's.
        Invalid: as for `create`.
    """
    _demand(session, view)
    _take(session, records.registry_of(session).entity(view.entity), view, wish)
    flush(session, view)


def describe(
    session: Session, view: SavedView, *, name: str, description: str = "",
    sharing: Sharing | None = None, is_segment: bool = False,
) -> None:  # fmt: skip
    """Rename a view, share it, make it a segment.

    Raises:
        NotAllowed: it is somebody else's.
        Invalid: a name, role or department that can not be.
    """
    _demand(session, view)
    wanted = sharing or Sharing()
    errors: dict[str, str] = {}
    if not name.strip() or len(name.strip()) > 120:
        errors["name"] = gettext("Give a name of at most %(most)s letters.", most=120)
    if wanted.shared_with not in SHARED:
        errors["shared_with"] = gettext("Choose with whom it is shared.")
    if wanted.shared_with == "role" and wanted.role not in records.registry_of(session).roles:
        errors["shared_role"] = gettext("Choose a role.")
    if wanted.shared_with == "department" and (
        wanted.department_id is None or session.get(Department, wanted.department_id) is None
    ):
        errors["shared_department_id"] = gettext("Choose a department.")
    if is_segment and not view.criteria:
        errors["is_segment"] = gettext("A segment needs criteria.")
    elif is_segment and view.search_words:
        errors["is_segment"] = _no_words()
    if len(description) > 500:
        errors["description"] = gettext("Use at most %(most)s letters.", most=500)
    if errors:
        raise Invalid(errors)
    view.name, view.description = name.strip(), description.strip() or None
    view.shared_with, view.is_segment = wanted.shared_with, is_segment
    view.shared_role = wanted.role if wanted.shared_with == "role" else None
    is_department = wanted.shared_with == "department"
    view.shared_department_id = wanted.department_id if is_department else None
    flush(session, view)


def delete(session: Session, view: SavedView) -> None:
    """Delete a view, broken or not.

    Raises:
        NotAllowed: it is somebody else's.
    """
    _demand(session, view)
    session.delete(view)
    session.flush()


def set_default(session: Session, entity: Entity, view: SavedView | None) -> None:
    """Open a list with this view from now on, for the actor alone; None: as it is."""
    user_id = actor_of(session).user_id
    if user_id is None:
        raise NotAllowed(gettext("Only a person has views."))
    row = session.get(DefaultView, (user_id, entity.code))
    if view is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(DefaultView(user_id=user_id, entity=entity.code, view_id=view.id))
    else:
        row.view_id = view.id
    session.flush()


def may_change(session: Session, view: SavedView) -> bool:
    """Say whether the actor may edit, share and delete a view: the owner, and who sees all."""
    actor = actor_of(session)
    return actor.sees_all or (view.owner_id is not None and view.owner_id == actor.user_id)


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > 120:
        raise Invalid({"name": gettext("Give a name of at most %(most)s letters.", most=120)})
    return name


def _take(session: Session, entity: Entity, view: SavedView, wish: Wish) -> None:
    tree = wish.criteria
    if tree is not None:
        tree = criteria.read(session, entity, document.write(tree))
    is_all = tree is None or (isinstance(tree, Group) and tree.how != "any" and not tree.parts)
    fields = records.visible_fields(session, entity)
    columns = [name for name in wish.columns if name in fields]
    order = wish.order
    if order and order.removeprefix("-") not in {*fields, "id"}:
        text = gettext("This list can not be sorted by %(name)r.", name=order[:60])
        raise Invalid({"order": text})
    words = wish.search.strip()
    if words and view.is_segment:
        raise Invalid({"search": _no_words()})
    view.search_words = words[:200] or None
    view.criteria = None if tree is None or is_all else document.text_of(tree)
    view.columns = ".".join(columns)[:2000] or None
    view.sort = order or None


def _no_words() -> str:
    return gettext(
        "A segment is made of criteria alone. Take the search away, or ask for its words by "
        "criteria."
    )


def _demand(session: Session, view: SavedView) -> None:
    if not may_change(session, view):
        raise NotAllowed(gettext("Only the owner of a view and the director may change it."))


def _check(session: Session, context: UOWTransaction, instances: Any) -> None:
    for record in (*session.new, *session.dirty, *session.deleted):
        if isinstance(record, SavedView):
            if record in session.deleted or session.is_modified(record):
                _check_view(session, record)
        elif isinstance(record, DefaultView):
            actor = actor_of(session)
            if not actor.sees_all and record.user_id != actor.user_id:
                raise NotAllowed(gettext("Everybody chooses their own default view."))


def _check_view(session: Session, view: SavedView) -> None:
    _demand(session, view)
    was = sa_inspect(view).attrs["owner_id"].history.deleted
    actor = actor_of(session)
    if was and not actor.sees_all and was[0] not in (None, actor.user_id):
        raise NotAllowed(gettext("Only the owner of a view and the director may change it."))


__all__ = [
    "Offered", "Sharing", "Wish", "change", "create", "delete", "describe", "get", "install",
    "is_order", "lacking", "may_change", "named", "offered", "problems", "set_default", "tree_of",
]  # fmt: skip
