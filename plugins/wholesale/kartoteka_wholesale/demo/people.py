"""Make up the people at a client, how they are reached, and who of them decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from kartoteka.api import (
    Contact,
    ContactPoint,
    Dmu,
    DmuMember,
    DmuRelation,
    Employment,
    fold,
    text_of,
)
from kartoteka_wholesale.demo import firms, identity
from kartoteka_wholesale.demo.card import Card, Scene

Put = Callable[[tuple[Any, ...]], int]
#: Roles of a unit of one, two or three people, the first member first.
_ROLES = (
    (("|decider|approver|", "|buyer|user|", "|influencer|"), (5, 3, 2)),
    (("|decider|", "|buyer|initiator|", "|gatekeeper|"), (5, 4, 2)),
    (("|approver|", "|buyer|influencer|", "|user|champion|"), (4, 4, 3)),
    (("|influencer|initiator|", "|user|", "|blocker|"), (3, 2, 4)),
)
_COVERAGES = ("none", "brief", "several", "deep")
#: At every so manieth client with three people who decide more of them are known.
_LARGE = 3
#: Roles, influence, attitude of those, and how they stand to which of the others.
_MORE: tuple[tuple[str, int, int, tuple[tuple[str, int], ...]], ...] = (
    ("|user|champion|", 3, 2, (("reports_to", 1), ("influences", 0))),
    ("|influencer|", 4, -1, (("reports_to", 0), ("conflicts_with", 3))),
    ("|gatekeeper|", 1, 0, (("reports_to", 0),)),
    ("|initiator|user|", 2, 1, (("reports_to", 1),)),
)


class People:
    """Writes contacts, their employments, contact points and decision-making units."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        tables = scene.tables
        self._contact: Put = tables.numbered(Contact)
        self._employment: Put = tables.numbered(Employment)
        self._point: Put = tables.numbered(ContactPoint)
        self._dmu: Put = tables.numbered(Dmu)
        self._member: Put = tables.numbered(DmuMember)
        self._relation: Put = tables.numbered(DmuRelation)
        #: As what the people of the client at hand work there.
        self._positions: dict[int, str] = {}
        #: The last people made: some of them work for one more client of the same manager.
        self._recent: dict[int | None, int] = {}

    def of_firm(self, card: Card, moment: str) -> None:
        """Write the client's own telephones and addresses."""
        scene, chance = self._scene, self._scene.chance
        sign = card.sign(moment)
        typed, number = self._fixed(card)
        card.points.append(number)
        self._point((None, "phone", typed, number, None, 1, 1, *sign))
        rest = chance()
        if rest < 0.25 * scene.detail:
            typed, number = self._fixed(card)
            kind = "fax" if rest < 0.08 else "phone"
            card.points.append(number)
            self._point((None, kind, typed, number, None, 0, int(chance() > 0.05), *sign))
        if chance() < 0.7:
            box = ("info", "office", "zakaz", "sales")[int(chance() * 4)]
            email = f"{box}@{card.host}"
            card.points.append(email)
            typed = email if chance() < 0.9 else f"{box}@{card.host.capitalize()}"
            self._point((None, "email", typed, email, None, 1, 1, *sign))
        if chance() < 0.1 * scene.detail:
            value = firms.address(scene, card)
            card.points.append(value)
            self._point((None, "address", value, fold(value), None, 0, 1, *sign))

    def at(self, card: Card, moment: str) -> None:
        """Write the people of a client: one to three, two on average."""
        chance, scene = self._scene.chance, self._scene
        words = card.country.words
        count = 1 + int(chance() * 3)
        positions = self._kind_of_positions(card)
        at = int(chance() * len(positions))
        self._positions = {}
        created_day = card.created // 1440
        for number in range(count):
            contact = self._person(scene, card, moment)
            card.contacts.append(contact)
            since = (
                scene.calendar.day(created_day - int(chance() * 2500)) if chance() < 0.5 else None
            )
            left = None
            if number and chance() < 0.06:
                left = scene.calendar.day(
                    created_day + int(chance() * (scene.calendar.today - created_day))
                )
            unit = words.UNITS[int(chance() * len(words.UNITS))] if chance() < 0.3 else None
            position = positions[(at + number * 3) % len(positions)]
            self._positions[contact] = position
            self._employment(
                (contact, position, unit, since, left, int(not number), *card.sign(moment))
            )
        other = self._recent.get(card.owner)
        if other is not None and chance() < 0.04:
            self._employment((other, positions[at], None, None, None, 0, *card.sign(moment)))
        self._recent[card.owner] = card.contacts[-1]

    def deciding(self, card: Card, moment: str) -> None:
        """Write the decision-making unit of a client with at least two people."""
        scene, chance = self._scene, self._scene.chance
        sign = card.sign(moment)
        title = "Решение о закупке" if card.country.code == "RU" else "Решение за покупка"
        dmu = self._dmu((title, *sign))
        roles, influence = _ROLES[int(chance() * len(_ROLES))]
        mood = int(chance() * 4) - 1
        members: list[int] = []
        # Whoever stands higher in the firm decides more.
        order = card.country.words.SENIORITY
        people = sorted(card.contacts, key=lambda one: order.index(self._positions[one]))
        for number, contact in enumerate(people):
            attitude = max(-2, min(2, mood + int(chance() * 3) - 1))
            if "|blocker|" in roles[number]:
                attitude = min(attitude, -1)
            elif "champion|" in roles[number]:
                attitude = max(attitude, 1)
            evidence = scene.pick(card.country.words.EVIDENCE) if chance() < 0.6 else None
            members.append(
                self._member(
                    (dmu, contact, roles[number], influence[number], attitude,
                     _COVERAGES[int(chance() * 4)], evidence, card.owner, moment, *sign)
                )
            )  # fmt: skip
        self._relation((members[1], "reports_to", members[0], *sign))
        if len(members) == 3:
            kind = "influences" if chance() < 0.7 else "conflicts_with"
            self._relation((members[2], kind, members[1], *sign))
            if not card.id % _LARGE:
                self._more(card, moment, dmu, members)

    def _more(self, card: Card, moment: str, dmu: int, members: list[int]) -> None:
        """Add people to a unit, with a chance of its own: the rest of the base stays as it is."""
        scene = replace(self._scene, chance=Random(card.id).random)
        sign = card.sign(moment)
        known = set(self._positions.values())
        free = [one for one in self._kind_of_positions(card) if one not in known]
        # They stand below those who were known before.
        positions = sorted(free, key=card.country.words.SENIORITY.index, reverse=True)
        count = 2 + int(scene.chance() * 3)
        for position, (roles, influence, attitude, relations) in zip(
            positions, _MORE[:count], strict=False
        ):
            contact = self._person(scene, card, moment)
            self._employment((contact, position, None, None, None, 0, *sign))
            coverage = _COVERAGES[int(scene.chance() * 4)]
            evidence = scene.pick(card.country.words.EVIDENCE) if scene.chance() < 0.6 else None
            members.append(
                self._member(
                    (dmu, contact, roles, influence, attitude, coverage, evidence, card.owner,
                     moment, *sign)
                )
            )  # fmt: skip
            for kind, other in relations:
                self._relation((members[-1], kind, members[other], *sign))

    def _kind_of_positions(self, card: Card) -> Sequence[str]:
        words = card.country.words
        return words.MAKER_POSITIONS if card.kind == "manufacturer" else words.SHOP_POSITIONS

    def _person(self, scene: Scene, card: Card, moment: str) -> int:
        chance = scene.chance
        name = firms.person(scene, card)
        key = fold(name)
        birthday = None
        if chance() < 0.35:
            year, month = 1958 + int(chance() * 44), 1 + int(chance() * 12)
            birthday = f"{year}-{month:02d}-{1 + int(chance() * 28):02d}"
        contact = scene.tables.next_id(Contact)
        found = [name]
        owned = (
            card.owner,
            card.country.department,
            None,
            1,
            moment,
            card.owner,
            moment,
            card.owner,
        )
        if chance() < 0.92:
            typed, number = (
                identity.mobile_ru(chance)
                if card.country.code == "RU"
                else identity.mobile_bg(chance)
            )
            found.append(number)
            self._point((contact, "mobile", typed, number, None, 1, 1, *owned))
        if chance() < 0.5:
            email = f"{identity.latin(name.split()[0])}{int(chance() * 90) or ''}@{card.host}"
            found.append(email)
            self._point((contact, "email", email, email, None, 1, int(chance() > 0.03), *owned))
        if chance() < 0.12 * scene.detail:
            value = f"@{identity.latin(name.split()[0])}{int(chance() * 900)}"
            found.append(value)
            self._point((contact, "messenger", value, value, "Telegram", 0, 1, *owned))
        return self._contact((name, key, birthday, None, text_of(found), *owned[:2], *owned[3:]))

    def _fixed(self, card: Card) -> tuple[str, str]:
        make = identity.fixed_ru if card.country.code == "RU" else identity.fixed_bg
        return make(card.city.phone_code, self._scene.chance)
