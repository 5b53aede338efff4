"""Mark rows of lists: who is important, who is bankrupt, what was sold under the minimum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import object_session

from kartoteka.api import RowStyle, _
from kartoteka_wholesale.minimum_sale import firm_minimum

IMPORTANT = RowStyle(color="#dc2626", hint=_("Important"))
BANKRUPT = RowStyle(color="#9ca3af", hint=_("Bankrupt"))
SMALL = RowStyle(color="#f59e0b", hint=_("Under the minimum sale"))


def styles_of(entity: str, records: Sequence[Any]) -> Mapping[int, RowStyle]:
    """Return the marks of one page of a list; asks the database nothing."""
    if entity == "client":
        return dict(_clients(records))
    if entity == "deal":
        return {deal.id: IMPORTANT for deal in records if deal.important}
    if entity == "purchase" and records:
        return dict(_purchases(records))
    return {}


def _clients(records: Sequence[Any]) -> Iterator[tuple[int, RowStyle]]:
    for client in records:
        if client.bankrupt:
            yield client.id, BANKRUPT
        elif client.important:
            yield client.id, IMPORTANT


def _purchases(records: Sequence[Any]) -> Iterator[tuple[int, RowStyle]]:
    session = object_session(records[0])
    if session is None:
        return
    for purchase in records:
        least = firm_minimum(session, purchase.amount_currency or session.info.get("currency"))
        if least is not None and 0 < purchase.amount < least:
            yield purchase.id, SMALL
