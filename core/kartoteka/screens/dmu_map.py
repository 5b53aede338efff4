"""Draw a decision-making unit: who sits where, in which colour and size, which lines run between.

What a reader sees of it, they see in words in the list beside it too: the map adds no knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from kartoteka.hooks.contributions import DmuRole
from kartoteka.i18n import gettext
from kartoteka.screens import rights
from kartoteka.screens.map_layout import Layout, Node, Tie, layout
from kartoteka.screens.map_paths import Point, head_of, middle_of, path_of
from kartoteka.screens.map_words import lines_of
from kartoteka.services.dmu import DECIDER, Relation, Seat, Unit

#: So many people side by side in a narrow column of a page, and on a page of their own.
NARROW, WIDE = 3, 9
#: Radius of the circle by influence; of those whose influence nobody knows.
RADII, UNKNOWN = {1: 13, 2: 16, 3: 19, 4: 22.5, 5: 26}, 16
#: Around the circle runs the ring of coverage.
RING = 5
NAME_LINE, SMALL_LINE = 14, 13
SIGNS = {-2: "−−", -1: "−", 0: "0", 1: "+", 2: "++"}
#: Which part of the ring is full.
COVERED = {"brief": 1, "several": 2, "deep": 3}
#: Font Awesome signs of roles; of several the first one is shown.
ROLE_SIGNS = {
    "decider": "\uf0e3", "blocker": "\uf256", "champion": "\uf005", "gatekeeper": "\uf084",
    "approver": "\uf5b7", "buyer": "\uf07a", "influencer": "\uf0a1", "initiator": "\uf0eb",
    "user": "\uf013",
}  # fmt: skip
#: Lines of a kind begin and end so far from the middle of a person, so that kinds stay apart.
SHIFTS = {"reports_to": 0, "influences": 11, "conflicts_with": -11}
UP = "reports_to"


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A line of words under a circle: what it is, and how far below the middle it stands."""

    text: str
    kind: str
    y: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A person or an empty seat.

    Args:
        mood: class of the colour: `m2` … `p2`, `none`.
        sign: attitude as a sign; coverage: how much of the ring is full, 0 to 3.
        words: what a screen reader says, and what stands in the tip.
        href: where it is edited; empty where the reader may not.
    """

    x: float
    y: float
    radius: float
    initials: str
    words: str
    href: str
    said: Sequence[Said]
    mood: str = "none"
    sign: str = ""
    coverage: int = 0
    role_sign: str = ""
    has_left: bool = False
    is_empty: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A relation: its path, the head of its arrow, where its mark stands."""

    kind: str
    path: str
    head: str
    mark: Point
    words: str
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DmuMap:
    """A picture of `width` by `height`."""

    width: float
    height: float
    people: Sequence[Drawn]
    lines: Sequence[Line]

    @property
    def kinds(self) -> list[str]:
        """Return the kinds of lines there are, for the legend."""
        return [kind for kind in SHIFTS if any(line.kind == kind for line in self.lines)]


def maps(units: Sequence[Unit], back: str) -> Mapping[int, DmuMap]:
    """Return the maps of units for a column of a page, by the id of the unit."""
    return {unit.dmu.id: draw(unit, NARROW, back) for unit in units}


def draw(unit: Unit, across: int, back: str) -> DmuMap:
    """Return the map of a unit.

    Args:
        unit: as the reader sees it.
        across: so many people side by side at most.
        back: where the reader comes back to from a form.
    """
    shown = {seat.member_id: _person(unit, seat, back) for seat in unit.seats}
    # Empty seats have no number: they get one below zero.
    shown |= {
        -place: _empty(unit, role, back) for place, role in enumerate(unit.empty_seats, start=1)
    }
    weights = {seat.member_id: seat.influence or 0 for seat in unit.seats}
    weights |= {
        # Without a decider nothing else counts; other empty seats stand after the people.
        -place: 6 if role.code == DECIDER else -1
        for place, role in enumerate(unit.empty_seats, start=1)
    }
    related = [
        (seat, relation)
        for seat in unit.seats
        for relation in seat.relations
        if relation.kind in SHIFTS
    ]
    ties = [
        Tie(start=seat.member_id, end=one.other_member_id, shift=SHIFTS[one.kind],
            is_up=one.kind == UP)
        for seat, one in related
    ]  # fmt: skip
    nodes = [
        Node(key=key, weight=weights[key], radius=one.radius + RING,
             below=max((said.y for said in one.said), default=one.radius + RING) + 4)
        for key, one in shown.items()
    ]  # fmt: skip
    made = layout(nodes, ties, across)
    return DmuMap(
        width=made.width,
        height=round(made.height, 1),
        people=[_placed(shown[key], made, key) for key in _reading_order(made)],
        lines=[
            _line(seat, relation, points, back)
            for (seat, relation), points in zip(related, made.lines, strict=True)
            if points
        ],
    )


