"""The navigation on the left: headings, and under them what the person may open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import request, url_for

from kartoteka.hooks.registry import Registry
from kartoteka.i18n import Text
from kartoteka.screens import rights


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One place in the navigation. An empty `view` is open to everybody who is logged in."""

    title: Text
    icon: str
    menu: str
    weight: int = 100
    endpoint: str = ""
    href: str = ""
    permission: str = ""
    view: str = ""

    @property
    def address(self) -> str:
        """Where it leads."""
        return self.href or url_for(self.endpoint)

    @property
    def is_here(self) -> bool:
        """Say whether the page shown belongs to it."""
        if self.endpoint:
            return request.blueprint == self.endpoint.partition(".")[0]
        return request.path == self.href


@dataclass(frozen=True, kw_only=True, slots=True)
class Category:
    """A heading with its places."""

    title: Text
    entries: Sequence[Entry]


def navigation(registry: Registry, entries: Sequence[Entry]) -> list[Category]:
    """Return the headings with the places open to the person served."""
    if not rights.is_known():
        return []
    found: list[Category] = []
    if any(entry.is_here for entry in entries if not entry.endpoint):
        # A page with a place of its own is not also marked as the list it belongs to.
        entries = [replace(one, href=one.address, endpoint="") for one in entries]
    for heading in sorted(registry.menu.values(), key=lambda item: item.weight):
        mine = [e for e in entries if e.menu == heading.code and _is_open(e)]
        if mine:
            mine.sort(key=lambda entry: entry.weight)
            found.append(Category(title=heading.title, entries=mine))
    return found


def entries_of(registry: Registry) -> list[Entry]:
    """Return the places of entities and links; those of views are known when they are made."""
    found = [
        Entry(
            title=entity.plural, icon=entity.icon, menu=entity.menu, weight=entity.weight,
            endpoint=f"{entity.code}.list", permission="can_list",
            view=rights.permission_name(entity),
        )
        for entity in registry.entities.values()
        if entity.menu
    ]  # fmt: skip
    found += [
        Entry(
            title=x.title, icon=x.icon, menu=x.menu, weight=x.weight, href=x.href,
            permission="can_list" if x.entity else "",
            view=rights.permission_name(x.entity) if x.entity else "",
        )
        for x in registry.links.values()
    ]  # fmt: skip
    return found


def _is_open(entry: Entry) -> bool:
    return not entry.view or rights.has(entry.permission, entry.view)


__all__ = ["Category", "Entry", "entries_of", "navigation"]
