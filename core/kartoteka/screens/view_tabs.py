"""The views of a list: which is in force, the tabs that lead to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from kartoteka.criteria.tree import Tree
from kartoteka.errors import Invalid, NotAllowed
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.models.view import SavedView
from kartoteka.screens.list_address import Asked, InForce
from kartoteka.services import criteria, views
from kartoteka.services.records import registry_of
from kartoteka.services.views import Offered


@dataclass(frozen=True, kw_only=True, slots=True)
class Tab:
    """One view over a list."""

    title: str
    href: str
    is_current: bool = False
    is_default: bool = False
    is_shared: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Tabs:
    """The tabs of a list, and what may be done with the view in force.

    Args:
        view: id of the saved view in force.
        all: where all views of the list are found.
    """

    tabs: Sequence[Tab] = ()
    view: int | None = None
    name: str = ""
    is_mine: bool = False
    is_default: bool = False
    is_changed: bool = False
    all: str = ""


def in_force(
    session: Session, entity: Entity, asked: Asked, open_default: bool
) -> tuple[Asked, Tabs]:
    """Return what the address asks for with the view it names, and the tabs.

    One statement; one more when the address names a view that is not among those offered. A
    default view with broken criteria is not opened: the whole list is, and says so.

    Args:
        open_default: the address says nothing, so the default view of the person opens.
    """
    found = views.offered(session, entity)
    if open_default:
        chosen = next((one.view for one in found if one.is_default), None)
        if chosen is not None:
            asked = _with_default(session, entity, asked, chosen)
    elif asked.view and asked.view != "0":
        asked = _with_view(session, entity, asked, found)
    return asked, _tabs(entity, asked, found)


def _with_default(session: Session, entity: Entity, asked: Asked, view: SavedView) -> Asked:
    try:
        tree = views.tree_of(view)
        problems = criteria.problems(session, entity, tree) if tree is not None else ()
        wrong = [problem.reason for problem in problems]
    except Invalid as error:
        wrong = list(error.errors.values())
    if not wrong:
        asked = replace(asked, view=str(view.id))
        return _in_force(session, entity, asked, view, views.tree_of(view))
    text = gettext(
        "The view “%(name)s”, with which the list opens, is broken, so here is the whole list.",
        name=view.name,
    )
    return replace(asked, view="0", notices=(text, *wrong))


def _with_view(session: Session, entity: Entity, asked: Asked, found: Sequence[Offered]) -> Asked:
    if not asked.view.isdecimal():
        return _with_segment(session, entity, asked)
    number = int(asked.view) if len(asked.view) < 10 else 0
    view = next((one.view for one in found if one.view.id == number), None)
    try:
        view = view or views.get(session, number)
        if view.entity != entity.code:
            raise Invalid({"view": gettext("This view belongs to another list.")})
        tree = views.tree_of(view)
    except Invalid as error:
        return _unreadable(asked, error.errors.values())
    except NotAllowed as error:
        return _unreadable(asked, [str(error)])
    return _in_force(session, entity, asked, view, tree)


def _in_force(
    session: Session, entity: Entity, asked: Asked, view: SavedView, tree: Tree | None
) -> Asked:
    order = view.sort or ""
    force = InForce(
        code=asked.view, name=view.name, tree=tree,
        order=order if views.is_order(session, entity, order) else "",
        search=view.search_words or "",
        columns=tuple((view.columns or "").split(".")) if view.columns else (),
        mine=views.may_change(session, view),
    )  # fmt: skip
    lead = gettext("This view is broken:")
    missing = [f"{lead} {text}" for text in views.lacking(session, entity, view)]
    return replace(asked, in_force=force, notices=tuple(missing))


def _with_segment(session: Session, entity: Entity, asked: Asked) -> Asked:
    item = registry_of(session).segments.get(asked.view)
    if item is None or item.entity != entity.code:
        text = gettext("There is no segment %(code)r. Its plugin may be gone.", code=asked.view)
        return _unreadable(asked, [text])
    force = InForce(code=item.code, name=str(item.title), tree=item.criteria)
    return replace(asked, in_force=force)


def _unreadable(asked: Asked, texts: Any) -> Asked:
    return replace(asked, errors=(*asked.errors, *texts), is_readable=False)


def _tabs(entity: Entity, asked: Asked, found: Sequence[Offered]) -> Tabs:
    place = f"{entity.code}.{asked.shown_by}"
    force = asked.in_force
    tabs = [
        Tab(
            title=one.view.name,
            href=url_for(place, view=one.view.id),
            is_current=force is not None and force.code == str(one.view.id),
            is_default=one.is_default,
            is_shared=one.view.shared_with != "nobody",
        )
        for one in found
    ]
    if force is not None and not any(tab.is_current for tab in tabs):
        tabs.insert(0, Tab(title=force.name, href=url_for(place, view=force.code), is_current=True))
    everything = Tab(title=gettext("All"), href=url_for(place, view="0"), is_current=force is None)
    current = next((one for one in found if force and force.code == str(one.view.id)), None)
    is_saved = force is not None and force.code.isdecimal()
    return Tabs(
        tabs=[everything, *tabs] if tabs else (),
        view=int(force.code) if force is not None and is_saved else None,
        name=force.name if force is not None else "",
        is_mine=force is not None and force.mine,
        is_default=current is not None and current.is_default,
        is_changed=force is not None and asked.is_changed,
        all=url_for("saved_view.list", f=f"entity:eq:{entity.code}"),
    )


__all__ = ["Tab", "Tabs", "in_force"]
