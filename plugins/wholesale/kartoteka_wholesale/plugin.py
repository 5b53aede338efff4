"""The wholesale plugin: its table of contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import (
    DemoBase,
    Fact,
    Field,
    FieldGroup,
    FieldStep,
    LostReasonItem,
    Norm,
    Panel,
    Pipeline,
    PluginInfo,
    RecordChange,
    RowStyle,
    Segment,
    Setting,
    SourceItem,
    _,
    concerns,
    hookimpl,
)
from kartoteka_wholesale import (
    facts as order_facts,
    fields as profile_fields,
    marks,
    minimum_sale,
    norms as work_norms,
    pipeline,
    profile,
    segments as client_segments,
    vocabulary,
)
from kartoteka_wholesale.demo.build import build

PLUGIN = PluginInfo(
    name="wholesale",
    title=_("Wholesale"),
    version="0.1.0",
    requires_core=">=0.1,<1",
    migrations="kartoteka_wholesale.migrations",
    settings=(
        Setting(
            name="minimum_sale",
            kind=int,
            default=5_000,
            help=_("Least amount of a first sale, in the currency of the installation; 0: none"),
        ),
        Setting(
            name="minimum_repeat_sale",
            kind=int,
            default=10_000,
            help=_("Least amount of a further sale to the same client; 0: none"),
        ),
    ),
)


@hookimpl
def fields() -> Iterable[Field[Any]]:
    """Return the profiles of shops and manufacturers."""
    return profile_fields.FIELDS


@hookimpl
def field_groups() -> Iterable[FieldGroup]:
    """Return the blocks of the two profiles."""
    return profile_fields.GROUPS


@hookimpl
def steps() -> Iterable[FieldStep]:
    """Return when a wholesale firm asks for fields of the core."""
    return profile_fields.STEPS


@hookimpl
def pipelines() -> Iterable[Pipeline]:
    """Return the way of a wholesale deal."""
    return (pipeline.WHOLESALE,)


@hookimpl
def sources() -> Iterable[SourceItem]:
    """Return ways by which wholesale clients come."""
    return vocabulary.SOURCES


@hookimpl
def lost_reasons() -> Iterable[LostReasonItem]:
    """Return reasons for which wholesale clients leave."""
    return vocabulary.LOST_REASONS


@hookimpl
def norms() -> Iterable[Norm]:
    """Return how often clients are called and how much work is expected."""
    return work_norms.NORMS


@hookimpl
def segments() -> Iterable[Segment]:
    """Return the groups a wholesale firm works with."""
    return client_segments.SEGMENTS


@hookimpl
def facts() -> Iterable[Fact]:
    """Return what a wholesale firm asks of its clients' orders."""
    return order_facts.FACTS


@hookimpl
def panels() -> Iterable[Panel]:
    """Return the profile of a shop or manufacturer with its last orders."""
    return (
        Panel(
            code="wholesale_profile",
            title=_("Wholesale profile"),
            template="wholesale/profile.html",
            data=profile.profile_of,
            weight=30,
        ),
    )


@hookimpl
def row_styles(entity: str, records: Sequence[Any]) -> Mapping[int, RowStyle]:
    """Mark bankrupt and important clients, important deals and purchases under the minimum."""
    return marks.styles_of(entity, records)


@hookimpl
@concerns("deal")
def before_save(session: Session, change: RecordChange) -> None:
    """Refuse an offer under the minimum sale."""
    minimum_sale.check(session, change)


@hookimpl
def demo_bases() -> Iterable[DemoBase]:
    """Return the base of a wholesale firm in Russia and Bulgaria, of any size."""
    return (
        DemoBase(
            code="wholesale",
            title=_("A wholesale firm"),
            build=build,
            language="ru",
            plugins=("excel_import", "funnel_colors"),
        ),
    )
