"""Every point where a plugin takes part. One function, one question asked of the plugin.

Three stages, in the order the functions stand below:

* schema   - once for each process, before any view is made;
* compose  - once for each application; return constants, touch neither database nor request;
* run      - while serving; keep it fast, take only the arguments you need.
"""

# A specification only names its arguments; the docstring is the contract.
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click
from flask import Blueprint, Flask
from pluggy import HookimplMarker, HookspecMarker
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from kartoteka.access.actor import Actor
from kartoteka.criteria.facts import Fact
from kartoteka.fields.field import Field
from kartoteka.hooks.contributions import (
    Action,
    ActivityKind,
    Asset,
    ContactWay,
    DemoBase,
    DmuRole,
    Entity,
    Event,
    FieldGroup,
    FieldStep,
    IndicatorItem,
    Job,
    Link,
    LostReasonItem,
    Matcher,
    MenuCategory,
    Norm,
    NotificationKind,
    Panel,
    Permission,
    Pipeline,
    RecordChange,
    RecordWritten,
    Report,
    Role,
    RowStyle,
    Segment,
    SourceItem,
    View,
)

if TYPE_CHECKING:
    from kartoteka.models.record import Record

PROJECT = "kartoteka"
hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)


# Schema


@hookspec
def fields() -> Iterable[Field[Any]]:
    """Return the columns this plugin adds to records of the core or of other plugins."""
    return ()


@hookspec
def entities() -> Iterable[Entity]:
    """Return the kinds of record this plugin brings; each gets screens, REST, rights, history."""
    return ()


# Compose


@hookspec
def hookspecs() -> ModuleType | None:
    """Return a module of hook specifications that this plugin offers to other plugins."""


@hookspec
def field_groups() -> Iterable[FieldGroup]:
    """Return blocks into which forms and cards group their fields."""
    return ()


@hookspec
def steps() -> Iterable[FieldStep]:
    """Return at which step of filling a card fields of the core or of other plugins are asked."""
    return ()


@hookspec
def roles() -> Iterable[Role]:
    """Return roles of staff beyond director, curator, manager and assistant."""
    return ()


@hookspec
def pipelines() -> Iterable[Pipeline]:
    """Return pipelines with their stages, requirements and allowed moves."""
    return ()


@hookspec
def activity_kinds() -> Iterable[ActivityKind]:
    """Return kinds of entry in the history of cooperation."""
    return ()


@hookspec
def dmu_roles() -> Iterable[DmuRole]:
    """Return roles in a decision-making unit; say which are required.

    A role of the core that is declared anew is as the plugin says: required or not.
    """
    return ()


@hookspec
def sources() -> Iterable[SourceItem]:
    """Return ways by which clients come; `db upgrade` writes them into the table."""
    return ()


@hookspec
def lost_reasons() -> Iterable[LostReasonItem]:
    """Return reasons for which clients leave; `db upgrade` writes them into the table."""
    return ()


@hookspec
def indicators() -> Iterable[IndicatorItem]:
    """Return indicators of region passports; `db upgrade` writes them into the table."""
    return ()


@hookspec
def norms() -> Iterable[Norm]:
    """Return the business's norms of work with clients."""
    return ()


@hookspec
def matchers() -> Iterable[Matcher]:
    """Return columns by which clients are compared when duplicates are looked for."""
    return ()


@hookspec
def segments() -> Iterable[Segment]:
    """Return groups of records that belong together; staff add their own on screen."""
    return ()


@hookspec
def facts() -> Iterable[Fact]:
    """Return what is known about records by their history, as operands of criteria."""
    return ()


@hookspec
def reports() -> Iterable[Report]:
    """Return pages of figures: each has a screen, a chart, files, REST and a command."""
    return ()


@hookspec
def menu() -> Iterable[MenuCategory]:
    """Return headings of the navigation."""
    return ()


@hookspec
def views() -> Iterable[View]:
    """Return views with pages of their own and their place in the menu."""
    return ()


@hookspec
def links() -> Iterable[Link]:
    """Return menu entries that lead to an address."""
    return ()


@hookspec
def panels() -> Iterable[Panel]:
    """Return the blocks shown on records' pages and on the home page."""
    return ()


@hookspec
def actions() -> Iterable[Action]:
    """Return buttons over one record or over selected rows."""
    return ()


@hookspec
def permissions() -> Iterable[Permission]:
    """Return rights that no entity implies."""
    return ()


@hookspec
def endpoints() -> Iterable[Blueprint]:
    """Return blueprints for machines: webhooks and JSON."""
    return ()


@hookspec
def contact_ways() -> Iterable[ContactWay]:
    """Return buttons beside phones and addresses: to call, to write."""
    return ()


@hookspec
def assets() -> Iterable[Asset]:
    """Return style sheets and scripts loaded on every page."""
    return ()


@hookspec
def commands() -> Iterable[click.Command]:
    """Return commands; each appears as `kartoteka <plugin> <command>`.

    Decorate one with `with_session` to give it a session and the option `--as USER`.
    """
    return ()


@hookspec
def jobs() -> Iterable[Job]:
    """Return long work that runs in a worker: started by people, by programs or by a schedule."""
    return ()


@hookspec
def notification_kinds() -> Iterable[NotificationKind]:
    """Return what people may be told of in the bell."""
    return ()


@hookspec
def events() -> Iterable[type[Event]]:
    """Return the kinds of event this plugin may emit."""
    return ()


@hookspec
def demo_bases() -> Iterable[DemoBase]:
    """Return realistic bases for `kartoteka demo`."""
    return ()


@hookspec
def on_start(app: Flask) -> None:
    """Finish setting up; the last resort when no other hook fits."""


# Run


@hookspec
def visible(actor: Actor, entity: type[Record]) -> ColumnElement[bool] | None:
    """Return a condition that narrows the records this actor sees; all are joined by AND."""


@hookspec
def row_styles(entity: str, records: Sequence[Any]) -> Mapping[int, RowStyle]:
    """Return styles by record id for one page of a list; called once for the page."""
    return {}


@hookspec(firstresult=True)
def assign_manager(session: Session, client: Any) -> int | None:
    """Return the id of the user who takes a new client; the first answer wins."""


@hookspec
def before_save(session: Session, change: RecordChange) -> None:
    """Check or complete a record inside its transaction; raise `Rejected` to refuse it."""


@hookspec
def after_save(session: Session, written: Sequence[RecordWritten]) -> None:
    """Bring what this plugin keeps up to date, in the transaction of the records just written."""


@hookspec
def base_loaded(session: Session) -> None:
    """Compute what this plugin keeps for all records: rows were loaded round the session."""


@hookspec
def on_event(event: Event) -> None:
    """React to a committed event; an error is logged and does not reach the user."""
