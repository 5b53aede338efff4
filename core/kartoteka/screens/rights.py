"""Ask what the person served may do, by the permissions that staff can change."""

from __future__ import annotations

from typing import Any

from flask import current_app, g
from flask_login import current_user

from kartoteka.access.people import ADMIN
from kartoteka.app import kartoteka
from kartoteka.hooks.contributions import Act, Entity
from kartoteka.i18n import gettext
from kartoteka.services.permissions import EXTRA


def permission_name(entity: Entity | str) -> str:
    """Return the name the rights to an entity are kept under: `client_source` → `ClientSource`."""
    code = entity if isinstance(entity, str) else entity.code
    return "".join(part.capitalize() for part in code.split("_"))


def is_known() -> bool:
    """Say whether somebody is logged in."""
    return bool(current_user) and current_user.is_authenticated


def has(permission: str, view: str) -> bool:
    """Say whether the person has a permission (`can_list`) on a view (`Client`)."""
    # A page asks hundreds of times; what the person may do is put together once.
    mine: frozenset[tuple[str, str]] | None = g.get("kartoteka_mine")
    if mine is None:
        mine = _mine()
    return (permission, view) in mine


def _mine() -> frozenset[tuple[str, str]]:
    if not is_known():
        return frozenset()
    g.kartoteka_mine = current_app.extensions["appbuilder"].sm.rights_of(current_user)
    return g.kartoteka_mine


def may(act: Act, entity: Entity | str) -> bool:
    """Say whether the person may list, show, add, edit or delete records of an entity."""
    return has(f"can_{act}", permission_name(entity))


def holds(permission: str) -> bool:
    """Say whether the person has a right of the hook `permissions()`; empty is everybody's."""
    return not permission or has(permission, EXTRA)


def role_titles(user: Any) -> list[str]:
    """Return what the roles of a person are called in the reader's language."""
    roles = kartoteka().registry.roles
    titles = {code: str(role.title) for code, role in roles.items()}
    titles[ADMIN] = gettext("Administrator")
    return [titles.get(role.name, str(role.name)) for role in user.roles]
