"""The client card: the client itself, where it came from, whom it prefers."""

from __future__ import annotations

import operator
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from kartoteka.fields.agreement import Agreement
from kartoteka.fields.days import believable
from kartoteka.fields.field import field, key_column
from kartoteka.fields.kinds import (
    Choice,
    Currency,
    Day,
    Integer,
    LongText,
    Moment_,
    Money,
    Percent,
    Reference,
    TaxId,
    Text_,
    Url,
    YesNo,
)
from kartoteka.i18n import _
from kartoteka.models.record import OfClient, Owned, Record, Searchable

CLIENT_KINDS = {"organisation": _("Organisation"), "person": _("Natural person")}
SIZE_CLASSES = {"A": _("A: large"), "B": _("B: middle"), "C": _("C: small")}
MARKET_RANKS = {"leader": _("Leader"), "middle": _("Middle"), "laggard": _("Laggard")}
INTERESTS = {"none": _("None"), "low": _("Low"), "medium": _("Medium"), "high": _("High")}


class Client(Owned, Searchable, Record):
    """An organisation or a natural person we sell to, or want to."""

    __tablename__ = "client"
    __table_args__ = (
        Index("ix_client_owner_id_name_key", "owner_id", "name_key"),
        Index("ix_client_department_id_name_key", "department_id", "name_key"),
        # The page of a region counts its clients from this index alone.
        Index(
            "ix_client_region_id_size_class",
            "region_id", "size_class", "department_id", "owner_id",
        ),
    )  # fmt: skip

    name: Mapped[str] = field(
        Text_(255), _("Name"), required=True, listed=True, searchable=True, sort_key=True, step=1,
        synonyms=("name", "company", "organization", "organisation", "company name", "client",
                  "customer", "firm", "account name", "common name", "short name",
                  "наименование", "название", "краткое наименование", "полное наименование",
                  "сокращенное наименование", "юридическое лицо", "организация",
                  "компания", "клиент", "контрагент", "предприятие", "име", "фирма", "дружество"),
    )  # fmt: skip
    name_key: Mapped[str | None] = key_column()
    kind: Mapped[str] = field(
        Choice(CLIENT_KINDS), _("Kind"), required=True, default="organisation", step=1
    )
    legal_form: Mapped[str | None] = field(
        Text_(80), _("Legal form"), help=_("For example LLC, ООО, ЕООД"), step=2
    )
    tax_id: Mapped[str | None] = field(
        TaxId(), _("Tax number"), searchable=True, index=True, step=2,
        help=_("INN (10 or 12 digits) or EIK/BULSTAT (9 or 13 digits)"),
        synonyms=("inn", "инн", "еик", "булстат", "vat", "tax id", "vat number", "инн/кпп"),
    )  # fmt: skip
    industry: Mapped[str | None] = field(
        Text_(120), _("Line of business"), step=2,
        synonyms=("industry", "sector", "отрасль", "вид деятельности", "дейност"),
    )  # fmt: skip
    external_id: Mapped[str | None] = field(
        Text_(80), _("Number in another system"), searchable=True, index=True, group="record",
        synonyms=("external id", "id", "code", "client id", "customer id", "account id",
                  "код", "код клиента", "идентификатор", "клиентски номер"),
    )  # fmt: skip
    size_class: Mapped[str | None] = field(
        Choice(SIZE_CLASSES), _("Size"), listed=True, group="value", step=2
    )
    market_rank: Mapped[str | None] = field(
        Choice(MARKET_RANKS), _("Place in its market"), group="value", step=3
    )
    interest: Mapped[str | None] = field(
        Choice(INTERESTS), _("Degree of interest"), group="value", step=2
    )
    region_id: Mapped[int | None] = field(
        Reference("region", on_delete="RESTRICT"),
        _("Region"),
        synonyms=("region", "oblast", "область", "субъект рф", "край", "регион", "област"),
        listed=True,
        index=True,
        group="place",
        step=1,
    )
    address: Mapped[str | None] = field(
        Text_(500), _("Address"), group="place", step=2,
        synonyms=("address", "адрес", "city"),
    )  # fmt: skip
    website: Mapped[str | None] = field(
        Url(),
        _("Web site"),
        searchable=True,
        group="place",
        step=2,
        synonyms=("website", "url", "site", "сайт"),
    )
    working_hours: Mapped[str | None] = field(Text_(200), _("Working hours"), group="place", step=3)
    note: Mapped[str | None] = field(
        LongText(), _("Note"), group="note",
        synonyms=("note", "notes", "comment", "comments", "remarks", "description", "примечание",
                  "примечания", "комментарий", "заметки", "бележка", "бележки", "коментар"),
    )  # fmt: skip
    important: Mapped[bool] = field(
        YesNo(), _("Important"), required=True, default=False, group="flags"
    )
    bankrupt: Mapped[bool] = field(
        YesNo(), _("Bankrupt"), required=True, default=False, group="flags"
    )
    is_reference: Mapped[bool] = field(
        YesNo(), _("Can be used as a reference"), required=True, default=False, group="flags"
    )
    left_on: Mapped[date | None] = field(Day(), _("Left us on"), group="loss", check=believable)
    lost_reason_id: Mapped[int | None] = field(
        Reference("lost_reason", on_delete="RESTRICT"), _("Leave reason"), group="loss"
    )
    lost_note: Mapped[str | None] = field(Text_(500), _("How it came to that"), group="loss")
    currency: Mapped[str | None] = field(Currency(), _("Currency of the account"), group="money")
    first_purchase_on: Mapped[date | None] = field(
        Day(), _("First purchase"), readonly=True, group="money"
    )
    last_purchase_on: Mapped[date | None] = field(
        Day(), _("Last purchase"), readonly=True, listed=True, index=True, group="money"
    )
    purchase_count: Mapped[int] = field(
        Integer(), _("Purchases"), readonly=True, required=True, default=0, index=True,
        group="money",
    )  # fmt: skip
    purchase_total: Mapped[Decimal] = field(
        Money(currency_of="currency"), _("Bought in all"), readonly=True, required=True,
        default=Decimal(0), listed=True, index=True, group="money",
    )  # fmt: skip
    debt_total: Mapped[Decimal] = field(
        Money(currency_of="currency"), _("Owes us"), readonly=True, required=True,
        default=Decimal(0), group="money",
    )  # fmt: skip
    last_contact_at: Mapped[datetime | None] = field(
        Moment_(), _("Last contact"), readonly=True, listed=True, index=True, group="value"
    )
    completeness: Mapped[int] = field(
        Integer(0, 100), _("Card filled"), unit="%", readonly=True, required=True, default=0,
        group="value",
    )  # fmt: skip


