"""Which columns the demo fills in each table, in the order in which rows give their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kartoteka.api import (
    Activity,
    BulkLoad,
    Change,
    Client,
    ClientCompetitor,
    ClientSource,
    Contact,
    ContactPoint,
    Contract,
    Deal,
    Dmu,
    DmuMember,
    DmuRelation,
    Employment,
    Purchase,
    StageChange,
    Task,
)

_SIGNED = ("version", "created_at", "created_by_id", "updated_at", "updated_by_id")
_OF_CLIENT = ("owner_id", "department_id", "client_id", *_SIGNED)
_OWNED = ("owner_id", "department_id", *_SIGNED)

COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Client: (
        "id", "name", "name_key", "kind", "legal_form", "tax_id", "industry", "external_id",
        "size_class", "market_rank", "interest", "region_id", "address", "website",
        "working_hours", "note", "important", "bankrupt", "is_reference", "left_on",
        "lost_reason_id", "lost_note", "currency", "first_purchase_on", "last_purchase_on",
        "purchase_count", "purchase_total", "debt_total", "last_contact_at", "wholesale_type",
        "wholesale_min_order", "wholesale_min_order_currency", "wholesale_problem_note",
        "wholesale_floor_area", "wholesale_outlets", "wholesale_price_range",
        "wholesale_brands", "wholesale_delivery", "wholesale_production",
        "wholesale_equipment", "wholesale_expansion", "wholesale_habits",
        "wholesale_suppliers", "completeness", "search_text", *_OWNED,
    ),
    Contact: ("id", "name", "name_key", "birthday", "note", "search_text", *_OWNED),
    Employment: ("id", "contact_id", "position", "unit", "since", "until", "is_main", *_OF_CLIENT),
    ContactPoint: (
        "id", "contact_id", "kind", "value", "normalised", "label", "is_main", "is_valid",
        *_OF_CLIENT,
    ),
    ClientSource: ("id", "source_id", "seen_on", "recommended_by_id", *_OF_CLIENT),
    ClientCompetitor: ("id", "competitor_id", "is_preferred", "why", "share", *_OF_CLIENT),
    Deal: (
        "id", "title", "contact_id", "pipeline", "stage", "stage_since", "amount",
        "amount_currency", "product_id", "source_id", "channel", "important", "next_step_on",
        "recheck_on", "opened_at", "closed_at", "lost_reason_id", "lost_note", "search_text",
        *_OF_CLIENT,
    ),
    StageChange: (
        "id", "deal_id", "pipeline", "old_stage", "new_stage", "moved_at", "moved_by_id",
        "seconds", "lost_reason_id", "note", *_OF_CLIENT,
    ),
    Purchase: (
        "id", "number", "bought_on", "amount", "amount_currency", "paid", "margin", "due_on",
        "delay_days", "satisfaction", "product_id", "contact_id", "deal_id", *_OF_CLIENT,
    ),
    Contract: (
        "id", "number", "title", "signed_on", "starts_on", "ends_on", "amount",
        "amount_currency", "renews_itself", *_OF_CLIENT,
    ),
    Activity: (
        "id", "kind", "happened_at", "direction", "contact_id", "deal_id", "subject", "text",
        "outcome", "minutes", "author_id", *_OF_CLIENT,
    ),
    Task: (
        "id", "title", "due_at", "remind_at", "contact_id", "deal_id", "done_at", "result",
        "search_text", *_OF_CLIENT,
    ),
    Dmu: ("id", "title", *_OF_CLIENT),
    DmuMember: (
        "id", "dmu_id", "contact_id", "roles", "influence", "attitude", "coverage", "evidence",
        "assessed_by_id", "assessed_at", *_OF_CLIENT,
    ),
    DmuRelation: ("id", "member_id", "kind", "other_id", *_OF_CLIENT),
    Change: ("entity", "record_id", "action", "at", "user_id", "way", "changes"),
}  # fmt: skip


class Tables:
    """The tables being filled: where a row goes, and the next free number of each."""

    def __init__(self, load: BulkLoad) -> None:
        self._put = {model: load.into(model, columns) for model, columns in COLUMNS.items()}
        self._next = {model: load.next_id(model) for model in COLUMNS}

    def put(self, model: type[Any]) -> Callable[[tuple[Any, ...]], None]:
        """Return the function that takes a row."""
        return self._put[model]

    def numbered(self, model: type[Any]) -> Callable[[tuple[Any, ...]], int]:
        """Return the function that numbers a row, takes it and returns its id."""
        put = self._put[model]
        following = self._next

        def take(row: tuple[Any, ...]) -> int:
            number = following[model]
            following[model] = number + 1
            put((number, *row))
            return number

        return take

    def next_id(self, model: type[Any]) -> int:
        """Return the number the next row of a table gets."""
        return self._next[model]

    def skip(self, model: type[Any]) -> int:
        """Take a number for a row that is put later."""
        number = self._next[model]
        self._next[model] = number + 1
        return number
