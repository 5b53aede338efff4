"""Choices that plugins fill when an application starts: pipelines, stages, kinds, roles.

Codes live in the database, titles come from the plugins of the running application.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING

from kartoteka.i18n import Text

if TYPE_CHECKING:
    from kartoteka.hooks.registry import Registry

_current: ContextVar[Registry | None] = ContextVar("kartoteka_registry", default=None)
_last: list[Registry] = []


def use(registry: Registry) -> None:
    """Make a registry the one whose choices are offered in this context."""
    _current.set(registry)
    _last[:] = [registry]


def current() -> Registry:
    """Return the registry of the running application.

    Raises:
        LookupError: no application was made yet.
    """
    registry = _current.get() or (_last[0] if _last else None)
    if registry is None:
        raise LookupError("No application was started: call kartoteka.app.create_app() first.")
    return registry


def _choices(name: str) -> Mapping[str, Text]:
    try:
        return current().choices(name)
    except LookupError:
        return {}


def pipeline_titles() -> Mapping[str, Text]:
    """Return pipelines by code."""
    return _choices("pipelines")


def only_pipeline() -> str | None:
    """Return the pipeline of a business that has one; with several a person chooses."""
    codes = list(pipeline_titles())
    return codes[0] if len(codes) == 1 else None


def stage_titles() -> Mapping[str, Text]:
    """Return stages of all pipelines by code."""
    return _choices("stages")


def activity_kinds() -> Mapping[str, Text]:
    """Return kinds of activity by code."""
    return _choices("activity_kinds")


def job_titles() -> Mapping[str, Text]:
    """Return kinds of long work by code."""
    return _choices("jobs")


def entity_titles() -> Mapping[str, Text]:
    """Return kinds of record by code, by the names of their lists."""
    try:
        return {code: item.plural for code, item in current().entities.items()}
    except LookupError:
        return {}


def role_titles() -> Mapping[str, Text]:
    """Return roles of staff by code."""
    return _choices("roles")


def norm_titles() -> Mapping[str, Text]:
    """Return norms of work by code."""
    return _choices("norms")


def notification_titles() -> Mapping[str, Text]:
    """Return kinds of notification by code."""
    return _choices("notification_kinds")


def dmu_roles() -> Mapping[str, Text]:
    """Return roles in a decision-making unit by code."""
    return _choices("dmu_roles")
