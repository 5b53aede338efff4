"""Say whether who acts holds a right of the hook `permissions()`, which staff may take away."""

from __future__ import annotations

from flask_appbuilder.security.sqla import models as fab
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, unscoped

#: The name under which permissions declared by the hook `permissions()` are kept.
EXTRA = "Kartoteka"


def holds(session: Session, permission: str) -> bool:
    """Say whether the roles of the actor give a right: one statement, none for the system.

    Args:
        permission: code of a `Permission`; an empty one is everybody's.
    """
    actor = actor_of(session)
    if not permission or actor.user_id is None:
        return True
    roles = fab.assoc_permissionview_role
    statement = (
        select(fab.PermissionView.id)
        .join(fab.Permission, fab.PermissionView.permission_id == fab.Permission.id)
        .join(fab.ViewMenu, fab.PermissionView.view_menu_id == fab.ViewMenu.id)
        .join(roles, roles.c.permission_view_id == fab.PermissionView.id)
        .join(fab.Role, fab.Role.id == roles.c.role_id)
        .where(
            fab.Permission.name == permission, fab.ViewMenu.name == EXTRA,
            fab.Role.name.in_(sorted(actor.roles)),
        )
        .limit(1)
    )  # fmt: skip
    with unscoped(session, "which rights do the roles of this person give?"):
        return session.scalar(statement) is not None


__all__ = ["EXTRA", "holds"]
