"""Tell who changed from which colour to which in a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kartoteka.api import Client, Reading, now, registry_of
from kartoteka_funnel_colors.moves import ColorMove
from kartoteka_funnel_colors.palette import Color
from kartoteka_funnel_colors.scheme import scheme_of

NAMES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A client that changed its colour."""

    id: int
    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """The movements from one colour to another; `clients` are the latest of them.

    `old` and `new` are None for no colour; one that is gone has its last name, or its code.
    """

    old_code: str | None
    new_code: str | None
    old: Color | None
    new: Color | None
    count: int
    clients: Sequence[Moved]


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """The movements of a period, both days included; the largest stream first."""

    since: date
    until: date
    streams: Sequence[Stream]

    @property
    def total(self) -> int:
        """The number of all movements."""
        return sum(stream.count for stream in self.streams)


def flow(
    session: Session, since: date, until: date | None = None, names: int | None = NAMES
) -> Flow:
    """Return the movements of the clients the reader sees. Two statements.

    The first colour of a client is no movement. A client that moved twice counts twice.

    Args:
        since, until: days in the time zone of the reader; default of `until`: today.
        names: how many clients are named for each stream; None: all.
    """
    reading: Reading = session.info.get("reading") or Reading()
    until = until or now().astimezone(reading.tz).date()
    begin, end = bounds(since, until, reading)
    old, new = ColorMove.old_color, ColorMove.new_color
    where = (old.is_not(None), ColorMove.moved_at >= begin, ColorMove.moved_at < end)
    counts = session.execute(select(old, new, func.count()).where(*where).group_by(old, new))
    place = func.row_number().over(
        partition_by=(old, new), order_by=(ColorMove.moved_at.desc(), ColorMove.id.desc())
    )
    ranked = (
        select(
            old.label("old"), new.label("new"), ColorMove.client_id.label("client_id"),
            ColorMove.moved_at.label("at"), place.label("place"),
        )
        .where(*where)
        .subquery()
    )  # fmt: skip
    client = aliased(Client)
    latest = (
        select(ranked.c.old, ranked.c.new, client.id, client.name, ranked.c.at)
        .select_from(ranked)
        .join(client, client.id == ranked.c.client_id)
        .order_by(ranked.c.place)
    )
    if names is not None:
        latest = latest.where(ranked.c.place <= names)
    named: dict[Any, list[Moved]] = {}
    for before, after, number, name, at in session.execute(latest):
        named.setdefault((before, after), []).append(Moved(id=number, name=name, at=at))
    scheme = scheme_of(registry_of(session))
    streams = [
        Stream(
            old_code=row[0], new_code=row[1], old=scheme.named(row[0]), new=scheme.named(row[1]),
            count=row[2], clients=named.get((row[0], row[1]), []),
        )
        for row in counts
    ]  # fmt: skip
    streams.sort(key=lambda one: (-one.count, one.old_code or "", one.new_code or ""))
    return Flow(since=since, until=until, streams=streams)


def bounds(since: date, until: date, reading: Reading) -> tuple[datetime, datetime]:
    """Return the moments at which a period of days begins and ends, where the reader is."""
    first, last = max(since, _FIRST), min(until, _LAST)
    begin = datetime.combine(first, time.min, tzinfo=reading.tz)
    return begin, datetime.combine(last + timedelta(days=1), time.min, tzinfo=reading.tz)


#: Days whose beginning is a moment in every time zone.
_FIRST, _LAST = date.min + timedelta(days=2), date.max - timedelta(days=2)


__all__ = ["Flow", "Moved", "Stream", "bounds", "flow"]