class Source(Record):
    """A way by which clients come: internet, directory, exhibition, recommendation …"""

    __tablename__ = "source"

    name: Mapped[str] = field(Text_(120), _("Name"), required=True, listed=True, searchable=True)
    code: Mapped[str | None] = field(Text_(60), _("Code"), unique=True, readonly=True)
    is_active: Mapped[bool] = field(YesNo(), _("In use"), required=True, default=True, listed=True)


class ClientSource(OfClient, Record):
    """One source of one client; a client may have several."""

    __tablename__ = "client_source"
    __table_args__ = (
        # The yield of sources is counted from this index alone.
        Index(
            "ix_client_source_client_id_source_id",
            "client_id", "source_id", "department_id", "owner_id",
        ),
    )  # fmt: skip
    agreements = (
        Agreement(
            fields=("recommended_by_id", "client_id"),
            holds=operator.ne,
            otherwise=_("Nobody recommends themselves. Choose another client."),
        ),
    )
    same_by = ("client_id", "source_id")

    source_id: Mapped[int] = field(
        Reference("source", on_delete="RESTRICT"), _("Source"), required=True, listed=True,
        index=True,
    )  # fmt: skip
    seen_on: Mapped[date | None] = field(Day(), _("Date"), listed=True, check=believable)
    recommended_by_id: Mapped[int | None] = field(
        Reference("client"), _("Recommended by"), listed=True
    )
    note: Mapped[str | None] = field(Text_(500), _("Note"))


class Competitor(Record, Searchable):
    """A firm that sells to our clients too."""

    __tablename__ = "competitor"

    name: Mapped[str] = field(Text_(255), _("Name"), required=True, listed=True, searchable=True)
    website: Mapped[str | None] = field(Url(), _("Web site"), listed=True)
    advantages: Mapped[str | None] = field(LongText(), _("Advantages over us"))
    market_share: Mapped[Decimal | None] = field(Percent(), _("Market share"), listed=True)
    market_note: Mapped[str | None] = field(LongText(), _("Notes on market share"))


class ClientCompetitor(OfClient, Record):
    """A competitor the client buys from, and why."""

    __tablename__ = "client_competitor"
    same_by = ("client_id", "competitor_id")

    competitor_id: Mapped[int] = field(
        Reference("competitor", on_delete="RESTRICT"), _("Competitor"), required=True,
        listed=True, index=True,
    )  # fmt: skip
    is_preferred: Mapped[bool] = field(
        YesNo(), _("Preferred to us"), required=True, default=False, listed=True
    )
    why: Mapped[str | None] = field(Text_(500), _("Why"), listed=True)
    share: Mapped[Decimal | None] = field(Percent(), _("Share of the client's purchases"))


class LostReason(Record):
    """A reason for which clients leave and deals are lost."""

    __tablename__ = "lost_reason"

    name: Mapped[str] = field(Text_(120), _("Name"), required=True, listed=True, searchable=True)
    code: Mapped[str | None] = field(Text_(60), _("Code"), unique=True, readonly=True)
    is_active: Mapped[bool] = field(YesNo(), _("In use"), required=True, default=True, listed=True)
