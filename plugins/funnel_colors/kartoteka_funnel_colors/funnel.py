"""Count clients by colour: the funnel with its conversion, managers, regions, those we lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import case, func, null, select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Client,
    Tree,
    all_of,
    fact_is,
    field_is,
    labels,
    registry_of,
    visible_fields,
    write_criteria,
)
from kartoteka_funnel_colors.facts import LOST_BECAUSE, reason_said
from kartoteka_funnel_colors.moves import ColorMove
from kartoteka_funnel_colors.palette import Color
from kartoteka_funnel_colors.scheme import Scheme, scheme_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One colour of the funnel.

    Args:
        count: clients of this colour now.
        reached: clients who came at least so far, those lost later included.
        conversion: of those who came to the step before, the percentage who came here; None
            for the first step and where nobody came before.
        share: `reached` in percent of all, for the bar.
    """

    color: Color
    count: int
    reached: int
    conversion: float | None
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """The clients of one manager, one region: how many of each colour, by code."""

    id: int | None
    name: str
    counts: Mapping[str, int]
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """Why clients of one red colour are lost: our rule, and what the client said.

    `criteria` ask for exactly these clients, as the address of a list carries them.
    """

    color: Color
    criteria: str
    rule: str
    why: str
    reason_id: int | None
    reason: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Funnel:
    """The colours of the clients the reader sees.

    Args:
        gone: clients who still have a colour that was dropped; the next recolouring finds them.
        without: clients for whom no rule holds.
    """

    steps: Sequence[Step]
    red: Sequence[tuple[Color, int]]
    gone: Sequence[tuple[Color, int]]
    total: int
    without: int


def funnel(session: Session) -> Funnel:
    """Return the funnel of the clients the reader sees. One statement."""
    scheme = scheme_of(registry_of(session))
    counts: dict[str | None, int] = {}
    reached = [0] * len(scheme.funnel)
    rows: Sequence[Any] = session.execute(_counted(scheme)).all()
    for code, furthest, count in rows:
        counts[code] = counts.get(code, 0) + count
        if furthest is not None:
            reached[furthest] += count
    gone = [(scheme.named(code), count) for code, count in counts.items()
            if code not in scheme.colors]  # fmt: skip
    return Funnel(
        steps=_steps(scheme, counts, reached),
        red=[(one, counts.get(one.code, 0)) for one in scheme.red],
        gone=[(color, count) for color, count in gone if color is not None],
        total=sum(counts.values()),
        without=sum(count for color, count in gone if color is None),
    )


def _counted(scheme: Scheme) -> Any:
    """Count clients by colour and by the step they came to, None for a colour that is gone.

    Who is lost came as far as any colour they ever had, and at least where their colour says.
    """
    color: Any = Client.funnel_colors_color  # pyright: ignore[reportAttributeAccessIssue]
    place = {one.code: number for number, one in enumerate(scheme.funnel)}
    least = {red.code: place[red.lost_from] for red in scheme.red}
    now = case(place | least, value=color)
    if not least:
        return select(color, now, func.count()).group_by(color, now)
    once = (
        select(func.max(case(place, value=ColorMove.new_color)))
        .where(ColorMove.client_id == Client.id)
        .scalar_subquery()
    )
    furthest = case((color.in_(least) & (once > now), once), else_=now)
    each = select(color.label("color"), furthest.label("furthest")).subquery()
    return select(each.c.color, each.c.furthest, func.count()).group_by(*each.c)


def by_field(session: Session, name: str) -> list[Line]:
    """Return colours by manager (`owner_id`) or region (`region_id`), the largest first.

    Two statements. Empty when the field is hidden from the reader.
    """
    entity = registry_of(session).entity("client")
    item = visible_fields(session, entity).get(name)
    if item is None:
        return []
    color: Any = Client.funnel_colors_color  # pyright: ignore[reportAttributeAccessIssue]
    column: Any = getattr(Client, name)
    rows = session.execute(select(column, color, func.count()).group_by(column, color))
    found: dict[int | None, dict[str, int]] = {}
    totals: dict[int | None, int] = {}
    for number, code, count in rows:
        found.setdefault(number, {})[code] = count
        totals[number] = totals.get(number, 0) + count
    kind: Any = item.kind
    names = labels(session, kind.table, {number for number in found if number is not None})
    lines = [
        Line(
            id=number, name=names.get(number, "") if number is not None else "",
            counts=counts, total=totals[number],
        )
        for number, counts in found.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.id is None, -line.total, line.name))


def losses(session: Session) -> list[Loss]:
    """Return why clients of the red spectrum are lost. Two statements.

    The reason said when the client left; else that of the last deal it refused. Reasons stay
    out when they are hidden from the reader.
    """
    registry = registry_of(session)
    scheme = scheme_of(registry)
    color: Any = Client.funnel_colors_color  # pyright: ignore[reportAttributeAccessIssue]
    rule: Any = Client.funnel_colors_reason  # pyright: ignore[reportAttributeAccessIssue]
    tells = all(
        "lost_reason_id" in visible_fields(session, registry.entity(code))
        for code in ("client", "deal")
    )
    shown = reason_said() if tells else null()
    inner = (
        select(color.label("color"), rule.label("rule"), shown.label("reason"))
        .where(color.in_([one.code for one in scheme.red]))
        .subquery()
    )
    rows = session.execute(select(inner, func.count()).group_by(*inner.c)).all()
    names = labels(session, "lost_reason", {row[2] for row in rows if row[2] is not None})
    order = list(scheme.colors)
    found = [
        Loss(
            color=scheme.colors[row[0]], rule=row[1] or "", why=scheme.why(row[1]),
            reason_id=row[2], reason=names.get(row[2], ""), count=row[3],
            criteria=_these(*row[:3], tells=tells),
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (order.index(one.color.code), -one.count, one.rule))


def _these(color: str, rule: str | None, reason: int | None, *, tells: bool) -> str:
    """Return criteria for the clients of one line of the losses."""
    parts: list[Tree] = [field_is("funnel_colors_color", "eq", color)]
    parts.append(_is(field_is, "funnel_colors_reason", rule))
    if tells:
        parts.append(_is(fact_is, LOST_BECAUSE, reason))
    return json.dumps(write_criteria(all_of(*parts)), separators=(",", ":"))


def _is(of: Callable[..., Tree], code: str, value: Any) -> Tree:
    return of(code, "empty") if value is None else of(code, "eq", value)


def _steps(scheme: Scheme, counts: Mapping[str | None, int], came: Sequence[int]) -> list[Step]:
    funnel = list(scheme.funnel)
    reached = list(accumulate(reversed(came)))[::-1]
    whole = reached[0] if reached else 0
    steps: list[Step] = []
    for place, color in enumerate(funnel):
        before = reached[place - 1] if place else 0
        steps.append(
            Step(
                color=color, count=counts.get(color.code, 0), reached=reached[place],
                conversion=100 * reached[place] / before if before else None,
                share=100 * reached[place] / whole if whole else 0,
            )
        )  # fmt: skip
    return steps


__all__ = ["Funnel", "Line", "Loss", "Step", "by_field", "funnel", "losses"]
