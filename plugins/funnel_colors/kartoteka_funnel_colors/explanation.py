"""Explain the colour of one client: rule by rule, with the values found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import Client, criteria, get, registry_of
from kartoteka_funnel_colors.rules import Rule
from kartoteka_funnel_colors.scheme import scheme_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One rule and what it finds; `part` is the tree with the values."""

    rule: Rule
    part: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why a client has its colour.

    Args:
        client: the client, with the colour that is kept.
        judged: the rules in order, up to and with the one that holds.
        due: the rule that holds today, as far as the reader may know; None: none.
    """

    client: Client
    judged: Sequence[Judged]
    due: Rule | None


def explain(session: Session, client_id: int) -> Explanation:
    """Explain the colour of a client, with the values the reader may know.

    Raises:
        NotAllowed: there is no such client for this person.
    """
    registry = registry_of(session)
    entity = registry.entity("client")
    client = get(session, entity, client_id)
    rules = scheme_of(registry).rules
    parts = criteria.explain_all(session, entity, [rule.when for rule in rules], client_id)
    judged: list[Judged] = []
    for rule, part in zip(rules, parts, strict=True):
        judged.append(Judged(rule=rule, part=part))
        if part.holds:
            return Explanation(client=client, judged=judged, due=rule)
    return Explanation(client=client, judged=judged, due=None)


__all__ = ["Explanation", "Judged", "explain"]
