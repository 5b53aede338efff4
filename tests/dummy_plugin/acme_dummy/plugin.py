"""The plugin: its table of contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from acme_dummy.models import Visit
from kartoteka.api import (
    Action,
    Actor,
    Client,
    Entity,
    Event,
    Field,
    Matcher,
    Panel,
    PluginInfo,
    RecordChange,
    Rejected,
    RowStyle,
    Setting,
    Text,
    hookimpl,
)

PLUGIN = PluginInfo(
    name="acme",
    title="Acme",
    version="1.0",
    requires_core=">=0.1,<1",
    migrations="acme_dummy.migrations",
    settings=(Setting(name="greeting", kind=str, default="Hello"),),
)
#: Tests turn these; a real plugin would have settings.
SECRET_WORD = "TOP SECRET"
FORBIDDEN = "Forbidden name"
seen: list[Event] = []
broken_panel = False


@hookimpl
def fields() -> Iterable[Field[Any]]:
    """Declare one field: everything else about it is the framework's work."""
    return [
        Field(
            on=Client,
            name="acme_nickname",
            kind=Text(80),
            title="Nickname",
            help="What we call them among ourselves",
            listed=True,
            searchable=True,
            sort_key=True,
            synonyms=("nick", "прозвище"),
        )
    ]


@hookimpl
def entities() -> Iterable[Entity]:
    """Return the plugin's own record."""
    return [
        Entity(
            code="acme_visit", model=Visit, title="Visit", plural="Visits", label="title",
            menu="work", order="-visited_on", parent="client_id",
        )
    ]  # fmt: skip


@hookimpl
def panels() -> Iterable[Panel]:
    """Return a block that breaks when a test wants it."""
    return [
        Panel(code="acme.visits", title="Visits of Acme", template="acme/visits.html", data=_visits)
    ]


@hookimpl
def actions() -> Iterable[Action]:
    """Return a button over clients."""
    return [Action(code="acme.greet", title="Greet", run=_greet, place="client")]


@hookimpl
def matchers() -> Iterable[Matcher]:
    """Know clients by the nickname, and by visits on the same day."""
    return [
        Matcher(code="acme.nickname", title="Nickname", field="acme_nickname", is_key=True),
        Matcher(code="acme.visits", title="Visits", values=_visited, speaks_for=0.3),
    ]


@hookimpl
def visible(actor: Actor, entity: type[Any]) -> ColumnElement[bool] | None:
    """Hide the secret client from everybody but the director."""
    if entity is Client and "director" not in actor.roles:
        return Client.name != SECRET_WORD
    return None


@hookimpl
def row_styles(entity: str, records: Sequence[Any]) -> Mapping[int, RowStyle]:
    """Mark clients that have a nickname."""
    if entity != "client":
        return {}
    return {
        record.id: RowStyle(color="#fde68a", hint="Has a nickname")
        for record in records
        if record.acme_nickname
    }


@hookimpl
def before_save(session: Session, change: RecordChange) -> None:
    """Refuse a name, and complete a nickname."""
    if change.entity != "client":
        return
    if change.record.name == FORBIDDEN:
        raise Rejected("Acme does not work with them.", "name")
    if change.record.acme_nickname == "auto":
        change.record.acme_nickname = f"{change.record.name} Ё"


@hookimpl
def on_event(event: Event) -> None:
    """Remember what happened."""
    seen.append(event)


def _visits(session: Session, record: Any) -> Mapping[str, Any]:
    if broken_panel:
        raise RuntimeError("the panel of Acme broke")
    return {"greeting": "Hello from Acme"}


def _visited(session: Session, ids: Sequence[int] | None) -> Mapping[int, str]:
    query = select(Visit.client_id, Visit.title)
    if ids is not None:
        query = query.where(Visit.client_id.in_(ids))
    return {row[0]: row[1] for row in session.execute(query)}


def _greet(session: Session, records: Sequence[Any]) -> str:
    return f"Greeted {len(records)}"
