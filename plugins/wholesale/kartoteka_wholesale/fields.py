"""What a wholesaler knows about a client: the profile of a shop, the profile of a manufacturer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kartoteka.api import (
    Choice,
    Client,
    DecimalNumber,
    Field,
    FieldGroup,
    FieldStep,
    Integer,
    LongText,
    Money,
    Text,
    _,
)

TYPES = {"shop": _("Shop"), "manufacturer": _("Manufacturer"), "other": _("Other")}
PRICE_RANGES = {
    "economy": _("Economy class"),
    "middle": _("Middle"),
    "upper_middle": _("Upper middle"),
    "premium": _("Premium"),
}
DELIVERIES = {
    "weekly": _("Every week"),
    "fortnightly": _("Every two weeks"),
    "monthly": _("Every month"),
    "seasonal": _("By season"),
    "irregular": _("From time to time"),
}
OF_SHOPS = {"wholesale_type": ("shop",)}
OF_MAKERS = {"wholesale_type": ("manufacturer",)}

GROUPS = (
    FieldGroup(code="wholesale_terms", title=_("Wholesale"), weight=21),
    FieldGroup(code="wholesale_shop", title=_("Shop"), weight=22),
    FieldGroup(code="wholesale_manufacturer", title=_("Manufacturer"), weight=23),
)

#: A lorry comes while somebody is there to unload it: who delivers asks for that early.
STEPS = (FieldStep(entity="client", field="working_hours", step=2),)

FIELDS: tuple[Field[Any], ...] = (
    Field(
        on=Client, name="wholesale_type", kind=Choice(TYPES), title=_("Type of client"),
        group="wholesale_terms", step=1, listed=True, index=True,
        synonyms=("client type", "type", "тип клиента", "вид клиента", "тип клиент"),
    ),
    Field(
        on=Client, name="wholesale_min_order", kind=Money(Decimal(0)), title=_("Minimum order"),
        help=_("Agreed with this client; goes before the minimum of the firm"),
        group="wholesale_terms", step=3,
        synonyms=("min order", "минимальный заказ", "минимална поръчка"),
    ),
    Field(
        on=Client, name="wholesale_problem_note", kind=LongText(),
        title=_("Problems with this client"),
        help=_("Disputes, bad debts, warnings. Sellers do not see it"),
        group="wholesale_terms", hidden_from=("manager", "assistant"),
        synonyms=("problems", "проблемы", "проблеми"),
    ),
    Field(
        on=Client, name="wholesale_floor_area",
        kind=DecimalNumber(1, Decimal(0), Decimal(10_000_000)),
        title=_("Floor area"), unit=_("m²"), group="wholesale_shop", step_for=OF_SHOPS, step=2,
        synonyms=("area", "площадь", "торговая площадь", "площ", "търговска площ"),
    ),
    Field(
        on=Client, name="wholesale_outlets", kind=Integer(0, 100_000),
        title=_("Number of outlets"), group="wholesale_shop", step_for=OF_SHOPS, step=2,
        synonyms=("outlets", "shops", "торговых точек", "количество магазинов", "брой обекти"),
    ),
    Field(
        on=Client, name="wholesale_price_range", kind=Choice(PRICE_RANGES),
        title=_("Price range"), group="wholesale_shop", step_for=OF_SHOPS, step=2,
        synonyms=("price level", "ценовой сегмент", "ценовой диапазон", "ценови клас"),
    ),
    Field(
        on=Client, name="wholesale_brands", kind=Text(500), title=_("Brands on sale"),
        help=_("Several go behind commas"), group="wholesale_shop", step_for=OF_SHOPS,
        step=3, searchable=True,
        synonyms=("brands", "бренды", "марки", "торговые марки", "търговски марки"),
    ),
    Field(
        on=Client, name="wholesale_delivery", kind=Choice(DELIVERIES),
        title=_("Regularity of deliveries"), group="wholesale_shop", step_for=OF_SHOPS, step=3,
        synonyms=("deliveries", "регулярность поставок", "поставки", "редовност на доставките"),
    ),
    Field(
        on=Client, name="wholesale_production", kind=Text(255), title=_("Volume of production"),
        help=_("For example: 1,200 sofas a month"), group="wholesale_manufacturer",
        step_for=OF_MAKERS, step=2,
        synonyms=("production volume", "объём производства", "обем на производството"),
    ),
    Field(
        on=Client, name="wholesale_equipment", kind=LongText(), title=_("Equipment"),
        group="wholesale_manufacturer", step_for=OF_MAKERS,
        step=3,
        synonyms=("machines", "оборудование", "оборудване"),
    ),
    Field(
        on=Client, name="wholesale_expansion", kind=LongText(), title=_("Plans to expand"),
        group="wholesale_manufacturer", step_for=OF_MAKERS,
        step=3,
        synonyms=("expansion", "планы расширения", "планове за разширяване"),
    ),
    Field(
        on=Client, name="wholesale_habits", kind=LongText(), title=_("How they buy"),
        help=_("Who orders, how often, by tender or by phone, in which season"),
        group="wholesale_manufacturer", step_for=OF_MAKERS,
        step=3,
        synonyms=("purchase habits", "как закупают", "навици при покупка"),
    ),
    Field(
        on=Client, name="wholesale_suppliers", kind=LongText(), title=_("Other suppliers"),
        group="wholesale_manufacturer", step_for=OF_MAKERS,
        step=3,
        synonyms=("suppliers", "другие поставщики", "други доставчици"),
    ),
)  # fmt: skip
