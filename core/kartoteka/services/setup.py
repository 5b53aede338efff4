"""Bring a database up to the running code: schema, roles, permissions, reference rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla import models as fab
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kartoteka.access.actor import system
from kartoteka.access.people import ADMIN
from kartoteka.app import EXTENSION, Kartoteka
from kartoteka.db.migrations import copy_before_upgrade, upgrade_lock
from kartoteka.db.session import open_session
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import in_language
from kartoteka.models import Indicator, LostReason, Source
from kartoteka.services.permissions import EXTRA

#: Which of Flask-AppBuilder's permissions an act of an entity means.
PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "list": ("can_list",), "show": ("can_show",), "add": ("can_add",), "edit": ("can_edit",),
    "delete": ("can_delete",),
}  # fmt: skip


def upgrade(made: Kartoteka) -> None:
    """Migrate the schema under a lock; a SQLite file is copied first when anything will change."""
    with upgrade_lock(made.engine):
        migrations = made.migrations
        if migrations.behind():
            copy_before_upgrade(made.engine)
            migrations.upgrade()


def synchronise(app: Flask) -> None:
    """Write roles, permissions and reference rows; run once after `upgrade`, under the lock."""
    made: Kartoteka = app.extensions[EXTENSION]
    with (
        upgrade_lock(made.engine),
        open_session(made.sessions, system()) as session,
        app.app_context(),
        # Rows of reference tables are the firm's own words: they are written in its language.
        in_language(made.config.language),
    ):
        _roles(session, made.registry, permissions_of(app, made.registry))
        _reference(session, made.registry)


def permissions_of(app: Flask, registry: Registry) -> dict[tuple[str, str], set[str]]:
    """Return every permission of the application with the roles that have it from the start.

    A permission is (permission, view). Views of entities follow the rights their entity declares;
    pages say their roles themselves; what belongs to the account is everybody's.
    """
    builder: Any = app.extensions["appbuilder"]
    everybody = set(registry.roles)
    found: dict[tuple[str, str], set[str]] = {}
    for view in builder.baseviews:
        if isinstance(view, type):
            continue
        entity = getattr(view, "entity", None)
        for permission in view.base_permissions or ():
            roles: set[str] = set()
            if entity is not None:
                act = permission.removeprefix("can_")
                act = {"get": "show", "post": "add", "put": "edit", "info": "list"}.get(act, act)
                roles = {role for role, acts in entity.rights.items() if act in acts}
            else:
                roles = set(getattr(view, "roles", ()) or ())
                if getattr(view, "for_everybody", False):
                    roles = everybody
            found.setdefault((permission, view.class_permission_name), set()).update(roles)
    for code, item in registry.permissions.items():
        found[code, EXTRA] = set(item.roles)
    return found


def _roles(
    session: Session, registry: Registry, wanted: Mapping[tuple[str, str], set[str]]
) -> None:
    """Write missing roles and permissions set-wise; rights that staff took away stay away.

    A role gets a permission when the permission is new, so what an administrator changed later
    is kept through upgrades. The Admin of Flask-AppBuilder has everything.
    """
    names = {*registry.roles, ADMIN}
    roles = {role.name: role.id for role in session.scalars(select(fab.Role))}
    for name in sorted(names - set(roles)):
        role = fab.Role(name=name)
        session.add(role)
        session.flush()
        roles[name] = role.id
    permissions = _ensure(session, fab.Permission, {name for name, _view in wanted})
    views = _ensure(session, fab.ViewMenu, {view for _name, view in wanted})
    pairs = {
        (permission_id, view_id): number
        for number, permission_id, view_id in session.execute(
            select(
                fab.PermissionView.id,
                fab.PermissionView.permission_id,
                fab.PermissionView.view_menu_id,
            )
        )
    }
    new = [key for key in wanted if (permissions[key[0]], views[key[1]]) not in pairs]
    for name, view in new:
        pair = fab.PermissionView(permission_id=permissions[name], view_menu_id=views[view])
        session.add(pair)
        session.flush()
        pairs[permissions[name], views[view]] = pair.id
    grants = [
        {"permission_view_id": pairs[permissions[name], views[view]], "role_id": roles[role]}
        for name, view in new
        for role in {*wanted[name, view], ADMIN}
        if role in roles
    ]
    if grants:
        session.connection().execute(insert(fab.assoc_permissionview_role), grants)


def _ensure(session: Session, model: Any, names: set[str]) -> dict[str, int]:
    known = {row.name: row.id for row in session.scalars(select(model))}
    missing = sorted(names - set(known))
    if missing:
        session.add_all([model(name=name) for name in missing])
        session.flush()
        known = {row.name: row.id for row in session.scalars(select(model))}
    return known


def _reference(session: Session, registry: Registry) -> None:
    """Add reference rows that plugins declare; rows that are there stay as staff made them."""
    for model, items in (
        (Source, registry.sources.values()),
        (LostReason, registry.lost_reasons.values()),
    ):
        known = set(session.scalars(select(model.code)))
        session.add_all(
            [model(code=i.code, name=str(i.title), is_active=True) for i in items
             if i.code not in known]
        )  # fmt: skip
    known = set(session.scalars(select(Indicator.code)))
    session.add_all(
        [
            Indicator(
                code=item.code, title=str(item.title), section=item.section,
                unit=str(item.unit) or None, fresh_months=item.fresh_months,
            )
            for item in registry.indicators.values()
            if item.code not in known
        ]
    )  # fmt: skip
    session.flush()
