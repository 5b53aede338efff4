"""The blocks of a client's page that are fetched once the page stands: money, market, lists.

The page comes without them, so that what is asked first (who, when, what next) waits for nothing.
`?panels=all` puts everything on the page at once, for printing and for browsers without script.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.hooks.contributions import Entity
from kartoteka.models import Client
from kartoteka.models.document import ANSWERS
from kartoteka.screens import record_page, rights
from kartoteka.screens.card_words import Words
from kartoteka.screens.requests import reading
from kartoteka.screens.shown import sees
from kartoteka.screens.trend import trend
from kartoteka.services.card_figures import figures_of
from kartoteka.services.card_market import competitors_of, sources_of
from kartoteka.services.card_money import Ledger, contracts_of, months_of, purchases_of
from kartoteka.services.documents import documents_of
from kartoteka.services.regions import Comparison, compare
from kartoteka.services.similar import similar_to

#: Blocks in the order they are sent, by the name of their template.
PARTS = ("money", "children", "documents", "contracts", "region", "market", "similar")


def context(
    session: Session, entity: Entity, client: Client, without: Collection[str],
    own_children: Collection[str],
) -> Mapping[str, Any]:  # fmt: skip
    """Return what the templates of the blocks ask for.

    Args:
        session: its actor sees the client.
        without: entities the reader has no right to.
        own_children: kinds of record that have a block of their own.
    """
    words = Words(reading())
    return {
        "record": client,
        "without": without,
        "words": words,
        "sees": partial(sees, session),
        "region": _region(session, client, words),
        "similar": similar_to(session, client),
        "sources": sources_of(session, client.id) if "client_source" not in without else (),
        "competitors": (
            competitors_of(session, client.id) if "client_competitor" not in without else ()
        ),
        "documents": documents_of(session, client.id) if "document" not in without else (),
        "answers": ANSWERS,
        "contracts": (
            contracts_of(session, client.id, words.today) if "contract" not in without else ()
        ),
        "children": record_page.child_lists(session, entity, client, list(own_children)),
        **_money(session, client, without, words),
    }  # fmt: skip


def _region(session: Session, client: Client, words: Words) -> Comparison | None:
    """Return the newest indicators of the region, for whoever may open it."""
    may = rights.may("show", "region") and rights.may("list", "indicator_value")
    if client.region_id is None or not may:
        return None
    return compare(session, [client.region_id], words.today)


def _money(
    session: Session, client: Client, without: Collection[str], words: Words
) -> Mapping[str, Any]:  # fmt: skip
    if "purchase" in without:
        return {"ledger": Ledger(), "totals": (), "trend": None}
    ledger, totals = purchases_of(session, client.id, words.today), ()
    months: Any = ()
    if sees(session, "purchase", "amount"):
        others = {"activity", "stage_change", "task", "contract"}
        totals = figures_of(session, client, others, words.today).totals
        if totals:
            months = months_of(session, client, totals[0].currency, words.today)
    half = len(months) // 2
    before, last = (
        sum((amount for _day, amount in part), Decimal(0))
        for part in (months[:half], months[half:])
    )
    has_trend = any(amount for _day, amount in months)
    return {
        "ledger": ledger, "totals": totals, "months": months, "before": before, "last": last,
        "trend": trend(months) if has_trend else None,
    }  # fmt: skip


__all__ = ["PARTS", "context"]
