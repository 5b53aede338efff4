"""The plugin of funnel colours: its table of contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

import click
from flask import Flask
from sqlalchemy.orm import Session

from kartoteka.api import (
    Asset,
    Entity,
    Fact,
    Field,
    FieldGroup,
    Job,
    Panel,
    PluginInfo,
    RecordWritten,
    RowStyle,
    Setting,
    View,
    _,
    hookimpl,
)
from kartoteka_funnel_colors import (
    commands as color_commands,
    facts as color_facts,
    fields as color_fields,
    hookspecs as offered,
    jobs as color_jobs,
    marks,
    moves,
    past,
    recolor,
    regions,
    start,
)
from kartoteka_funnel_colors.page import FunnelColorsView
from kartoteka_funnel_colors.panel import panel_of

PLUGIN = PluginInfo(
    name="funnel_colors",
    title=_("Funnel colours"),
    version="0.1.0",
    requires_core=">=0.1,<1",
    migrations="kartoteka_funnel_colors.migrations",
    settings=(
        Setting(
            name="platinum_purchases",
            kind=int,
            default=3,
            help=_("Purchases that make a client platinum"),
        ),
        Setting(
            name="red_gold_purchases",
            kind=int,
            default=2,
            help=_("Purchases from which a client who stopped is red-gold"),
        ),
        Setting(
            name="long_purchases",
            kind=int,
            default=6,
            help=_("Purchases that make a long cooperation: whoever stops then is red-platinum"),
        ),
        Setting(
            name="silent_days",
            kind=int,
            default=180,
            help=_("Days without a purchase after which a client has stopped"),
        ),
    ),
)


@hookimpl
def hookspecs() -> ModuleType:
    """Return the hook by which other plugins change the colours."""
    return offered


@hookimpl
def fields() -> Iterable[Field[Any]]:
    """Return the colour of a client, and its answer to our offer."""
    return color_fields.FIELDS


@hookimpl
def field_groups() -> Iterable[FieldGroup]:
    """Return the block of the colour."""
    return (color_fields.GROUP,)


@hookimpl
def entities() -> Iterable[Entity]:
    """Return the movements between colours."""
    return (moves.ENTITY,)


@hookimpl
def facts() -> Iterable[Fact]:
    """Return what the rules ask beyond the facts of the core."""
    return color_facts.FACTS


@hookimpl
def views() -> Iterable[View]:
    """Return the pages of the funnel."""
    return (
        View(
            view=FunnelColorsView,
            title=_("Funnel colours"),
            menu="clients",
            icon="fa-filter",
            weight=20,
        ),
    )


@hookimpl
def panels() -> Iterable[Panel]:
    """Return the colour of a client with its reason and its way, and the colours of a region."""
    return (
        Panel(
            code="funnel_colors",
            title=_("Colour"),
            template="funnel_colors/panel.html",
            data=panel_of,
            weight=5,
            late=True,  # the colour and its reason stand in the head already
        ),
        Panel(
            code="funnel_colors_region",
            title=_("Colours of the clients here"),
            place="region",
            template="funnel_colors/region.html",
            data=regions.panel_of,
            weight=5,
        ),
    )


@hookimpl
def assets() -> Iterable[Asset]:
    """Return the style of colours."""
    return (Asset(path="funnel_colors.css"),)


@hookimpl
def commands() -> Iterable[click.Command]:
    """Return recompute, explain and flow."""
    return color_commands.COMMANDS


@hookimpl
def jobs() -> Iterable[Job]:
    """Return the nightly recolouring: some rules hang on the day."""
    return color_jobs.JOBS


@hookimpl
def row_styles(entity: str, records: Sequence[Any]) -> Mapping[int, RowStyle]:
    """Mark clients, their deals, tasks and people in lists with sign and name of the colour."""
    return marks.styles_of(entity, records)


@hookimpl
def after_save(session: Session, written: Sequence[RecordWritten]) -> None:
    """Recolour the clients concerned in the transaction of the fact."""
    recolor.after_save(session, written)


@hookimpl
def base_loaded(session: Session) -> None:
    """Colour a base that was loaded at once, and tell how it came to that."""
    past.color_loaded(session)


@hookimpl
def on_start(app: Flask) -> None:
    """Refuse to start with rules that can not be asked."""
    start.check(app)
