"""Count the colours of the clients of a region and of all regions below it, for its page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel.numbers import format_decimal
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kartoteka.api import (
    Client,
    Reading,
    Region,
    actor_of,
    all_of,
    field_is,
    registry_of,
    write_criteria,
)
from kartoteka_funnel_colors.palette import Color
from kartoteka_funnel_colors.scheme import scheme_of

#: An address has no room for more regions; then the number leads nowhere.
MOST_LINKED = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Here:
    """Clients of one colour in a region; `color` is None for those without one.

    `criteria` ask for exactly these clients, as the address of a list carries them; empty: they
    live in too many regions for an address.
    """

    color: Color | None
    count: int
    criteria: str


def colors_in(session: Session, region_id: int) -> Sequence[Here]:
    """Return the colours of a region with all below it, in the order of the funnel.

    One statement, over the clients the reader sees.
    """
    top = select(Region.id).where(Region.id == region_id).cte("below", recursive=True)
    part = aliased(Region)
    below = top.union(select(part.id).join(top, part.parent_id == top.c.id))
    color: Any = Client.funnel_colors_color  # pyright: ignore[reportAttributeAccessIssue]
    rows: Any = session.execute(
        select(color, Client.region_id, func.count())
        .where(Client.region_id.in_(select(below.c.id)))
        .group_by(color, Client.region_id)
    )
    found: dict[str | None, dict[int, int]] = {}
    for code, number, count in rows:
        found.setdefault(code, {})[number] = count
    scheme = scheme_of(registry_of(session))
    order = [*(code for code in scheme.colors if code in found),
             *sorted(code for code in found if code and code not in scheme.colors),
             *([None] if None in found else [])]  # fmt: skip
    return [
        Here(color=scheme.named(code), count=sum(found[code].values()),
             criteria=_these(code, sorted(found[code])))
        for code in order
    ]  # fmt: skip


def panel_of(session: Session, region: Any) -> Mapping[str, Any]:
    """Return what the block of colours on the page of a region shows."""
    reading: Reading = session.info.get("reading") or Reading()
    return {
        "found": colors_in(session, region.id),
        "number": partial(format_decimal, locale=reading.babel),
        "sees_all": actor_of(session).sees_all,
    }


def _these(code: str | None, regions: Sequence[int]) -> str:
    if len(regions) > MOST_LINKED:
        return ""
    name = "funnel_colors_color"
    where = field_is("region_id", "in", list(regions))
    if len(regions) == 1:
        where = field_is("region_id", "eq", regions[0])
    color = field_is(name, "eq", code) if code else field_is(name, "empty")
    return json.dumps(write_criteria(all_of(where, color)), separators=(",", ":"))


__all__ = ["MOST_LINKED", "Here", "colors_in", "panel_of"]
