"""What a plugin is told: a record is about to be written, was written, is committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from kartoteka.hooks.contributions.work import StageKind


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordChange:
    """A record about to be written; `old` is empty when the record is new."""

    record: Any
    entity: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordWritten:
    """A record that was just written; the transaction is still open.

    `client_ids`: the client itself, or those the record belongs to and belonged to before; of what
    is known of a person alone, as a consent, the clients the person works or worked for.
    """

    entity: str
    record_id: int
    action: Literal["create", "update", "delete"]
    client_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that has happened and is committed. Carries ids, never live records."""

    user_id: int | None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordSaved(Event):
    """A record was created, updated or deleted."""

    entity: str
    record_id: int
    action: Literal["create", "update", "delete"]
    fields: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DealMoved(Event):
    """A deal changed its stage."""

    deal_id: int
    client_id: int
    pipeline: str
    old: str | None
    new: str
    kind: StageKind


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientsHandedOver(Event):
    """Clients got another responsible manager."""

    client_ids: Sequence[int]
    new_owner_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class JobEnded(Event):
    """A job is over; `user_id` is who asked for it."""

    job_id: int
    kind: str
    state: Literal["done", "failed", "cancelled"]
