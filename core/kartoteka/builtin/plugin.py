"""The core's own contributions, through the same hooks that plugins use: its table of contents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kartoteka import __version__
from kartoteka.builtin import (
    actions as core_actions,
    entities as core_entities,
    facts as core_facts,
    jobs as core_jobs,
    notices as core_notices,
    pages,
    panels as core_panels,
    report_facts,
    reports as core_reports,
    vocabulary,
)
from kartoteka.builtin.pipeline import SALES
from kartoteka.criteria.facts import Fact
from kartoteka.fields.field import Field
from kartoteka.hooks.contributions import (
    CORE_ROLES,
    Action,
    ActivityKind,
    ClientsHandedOver,
    DealMoved,
    DmuRole,
    Entity,
    Event,
    FieldGroup,
    IndicatorItem,
    Job,
    JobEnded,
    Link,
    LostReasonItem,
    MenuCategory,
    NotificationKind,
    Panel,
    Permission,
    Pipeline,
    PluginInfo,
    RecordSaved,
    Report,
    Role,
    SourceItem,
    View,
)
from kartoteka.hooks.hookspecs import hookimpl
from kartoteka.i18n import _

PLUGIN = PluginInfo(
    name="core",
    title=_("Kartoteka"),
    version=__version__,
    requires_core=f"=={__version__}",
    migrations="kartoteka.migrations",
)


@hookimpl
def fields() -> Iterable[Field[Any]]:
    """The core's columns are declared in its models; the registry reads them from there."""
    return ()


@hookimpl
def entities() -> Iterable[Entity]:
    """Return the records of the core."""
    return core_entities.ENTITIES


@hookimpl
def field_groups() -> Iterable[FieldGroup]:
    """Return the blocks of the core's forms."""
    return vocabulary.FIELD_GROUPS


@hookimpl
def roles() -> Iterable[Role]:
    """Return director, curator, manager, assistant."""
    return CORE_ROLES


@hookimpl
def menu() -> Iterable[MenuCategory]:
    """Return the headings of the navigation."""
    return vocabulary.MENU


@hookimpl
def activity_kinds() -> Iterable[ActivityKind]:
    """Return calls, meetings, letters, notes and the rest."""
    return vocabulary.ACTIVITY_KINDS


@hookimpl
def pipelines() -> Iterable[Pipeline]:
    """Return the plain way of a sale, for a base whose plugins bring no pipeline."""
    return (SALES,)


@hookimpl
def dmu_roles() -> Iterable[DmuRole]:
    """Return the nine usual roles in a decision-making unit."""
    return vocabulary.DMU_ROLES


@hookimpl
def sources() -> Iterable[SourceItem]:
    """Return the usual ways by which clients come."""
    return vocabulary.SOURCES


@hookimpl
def lost_reasons() -> Iterable[LostReasonItem]:
    """Return the usual reasons of loss."""
    return vocabulary.LOST_REASONS


@hookimpl
def indicators() -> Iterable[IndicatorItem]:
    """Return the indicators of a region passport."""
    return vocabulary.INDICATORS


@hookimpl
def facts() -> Iterable[Fact]:
    """Return what the core knows of clients by their history."""
    return (*core_facts.FACTS, *report_facts.FACTS)


@hookimpl
def reports() -> Iterable[Report]:
    """Return the reports on people, sales, clients and money."""
    return core_reports.REPORTS


@hookimpl
def jobs() -> Iterable[Job]:
    """Return the nightly work of the core."""
    return core_jobs.JOBS


@hookimpl
def notification_kinds() -> Iterable[NotificationKind]:
    """Return what the core tells people of."""
    return core_notices.KINDS


@hookimpl
def events() -> Iterable[type[Event]]:
    """Return what the core tells plugins after a commit."""
    return (RecordSaved, DealMoved, ClientsHandedOver, JobEnded)


@hookimpl
def views() -> Iterable[View]:
    """Return the pages made by hand."""
    return pages.views()


@hookimpl
def links() -> Iterable[Link]:
    """Return places in the navigation that are neither lists nor pages of their own."""
    return pages.LINKS


@hookimpl
def panels() -> Iterable[Panel]:
    """Return the blocks of the home page."""
    return core_panels.PANELS


@hookimpl
def actions() -> Iterable[Action]:
    """Return the buttons over clients."""
    return core_actions.ACTIONS


@hookimpl
def permissions() -> Iterable[Permission]:
    """Return the right to hand clients over."""
    return core_actions.PERMISSIONS
