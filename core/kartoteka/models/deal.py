"""Deals, their way through the pipeline, and what we sell."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from kartoteka.fields.colors import color_code
from kartoteka.fields.field import currency, field
from kartoteka.fields.kinds import (
    Choice,
    Day,
    Integer,
    LongText,
    Moment_,
    Money,
    Reference,
    Text_,
    YesNo,
)
from kartoteka.i18n import _
from kartoteka.models.catalog import only_pipeline, pipeline_titles, stage_titles
from kartoteka.models.record import OfClient, Record, Searchable

_OPEN = text("closed_at IS NULL")


class Product(Record, Searchable):
    """A product or service we sell."""

    __tablename__ = "product"

    name: Mapped[str] = field(Text_(255), _("Name"), required=True, listed=True, searchable=True)
    code: Mapped[str | None] = field(
        Text_(60), _("Code"), unique=True, listed=True, searchable=True
    )
    group_name: Mapped[str | None] = field(Text_(120), _("Group"), listed=True)
    unit: Mapped[str | None] = field(Text_(30), _("Unit"))
    price: Mapped[Decimal | None] = field(Money(Decimal(0)), _("Price"), listed=True)
    price_currency: Mapped[str | None] = currency()
    is_active: Mapped[bool] = field(YesNo(), _("On sale"), required=True, default=True, listed=True)


class Deal(OfClient, Searchable, Record):
    """A request of a client on its way through a pipeline. `services.deals` moves it."""

    __tablename__ = "deal"
    __table_args__ = (
        Index("ix_deal_pipeline_stage", "pipeline", "stage"),
        Index("ix_deal_owner_id_stage", "owner_id", "stage"),
        # What waits today, of all open deals of a firm.
        Index(
            "ix_deal_open_next_step_on", "next_step_on",
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index("ix_deal_open_recheck_on", "recheck_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )  # fmt: skip

    title: Mapped[str] = field(
        Text_(255), _("Deal"), required=True, listed=True, searchable=True, step=1,
        synonyms=("deal", "deal name", "deal title", "opportunity", "сделка", "название сделки",
                  "тема сделки", "име на сделката"),
    )  # fmt: skip
    contact_id: Mapped[int | None] = field(Reference("contact"), _("Contact"), index=True)
    pipeline: Mapped[str] = field(
        Choice(pipeline_titles), _("Pipeline"), required=True, default=only_pipeline, group="stage"
    )
    stage: Mapped[str] = field(
        Choice(stage_titles), _("Stage"), required=True, readonly=True, listed=True, group="stage"
    )
    stage_since: Mapped[datetime] = field(
        Moment_(), _("In this stage since"), required=True, readonly=True, listed=True,
        group="stage",
    )  # fmt: skip
    amount: Mapped[Decimal | None] = field(Money(Decimal(0)), _("Amount"), listed=True, step=2)
    amount_currency: Mapped[str | None] = currency()
    product_id: Mapped[int | None] = field(
        Reference("product", on_delete="RESTRICT"), _("Product or service"), index=True, step=2
    )
    source_id: Mapped[int | None] = field(
        Reference("source", on_delete="RESTRICT"), _("Source"), index=True, step=1
    )
    channel: Mapped[str | None] = field(
        Text_(120), _("Line or form"), help=_("The phone line or the web form it came by")
    )
    important: Mapped[bool] = field(YesNo(), _("Important"), required=True, default=False)
    next_step_on: Mapped[date | None] = field(
        Day(), _("Next step"), listed=True, index=True, step=1
    )
    recheck_on: Mapped[date | None] = field(
        Day(), _("Come back on"), index=True, readonly=True, group="stage"
    )
    opened_at: Mapped[datetime] = field(
        Moment_(), _("Opened"), required=True, readonly=True, group="stage"
    )
    closed_at: Mapped[datetime | None] = field(
        Moment_(), _("Closed"), readonly=True, index=True, group="stage"
    )
    lost_reason_id: Mapped[int | None] = field(
        Reference("lost_reason", on_delete="RESTRICT"), _("Reason of loss"), readonly=True,
        index=True, group="stage",
    )  # fmt: skip
    lost_note: Mapped[str | None] = field(
        Text_(500), _("How it came to that"), readonly=True, group="stage"
    )
    note: Mapped[str | None] = field(LongText(), _("Note"), group="note")


class StageChange(OfClient, Record):
    """One move of a deal. Written by `services.deals.move_deal` and by nothing else."""

    __tablename__ = "stage_change"
    tracked = False

    deal_id: Mapped[int] = field(
        Reference("deal", on_delete="CASCADE", same_client=True), _("Deal"), required=True,
        readonly=True, listed=True, index=True,
    )  # fmt: skip
    pipeline: Mapped[str] = field(
        Choice(pipeline_titles), _("Pipeline"), required=True, readonly=True
    )
    old_stage: Mapped[str | None] = field(
        Choice(stage_titles), _("From"), readonly=True, listed=True
    )
    new_stage: Mapped[str] = field(
        Choice(stage_titles), _("To"), required=True, readonly=True, listed=True, index=True
    )
    moved_at: Mapped[datetime] = field(
        Moment_(), _("Moved"), required=True, readonly=True, listed=True, index=True
    )
    moved_by_id: Mapped[int | None] = field(
        Reference(User), _("Moved by"), readonly=True, listed=True
    )
    seconds: Mapped[int | None] = field(
        Integer(0), _("Time in the stage before"), unit=_("s"), readonly=True
    )
    lost_reason_id: Mapped[int | None] = field(
        Reference("lost_reason", on_delete="RESTRICT"), _("Reason of loss"), readonly=True,
        listed=True,
    )  # fmt: skip
    note: Mapped[str | None] = field(Text_(500), _("Note"), readonly=True)


class StageSetting(Record):
    """What staff changed about a stage that a plugin declared; its code stays the plugin's."""

    __tablename__ = "stage_setting"
    __table_args__ = (UniqueConstraint("pipeline", "stage"),)

    pipeline: Mapped[str] = field(
        Choice(pipeline_titles), _("Pipeline"), required=True, listed=True
    )
    stage: Mapped[str] = field(Choice(stage_titles), _("Stage"), required=True, listed=True)
    title: Mapped[str | None] = field(Text_(120), _("Shown as"), listed=True)
    color: Mapped[str | None] = field(Text_(20), _("Colour"), listed=True, check=color_code)
    position: Mapped[int | None] = field(Integer(0, 1000), _("Place in order"), listed=True)
    is_hidden: Mapped[bool] = field(YesNo(), _("Hidden"), required=True, default=False, listed=True)
