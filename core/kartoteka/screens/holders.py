"""Say to which page a record without a page of its own in the menu belongs."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from kartoteka.fields.kinds import Reference
from kartoteka.hooks.contributions import Entity
from kartoteka.screens import rights
from kartoteka.services.records import registry_of, visible_fields

DEEPEST = 5


def page_of(session: Session, entity: Entity, record: Any) -> str:
    """Return the page on which people read a record: its own, or that of what it belongs to.

    A phone is read on the page of its person, a member of a DMU on that of the client. What has
    a place in the menu is read on its own page, whatever it belongs to.
    """
    return _holder(session, entity, record, DEEPEST) or url_for(f"{entity.code}.show", pk=record.id)


def list_of(session: Session, entity: Entity, record: Any) -> str:
    """Return where people go when a record is no more: what it belonged to, or its list."""
    return _holder(session, entity, record, DEEPEST) or url_for(f"{entity.code}.list")


def page_of_new(session: Session, entity: Entity) -> str:
    """Return the page a form for a new record was opened for, as its address says; else none."""
    for name, table in _links(session, entity):
        holder = registry_of(session).entities.get(table)
        text = request.args.get(name, "")
        known = text.isascii() and text.isdecimal() and len(text) < 10
        if holder is not None and known and rights.may("show", holder):
            return url_for(f"{holder.code}.show", pk=int(text))
    return ""


def _holder(session: Session, entity: Entity, record: Any, left: int) -> str:
    if entity.menu or not entity.parent or not left:
        return ""
    for name, table in _links(session, entity):
        holder, number = registry_of(session).entities.get(table), getattr(record, name)
        if holder is None or number is None or not rights.may("show", holder):
            continue
        found = session.get(holder.model, number)
        if found is not None:
            above = _holder(session, holder, found, left - 1)
            return above or url_for(f"{holder.code}.show", pk=found.id)
    return ""


def _links(session: Session, entity: Entity) -> list[tuple[str, str]]:
    """Return field and table of what a record belongs to, the one the person came by first."""
    fields = visible_fields(session, entity)
    if entity.parent not in fields:
        return []
    found = [
        (name, item.kind.table)
        for name, item in fields.items()
        if isinstance(item.kind, Reference)
        and (name == entity.parent or item.kind.on_delete == "CASCADE")
    ]
    return sorted(found, key=lambda link: (link[0] not in request.args, link[0] != entity.parent))


__all__ = ["list_of", "page_of", "page_of_new"]
