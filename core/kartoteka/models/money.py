"""Purchases and contracts: what clients bought, what they owe, what they signed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.fields.agreement import Agreement, not_before
from kartoteka.fields.days import believable
from kartoteka.fields.field import INFO, currency, field
from kartoteka.fields.kinds import Day, Integer, LongText, Money, Reference, Text_, YesNo
from kartoteka.fields.types import Exact, today
from kartoteka.i18n import _
from kartoteka.models.record import OfClient, Record

_SUMMED = ("amount_currency", "bought_on", "department_id", "owner_id", "amount")


def _is_within(paid: Decimal, amount: Decimal) -> bool:
    return abs(paid) <= abs(amount)


def _is_of_one_sign(paid: Decimal, amount: Decimal) -> bool:
    return paid * amount >= 0


class Purchase(OfClient, Record):
    """An order, an enrolment, a booking: whatever the business calls a purchase.

    A return is a purchase below zero; what was paid back is then below zero too.
    """

    __tablename__ = "purchase"
    __table_args__ = (
        Index("ix_purchase_client_id_bought_on", "client_id", "bought_on"),
        # Reports and regions sum the whole ledger: these hold all they read (services.ledger).
        Index("ix_purchase_sums_by_product", "product_id", *_SUMMED),
        Index("ix_purchase_sums_by_client", "client_id", *_SUMMED),
        Index(
            "ix_purchase_open_debts",
            "due_on", "amount_currency", "debt", "department_id", "owner_id",
            sqlite_where=text("debt > 0"), postgresql_where=text("debt > 0"),
        ),
        Index(
            "ix_purchase_without_currency", "client_id",
            sqlite_where=text("amount_currency IS NULL"),
            postgresql_where=text("amount_currency IS NULL"),
        ),
    )  # fmt: skip
    agreements = (
        Agreement(
            fields=("paid", "amount"),
            holds=_is_within,
            otherwise=_("More is paid than the amount. Correct one of them."),
        ),
        Agreement(
            fields=("paid", "amount"),
            holds=_is_of_one_sign,
            otherwise=_("Amount and what is paid are both above zero, or below it for a return."),
        ),
    )

    number: Mapped[str | None] = field(
        Text_(60), _("Number"), listed=True, index=True, searchable="whole",
        synonyms=("order number", "invoice number", "номер заказа", "номер счета", "номер покупки",
                  "номер на поръчка"),
    )  # fmt: skip
    bought_on: Mapped[date] = field(
        Day(), _("Date"), required=True, default=today, listed=True, index=True,
        check=believable,
        synonyms=("order date", "purchase date", "дата заказа", "дата покупки", "дата продажи",
                  "дата отгрузки", "дата на поръчка"),
    )  # fmt: skip
    amount: Mapped[Decimal] = field(
        Money(), _("Amount"), required=True, listed=True, help=_("Below zero for a return"),
        synonyms=("order amount", "sum", "сумма заказа", "сумма покупки", "сумма продажи",
                  "стоимость заказа", "сума"),
    )  # fmt: skip
    amount_currency: Mapped[str | None] = currency()
    paid: Mapped[Decimal] = field(
        Money(currency_of="amount_currency"), _("Paid"), required=True, default=Decimal(0),
        listed=True,
    )  # fmt: skip
    debt: Mapped[Decimal] = mapped_column(
        Exact(18, 2),
        # What was paid too much is no debt, nor is a return.
        Computed("CASE WHEN amount > paid THEN amount - paid ELSE 0 END"),
        active_history=True,
        index=True,
        info={
            INFO: {
                "kind": Money(currency_of="amount_currency"),
                "title": _("Owed"),
                "readonly": True,
                "listed": True,
                "index": True,
            }
        },
    )
    margin: Mapped[Decimal | None] = field(Money(currency_of="amount_currency"), _("Margin"))
    due_on: Mapped[date | None] = field(Day(), _("To be paid by"), listed=True, index=True)
    delay_days: Mapped[int | None] = field(
        Integer(-3650, 3650), _("Delay of delivery"), unit=_("days")
    )
    satisfaction: Mapped[int | None] = field(
        Integer(1, 10), _("Satisfaction"), help=_("From 1 to 10")
    )
    product_id: Mapped[int | None] = field(
        Reference("product", on_delete="RESTRICT"), _("Product or service"), listed=True, index=True
    )
    contact_id: Mapped[int | None] = field(Reference("contact"), _("Contact"))
    deal_id: Mapped[int | None] = field(Reference("deal", same_client=True), _("Deal"), index=True)
    note: Mapped[str | None] = field(LongText(), _("Note"))


class Contract(OfClient, Record):
    """A contract with its end: whom to renew, soon and overdue."""

    __tablename__ = "contract"
    agreements = (
        not_before("ends_on", "starts_on", _("A contract does not end before it begins.")),
    )

    number: Mapped[str] = field(
        Text_(60), _("Number"), required=True, listed=True, index=True, searchable="whole"
    )
    title: Mapped[str | None] = field(Text_(255), _("Subject of the contract"), listed=True)
    signed_on: Mapped[date | None] = field(Day(), _("Signed"), listed=True)
    starts_on: Mapped[date | None] = field(Day(), _("Begins"))
    ends_on: Mapped[date | None] = field(Day(), _("Ends"), listed=True, index=True)
    amount: Mapped[Decimal | None] = field(Money(Decimal(0)), _("Amount"), listed=True)
    amount_currency: Mapped[str | None] = currency()
    renews_itself: Mapped[bool] = field(
        YesNo(), _("Renews itself"), required=True, default=False, listed=True
    )
    closed_on: Mapped[date | None] = field(
        Day(), _("Closed"), help=_("Renewed or not to be renewed: it no longer reminds")
    )
    note: Mapped[str | None] = field(LongText(), _("Note"))
