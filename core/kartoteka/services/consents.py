"""Keep the ledger of consents: only added to, and the latest row of each kind is in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, event, exists, or_, select
from sqlalchemy.orm import Session, UOWTransaction, aliased

from kartoteka.errors import Invalid, Rejected
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.models.consent import Consent

#: Clocks differ; what is said to happen later than that has not happened.
_AHEAD = timedelta(minutes=10)


def install(session_class: type[Session]) -> None:
    """Refuse changes of the ledger in all sessions of this class."""
    event.listen(session_class, "before_flush", _check)


def is_latest() -> ColumnElement[bool]:
    """Return the condition on `Consent` that no later row has its person, channel and purpose."""
    later = aliased(Consent)
    after = or_(
        later.happened_at > Consent.happened_at,
        and_(later.happened_at == Consent.happened_at, later.id > Consent.id),
    )
    return ~exists(
        select(later.id)
        .where(
            later.contact_id == Consent.contact_id, later.channel == Consent.channel,
            later.purpose == Consent.purpose, after,
        )
        .correlate(Consent)
    )  # fmt: skip


def latest(session: Session, contact_ids: Iterable[int]) -> list[Consent]:
    """Return what counts of people now, one row for each channel and purpose: one statement.

    Those withdrawn are among them; a person, channel and purpose without a row never agreed.
    """
    wanted = sorted(set(contact_ids))
    if not wanted:
        return []
    return list(
        session.scalars(
            select(Consent)
            .where(Consent.contact_id.in_(wanted), is_latest())
            .order_by(Consent.contact_id, Consent.channel, Consent.purpose)
        )
    )


def is_given(session: Session, contact_id: int, channel: str, purpose: str) -> bool:
    """Say whether a person agrees now to be reached by a channel for a purpose."""
    found = session.scalar(
        select(Consent.act)
        .where(
            Consent.contact_id == contact_id, Consent.channel == channel,
            Consent.purpose == purpose, is_latest(),
        )
    )  # fmt: skip
    return found == "given"


def _check(session: Session, context: UOWTransaction, instances: Any) -> None:
    for record in session.dirty:
        if isinstance(record, Consent) and session.is_modified(record):
            raise Rejected(_stays())
    for record in session.deleted:
        if isinstance(record, Consent):
            raise Rejected(_stays())
    for record in session.new:
        if isinstance(record, Consent):
            _check_new(record)


def _check_new(record: Consent) -> None:
    errors: dict[str, str] = {}
    if record.act != "withdrawn" and not (record.wording or "").strip():
        errors["wording"] = gettext("Write down what the person agreed to.")
    happened: Any = record.happened_at  # when it is not given: the moment of writing
    if happened is not None and happened > now() + _AHEAD:
        errors["happened_at"] = gettext("This has not happened yet.")
    if errors:
        raise Invalid(errors)


def _stays() -> str:
    return gettext(
        "What is in the ledger of consents stays as it is. Write down that the consent was "
        "withdrawn, or given anew."
    )


__all__ = ["install", "is_given", "is_latest", "latest"]
