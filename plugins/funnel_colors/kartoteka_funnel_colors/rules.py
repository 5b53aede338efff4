"""Say when a client has which colour: the first rule that holds wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kartoteka.api import Tree, _, all_of, fact_is, field_is


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One way to a colour.

    Args:
        code: stable code, kept with the client as the reason.
        color: code of the colour.
        when: criteria on clients.
        why: the reason in words.
    """

    code: str
    color: str
    when: Tree
    why: str


def rules_for(settings: Mapping[str, Any]) -> list[Rule]:
    """Return the rules of the ten colours with the thresholds of an installation.

    The lost come first, then the funnel from its narrow end. An empty `all_of` holds for everybody.
    """
    platinum, long = settings["platinum_purchases"], settings["long_purchases"]
    few, silent = settings["red_gold_purchases"], settings["silent_days"]
    has_left = field_is("left_on", "filled")
    is_silent = fact_is("days_since_purchase", "ge", silent)
    return [
        Rule(
            code="long_left", color="red_platinum",
            when=all_of(field_is("purchase_count", "ge", long), has_left),
            why=_("Bought at least %(count)s times and left us", count=long),
        ),
        Rule(
            code="long_silent", color="red_platinum",
            when=all_of(field_is("purchase_count", "ge", long), is_silent),
            why=_(
                "Bought at least %(count)s times, then nothing for %(days)s days",
                count=long, days=silent,
            ),
        ),
        Rule(
            code="few_left", color="red_gold",
            when=all_of(field_is("purchase_count", "ge", 1), has_left),
            why=_("Has bought and left us"),
        ),
        Rule(
            code="few_silent", color="red_gold",
            when=all_of(field_is("purchase_count", "ge", few), is_silent),
            why=_(
                "Bought at least %(count)s times, then nothing for %(days)s days",
                count=few, days=silent,
            ),
        ),
        Rule(
            code="often", color="platinum", when=field_is("purchase_count", "ge", platinum),
            why=_("Bought at least %(count)s times", count=platinum),
        ),
        Rule(
            code="bought", color="gold", when=field_is("purchase_count", "ge", 1),
            why=_("Has bought"),
        ),
        Rule(code="left", color="red_green", when=has_left, why=_("Left us without buying")),
        Rule(
            code="said_no", color="red_green",
            when=field_is("funnel_colors_offer", "eq", "refused"),
            why=_("Refused to look at our offer"),
        ),
        Rule(
            code="refused", color="red_green",
            when=all_of(fact_is("refused", "eq", True), fact_is("open_deals", "eq", 0)),
            why=_("Refused in a deal, and no other deal is open"),
        ),
        Rule(
            code="request", color="green_gold",
            when=fact_is("funnel_colors_requests", "ge", 1), why=_("Placed a request"),
        ),
        Rule(
            code="mailings", color="yellow",
            when=fact_is("consent_given", "eq", True, channel="email", purpose="marketing"),
            why=_("Somebody there agreed to receive mailings"),
        ),
        Rule(
            code="offer", color="green", when=field_is("funnel_colors_offer", "eq", "agreed"),
            why=_("Agreed to look at our offer"),
        ),
        Rule(
            code="no_decider", color="grey",
            when=all_of(
                field_is("last_contact_at", "filled"), fact_is("decider_known", "eq", False)
            ),
            why=_("We have talked, but do not know who decides"),
        ),
        Rule(code="only_there", color="white", when=all_of(), why=_("Is only in the base")),
    ]  # fmt: skip


__all__ = ["Rule", "rules_for"]
