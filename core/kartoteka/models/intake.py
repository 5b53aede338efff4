"""Requests that come by themselves: the sites that may send them, and each as it came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, Integer, LongText, Moment_, Reference, Text_, Url, YesNo
from kartoteka.fields.types import now
from kartoteka.i18n import _
from kartoteka.models.catalog import only_pipeline, pipeline_titles
from kartoteka.models.record import OfClient, Record


class IntakeSite(Record):
    """A web site whose forms make deals. Its key is shown once; only a hash is kept."""

    __tablename__ = "intake_site"

    name: Mapped[str] = field(
        Text_(120), _("Name"), required=True, listed=True, searchable=True,
        help=_("Stands at the deals as the form they came by"),
    )  # fmt: skip
    department_id: Mapped[int] = field(
        Reference("department", on_delete="RESTRICT"), _("Department"), required=True, listed=True,
        index=True, help=_("Its curator is told of each request and gives it to a manager"),
    )  # fmt: skip
    pipeline: Mapped[str] = field(
        Choice(pipeline_titles), _("Pipeline"), required=True, default=only_pipeline,
        help=_("Deals begin in its first stage"),
    )  # fmt: skip
    source_id: Mapped[int | None] = field(
        Reference("source", on_delete="RESTRICT"), _("Source"), listed=True, index=True
    )
    origins: Mapped[str | None] = field(
        LongText(2000), _("Addresses of its pages"),
        help=_("One to a line, such as https://shop.example. Scripts of other pages are refused; "
               "empty: no scripts at all, only servers and plain forms"),
    )  # fmt: skip
    thanks_url: Mapped[str | None] = field(
        Url(), _("Page after a plain form"), help=_("Empty: a page of ours says thanks")
    )
    per_minute: Mapped[int] = field(
        Integer(1, 10_000), _("Requests a minute"), required=True, default=30, group="limits"
    )
    per_address: Mapped[int] = field(
        Integer(1, 10_000), _("Requests an hour from one address"), required=True, default=20,
        group="limits",
    )  # fmt: skip
    same_minutes: Mapped[int] = field(
        Integer(0, 10_080), _("The same form again is one request"), required=True, default=30,
        unit=_("min"), group="limits",
    )  # fmt: skip
    is_active: Mapped[bool] = field(
        YesNo(), _("In use"), required=True, default=True, listed=True, group="limits"
    )
    key_start: Mapped[str | None] = field(
        Text_(20), _("Key begins with"), readonly=True, listed=True, filterable=False
    )

    key_hash: Mapped[str | None] = mapped_column(String(64), unique=True)


class IntakeRequest(OfClient, Record):
    """One request from a site: whom it made or met, and by which page it came.

    What the sender wrote stands in the deal; here is only where it came from. It waits to be given
    to a manager as long as its client has none.
    """

    __tablename__ = "intake_request"
    __table_args__ = (
        Index("ix_intake_request_same", "site_id", "fingerprint", "arrived_at"),
        Index("ix_intake_request_key", "site_id", "idempotency_key", unique=True),
    )
    tracked = False

    site_id: Mapped[int] = field(
        Reference("intake_site", on_delete="RESTRICT"), _("Site"), required=True, readonly=True,
        listed=True,
    )  # fmt: skip
    arrived_at: Mapped[datetime] = field(
        Moment_(), _("When"), required=True, readonly=True, listed=True, default=now, index=True
    )
    deal_id: Mapped[int | None] = field(
        Reference("deal", on_delete="CASCADE", same_client=True), _("Deal"), readonly=True,
        listed=True, index=True,
    )  # fmt: skip
    contact_id: Mapped[int | None] = field(
        Reference("contact"), _("Contact"), readonly=True, index=True
    )
    is_known_client: Mapped[bool] = field(
        YesNo(), _("Client was known"), required=True, readonly=True, default=False
    )
    page: Mapped[str | None] = field(Text_(500), _("Page"), readonly=True, group="origin")
    referrer: Mapped[str | None] = field(Text_(500), _("Came from"), readonly=True, group="origin")
    utm_source: Mapped[str | None] = field(Text_(120), "utm_source", readonly=True, group="origin")
    utm_medium: Mapped[str | None] = field(Text_(120), "utm_medium", readonly=True, group="origin")
    utm_campaign: Mapped[str | None] = field(
        Text_(120), "utm_campaign", readonly=True, group="origin"
    )
    utm_term: Mapped[str | None] = field(Text_(120), "utm_term", readonly=True, group="origin")
    utm_content: Mapped[str | None] = field(
        Text_(120), "utm_content", readonly=True, group="origin"
    )

    #: Two with one key are one request, whenever the second comes.
    idempotency_key: Mapped[str | None] = mapped_column(String(100))
    #: Of everything that was sent: the same form again makes no second request for a while.
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    #: Whence it came, with a secret: enough to count, not enough to know.
    address_hash: Mapped[str | None] = mapped_column(String(64))


__all__ = ["IntakeRequest", "IntakeSite"]