def _reading_order(made: Layout) -> list[int]:
    """Return keys as people read: row by row, from the left."""
    return sorted(made.places, key=lambda key: (made.places[key][1], made.places[key][0]))


def _placed(one: Drawn, made: Layout, key: int) -> Drawn:
    x, y = made.places[key]
    return replace(one, x=round(x, 1), y=round(y, 1))


def _person(unit: Unit, seat: Seat, back: str) -> Drawn:
    radius = RADII.get(seat.influence or 0, UNKNOWN)
    left = [(gettext("has left"), "left", 1)] if seat.has_left else []
    roles = [(", ".join(seat.role_titles), "role", 2)]
    mood = "none"
    if seat.attitude is not None:
        mood = f"{'m' if seat.attitude < 0 else 'p'}{abs(seat.attitude)}"
    return Drawn(
        x=0, y=0, radius=radius, mood=mood, has_left=seat.has_left,
        initials="?" if seat.is_hidden else _initials(seat.name),
        sign=SIGNS.get(seat.attitude, "?") if seat.attitude is not None else "?",
        coverage=COVERED.get(seat.coverage, 0),
        role_sign=next((sign for code, sign in ROLE_SIGNS.items() if code in seat.roles), ""),
        words=_sentence(seat),
        href=_form(unit, back, contact_id=seat.contact_id) if not seat.is_hidden else "",
        said=_said(radius, [*_name_lines(seat), (seat.position, "job", 2), *roles, *left]),
    )  # fmt: skip


def _empty(unit: Unit, role: DmuRole, back: str) -> Drawn:
    title, href = str(role.title), _form(unit, back, role=role.code)
    todo = gettext("find out who")
    return Drawn(
        x=0, y=0, radius=UNKNOWN, initials="+" if href else "?", href=href, is_empty=True,
        words=gettext("Empty seat: %(role)s", role=title),
        role_sign=ROLE_SIGNS.get(role.code, ""),
        said=_said(UNKNOWN, [(title, "name", 2), (todo, "job", 2)]),
    )  # fmt: skip


def _said(radius: float, parts: Sequence[tuple[str, str, int]]) -> list[Said]:
    found: list[Said] = []
    y = radius + RING
    for text, kind, most in parts:
        for line in lines_of(text, 12 if kind == "name" else 10.5, most):
            y += NAME_LINE if kind == "name" else SMALL_LINE
            found.append(Said(text=line, kind=kind, y=y))
    return found


def _sentence(seat: Seat) -> str:
    """Return all that the map says of a person, in words."""
    influence = gettext("Influence %(num)s of 5", num=seat.influence) if seat.influence else ""
    parts = (
        seat.name, gettext("has left") if seat.has_left else "", seat.position,
        ", ".join(seat.role_titles), influence, seat.attitude_title, seat.coverage_title,
        *(f"{one.title} {one.other}" for one in seat.relations), seat.evidence,
    )  # fmt: skip
    return ". ".join(part.rstrip(".") for part in parts if part)


def _line(seat: Seat, relation: Relation, points: Sequence[Point], back: str) -> Line:
    words = f"{seat.name} {relation.title} {relation.other}"
    return Line(
        kind=relation.kind,
        path=path_of(points),
        head="" if relation.kind == "conflicts_with" else head_of(points),
        mark=middle_of(points),
        words=f"{words} ({relation.note})" if relation.note else words,
        href=url_for("dmu_relation.edit", pk=relation.id, next=back)
        if rights.may("edit", "dmu_relation")
        else "",
    )


def _form(unit: Unit, back: str, **given: Any) -> str:
    if not (rights.may("add", "dmu_member") and rights.may("edit", "dmu_member")):
        return ""
    dmu = unit.dmu
    return url_for("client.seat", pk=dmu.client_id, dmu_id=dmu.id, next=back, **given)


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()


def _short(seat: Seat) -> str:
    """Return surname and name, of the rest the first letters: there is little room."""
    words = seat.name.split()
    return " ".join([*words[:2], *(f"{word[0]}." for word in words[2:4])])


def _name_lines(seat: Seat) -> list[tuple[str, str, int]]:
    """Return the name for under a circle; of three words the surname gets a line of its own."""
    first, _space, rest = _short(seat).partition(" ")
    if len(rest.split()) < 2:
        return [(seat.name, "name", 2)]
    return [(first, "name", 1), (rest, "name", 1)]


__all__ = ["NARROW", "WIDE", "DmuMap", "Drawn", "Line", "Said", "draw", "maps"]
