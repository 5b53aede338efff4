"""Check the fields of an application, and put them into the steps of its business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kartoteka.errors import PluginError
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reference
from kartoteka.hooks.contributions import FieldStep, Matcher

Fields = Mapping[str, Field[Any]]


def check_matcher(plugin: str, item: Matcher, of_clients: Fields) -> None:
    """Demand that a column by which clients are compared can be read.

    Raises:
        PluginError: with what to mend.
    """
    if item.field and item.field not in of_clients:
        raise PluginError(
            plugin,
            f"matcher {item.code!r} compares by {item.field!r}, which is no field of clients. "
            f"Choose one of: {', '.join(of_clients)}.",
        )
    if not item.field and item.values is None:
        raise PluginError(
            plugin, f"matcher {item.code!r} needs either `field` or `values`. Give it one of them."
        )
    if item.is_key and not item.field and item.holders is None:
        raise PluginError(
            plugin, f"matcher {item.code!r} is a key without a field. Give it `holders` too."
        )


def in_steps(
    steps: Iterable[tuple[str, FieldStep]], known: Mapping[str, Fields]
) -> dict[str, Fields]:
    """Return the fields of the entities whose steps a business moved.

    Args:
        steps: name of the plugin and what it says.
        known: fields by entity.

    Raises:
        PluginError: there is no such field, or none that people fill.
    """
    moved: dict[str, Fields] = {}
    for plugin, item in steps:
        fields = moved.get(item.entity, known.get(item.entity, {}))
        for name in (item.field, *item.step_for):
            if name not in fields:
                raise PluginError(
                    plugin,
                    f"steps() speaks of {item.entity}.{name}, which is no field. Choose one of: "
                    f"{', '.join(fields or known)}.",
                )
        if fields[item.field].readonly or item.step < 0:
            raise PluginError(
                plugin,
                f"steps() gives {item.code} the step {item.step}: a step is 0 or more, and of a "
                "field that people fill. Correct it.",
            )
        field = replace(fields[item.field], step=item.step, step_for=item.step_for)
        moved[item.entity] = {**fields, item.field: field}
    return moved


def check_field(item: Field[Any], plugin: str, roles: Iterable[str], groups: Iterable[str]) -> None:
    """Refuse a field whose roles, group or link do not fit.

    Raises:
        PluginError: says which and what to do.
    """
    place = f"field {item.on.__name__}.{item.name}"
    if unknown := [role for role in item.hidden_from if role not in roles]:
        raise PluginError(
            plugin,
            f"{place} is hidden from {unknown[0]!r}, which is no role. Choose one of: "
            f"{', '.join(roles)}.",
        )
    kind = item.kind
    if isinstance(kind, Reference) and kind.same_client:
        target = item.on.metadata.tables.get(kind.table)
        here: set[str] = set(item.on.__table__.columns.keys())
        if not {"client_id", "owner_id"} <= here or target is None or "client_id" not in target.c:
            raise PluginError(
                plugin,
                f"{place} leads to a record of the same client, but one of both is no record "
                "of a client. Drop `same_client`.",
            )
    if item.hidden_from and item.searchable:
        raise PluginError(
            plugin,
            f"{place} is searchable and hidden from {item.hidden_from[0]!r}: a search would "
            "tell what it holds. Drop one of both.",
        )
    if item.group not in groups:
        raise PluginError(
            plugin,
            f"{place} stands in group {item.group!r}, which does not exist. Choose one of: "
            f"{', '.join(groups)}.",
        )


__all__ = ["check_field", "in_steps"]
