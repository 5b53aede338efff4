"""Gather what the panel "Colour" on the page of a client shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Reading, registry_of
from kartoteka_funnel_colors.moves import ColorMove
from kartoteka_funnel_colors.scheme import scheme_of

LAST_MOVES = 6


def panel_of(session: Session, client: Any) -> Mapping[str, Any]:
    """Return the kept colour with its reason, and the last movements; one statement."""
    scheme = scheme_of(registry_of(session))
    reading: Reading = session.info.get("reading") or Reading()
    rows = session.execute(
        select(ColorMove.old_color, ColorMove.new_color, ColorMove.reason, ColorMove.moved_at)
        .where(ColorMove.client_id == client.id)
        .order_by(ColorMove.moved_at.desc(), ColorMove.id.desc())
        .limit(LAST_MOVES)
    )
    since = client.funnel_colors_since
    return {
        "color": scheme.named(client.funnel_colors_color),
        "why": scheme.why(client.funnel_colors_reason),
        "since": day_of(since, reading) if since else "",
        "moves": [
            {
                "old": scheme.named(old), "new": scheme.named(new),
                "why": scheme.why(rule), "day": day_of(at, reading),
            }
            for old, new, rule, at in rows
        ],
    }  # fmt: skip


def day_of(moment: Any, reading: Reading) -> str:
    """Return the day of a moment as the reader writes it."""
    from babel.dates import format_date

    day = moment.astimezone(reading.tz).date()
    return format_date(day, "medium", locale=reading.babel)


__all__ = ["day_of", "panel_of"]
