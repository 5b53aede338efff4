"""Region passports: the tree of regions, their indicators over time, what we wrote about them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from kartoteka.fields.agreement import not_before
from kartoteka.fields.days import past
from kartoteka.fields.field import field, key_column
from kartoteka.fields.kinds import (
    Choice,
    Day,
    DecimalNumber,
    Integer,
    LongText,
    Reference,
    Text_,
    Url,
    YesNo,
)
from kartoteka.i18n import _
from kartoteka.models.record import Record, Searchable

REGION_KINDS = {
    "country": _("Country"),
    "district": _("Federal district"),
    "region": _("Region"),
    "municipality": _("Municipality"),
    "settlement": _("Settlement"),
}
SECTIONS = {
    "economy": _("Economy"),
    "society": _("Society"),
    "politics": _("Politics"),
    "infrastructure": _("Infrastructure"),
    "market": _("Market"),
}
SPANS = {"year": _("Year"), "quarter": _("Quarter"), "month": _("Month"), "day": _("Day")}


class Region(Record, Searchable):
    """A country, federal district, region, municipality or settlement."""

    __tablename__ = "region"

    name: Mapped[str] = field(
        Text_(200), _("Name"), required=True, listed=True, searchable=True, sort_key=True,
        synonyms=("name", "region", "регион", "област", "название"),
    )  # fmt: skip
    name_key: Mapped[str | None] = key_column()
    kind: Mapped[str] = field(
        Choice(REGION_KINDS), _("Kind"), required=True, default="region", listed=True
    )
    parent_id: Mapped[int | None] = field(
        Reference("region", on_delete="RESTRICT", tree=True), _("Part of"), listed=True, index=True
    )
    iso_code: Mapped[str | None] = field(
        Text_(10), _("ISO 3166-2 code"), unique=True, listed=True, searchable=True, group="codes"
    )
    okato: Mapped[str | None] = field(Text_(11), _("ОКАТО"), index=True, group="codes")
    oktmo: Mapped[str | None] = field(Text_(11), _("ОКТМО"), index=True, group="codes")
    ekatte: Mapped[str | None] = field(Text_(8), _("ЕКАТТЕ"), index=True, group="codes")
    nuts: Mapped[str | None] = field(Text_(8), _("NUTS"), index=True, group="codes")
    time_zone: Mapped[str | None] = field(Text_(64), _("Time zone"), group="codes")


class Indicator(Record):
    """What is measured about regions."""

    __tablename__ = "indicator"

    code: Mapped[str] = field(Text_(60), _("Code"), required=True, unique=True, listed=True)
    title: Mapped[str] = field(Text_(200), _("Title"), required=True, listed=True, searchable=True)
    section: Mapped[str] = field(Choice(SECTIONS), _("Section"), required=True, listed=True)
    unit: Mapped[str | None] = field(Text_(60), _("Unit"), listed=True)
    fresh_months: Mapped[int | None] = field(
        Integer(1, 600), _("Fresh for"), unit=_("months"), help=_("Older values are shown grey")
    )


class IndicatorValue(Record):
    """One value of one indicator for one region and period."""

    __tablename__ = "indicator_value"
    __table_args__ = (UniqueConstraint("region_id", "indicator_id", "period", "span"),)

    region_id: Mapped[int] = field(
        Reference("region", on_delete="CASCADE"), _("Region"), required=True, listed=True,
        index=True,
    )  # fmt: skip
    indicator_id: Mapped[int] = field(
        Reference("indicator", on_delete="CASCADE"), _("Indicator"), required=True, listed=True,
        index=True,
    )  # fmt: skip
    period: Mapped[date] = field(
        Day(), _("Period from"), required=True, listed=True, help=_("First day of the period")
    )
    span: Mapped[str] = field(Choice(SPANS), _("Period"), required=True, default="year")
    value: Mapped[Decimal] = field(DecimalNumber(4), _("Value"), required=True, listed=True)
    source: Mapped[str | None] = field(Text_(255), _("Source"), listed=True)
    link: Mapped[str | None] = field(Url(), _("Link"))
    retrieved_on: Mapped[date | None] = field(Day(), _("Retrieved"), check=past)
    is_official: Mapped[bool] = field(
        YesNo(), _("Official"), required=True, default=False, listed=True
    )


class RegionNote(Record):
    """A dated text about a region, with the day by which somebody looks at it again."""

    __tablename__ = "region_note"
    agreements = (
        not_before("review_by", "written_on", _("Choose a day after the text was written.")),
    )

    region_id: Mapped[int] = field(
        Reference("region", on_delete="CASCADE"), _("Region"), required=True, listed=True,
        index=True,
    )  # fmt: skip
    section: Mapped[str] = field(Choice(SECTIONS), _("Section"), required=True, listed=True)
    title: Mapped[str] = field(Text_(255), _("Title"), required=True, listed=True)
    text: Mapped[str | None] = field(LongText(), _("Text"))
    author_id: Mapped[int | None] = field(Reference(User), _("Author"), readonly=True, listed=True)
    written_on: Mapped[date] = field(Day(), _("Written"), required=True, listed=True)
    review_by: Mapped[date | None] = field(Day(), _("Look at it again by"), listed=True)
