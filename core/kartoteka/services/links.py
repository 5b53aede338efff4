"""Refuse links that can not be: rings in a tree, rows of two clients in one, strangers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import event, inspect as sa_inspect
from sqlalchemy.orm import Session, UOWTransaction

from kartoteka.models.deal import Deal
from kartoteka.models.record import Record
from kartoteka.services import deal_people, same_client, trees


def install(session_class: type[Session]) -> None:
    """Check the links of everything that sessions of this class write."""
    event.listen(session_class, "after_flush", _check)


def are_concerned(model: type[Any], names: set[str]) -> bool:
    """Say whether writing some fields may make a link that can not be."""
    if model is Deal and "client_id" in names:
        return True
    return any(names & {"client_id", name} for name in same_client.links_of(model)) or any(
        name in names for name in trees.branches_of(model)
    )


def demand_of_rows(session: Session, model: type[Any], names: set[str], ids: Iterable[int]) -> None:
    """Refuse what a statement wrote to many rows.

    Raises:
        Rejected: with the field; the caller undoes the statement.
    """
    ids = list(ids)
    for name in trees.branches_of(model):
        if name in names:
            trees.demand(session, model, name, ids)
    for name in same_client.links_of(model):
        if name in names or "client_id" in names:
            changed = "" if name in names else "client_id"
            same_client.demand(session, model, name, ids, changed=changed)
    if model is Deal and "client_id" in names:
        deal_people.demand(session, ids)


def _check(session: Session, context: UOWTransaction) -> None:
    """Look at what is written now: a row and what it leads to may have changed together."""
    branches: dict[tuple[type[Any], str], list[int]] = {}
    links: dict[tuple[type[Any], str, str], list[int]] = {}
    given: list[int] = []
    new = {r for r in session.new if isinstance(r, Record)}
    watched: dict[type[Any], tuple[list[str], list[str]]] = {}
    for record in [*session.new, *session.dirty]:
        if not isinstance(record, Record) or record in session.deleted:
            continue
        model = type(record)
        if isinstance(record, Deal) and record not in new and _has_changed(record, "client_id"):
            given.append(record.id)
        if model not in watched:
            watched[model] = trees.branches_of(model), list(same_client.links_of(model))
        for name in watched[model][0]:
            # A new record has nothing below it, unless it names itself.
            if record.id == getattr(record, name) or (
                record not in new and _has_changed(record, name)
            ):
                branches.setdefault((model, name), []).append(record.id)
        for name in watched[model][1]:
            if _has_changed(record, name):
                links.setdefault((model, name, ""), []).append(record.id)
            elif _has_changed(record, "client_id"):
                links.setdefault((model, name, "client_id"), []).append(record.id)
    for (model, name), ids in branches.items():
        trees.demand(session, model, name, ids)
    for (model, name, changed), ids in links.items():
        same_client.demand(session, model, name, ids, changed=changed)
    if given:
        deal_people.demand(session, given)


def _has_changed(record: Record, name: str) -> bool:
    """Say whether a value was written that is more than nothing."""
    history = sa_inspect(record).attrs[name].history
    return any(value is not None for value in history.added or ())


__all__ = ["are_concerned", "demand_of_rows", "install"]
