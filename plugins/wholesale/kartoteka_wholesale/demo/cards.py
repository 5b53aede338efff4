"""Make up clients one after another and write each with everything that belongs to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kartoteka.api import Change, Client, Field, fold, text_of
from kartoteka_wholesale.demo import firms
from kartoteka_wholesale.demo.card import Card, Country, Scene, Story
from kartoteka_wholesale.demo.deals import Deals
from kartoteka_wholesale.demo.people import People
from kartoteka_wholesale.demo.tables import COLUMNS
from kartoteka_wholesale.demo.trade import Trade
from kartoteka_wholesale.demo.work import Work
from kartoteka_wholesale.fields import TYPES

_INTERESTS = ("none", "low", "low", "medium", "medium", "high")
_RANKS = ("leader", "middle", "middle", "laggard")
_DELIVERIES = ("weekly", "fortnightly", "monthly", "monthly", "seasonal", "irregular")
_PRICES = ("economy", "middle", "middle", "upper_middle", "premium")
_FIELDS = COLUMNS[Client]
_COMPLETENESS = _FIELDS.index("completeness")
_REASONS = ("competitor", "too_expensive", "closed_down", "bad_service", "no_answer")


def _expected(fields: Mapping[str, Field[Any]], kind: str) -> list[int | None]:
    """Return where the fields expected of a type of client stand; None for what is never filled."""
    return [
        _FIELDS.index(name) if name in _FIELDS else None
        for name, item in fields.items()
        if item.step
        and all(
            name == "wholesale_type" and kind in values for name, values in item.step_for.items()
        )
    ]


class Cards:
    """Makes clients.

    Args:
        scene: what all makers share.
        countries: each as often as it is likely.
        fields: the fields of a client, with those of all plugins; they tell what a full card is.
        history: write the making of each client into the change history.
    """

    def __init__(
        self,
        scene: Scene,
        countries: list[Country],
        fields: Mapping[str, Field[Any]],
        *,
        history: bool,
    ) -> None:
        self._scene = scene
        self._countries = countries
        self._client = scene.tables.put(Client)
        self._change: Callable[[tuple[Any, ...]], None] | None = (
            scene.tables.put(Change) if history else None
        )
        self._people = People(scene)
        self._deals = Deals(scene)
        self._trade = Trade(scene, self._deals)
        self._work = Work(scene)
        self._expected = {kind: _expected(fields, kind) for kind in TYPES}
        self._searched = [
            _FIELDS.index(name)
            for name, item in fields.items()
            if item.searchable and name in _FIELDS
        ]
        self._first_id = scene.tables.next_id(Client)

    def make(self) -> None:
        """Make one client with people, dealings and tasks."""
        scene, chance = self._scene, self._scene.chance
        card = self._new()
        firms.name(scene, card)
        if card.story != "prospect" and chance() < 0.12:
            today = scene.calendar.today
            card.left_day = card.created // 1440 + 60 + int(chance() * today)
            if card.left_day >= today:
                card.left_day = None
        moment = scene.calendar.moment(card.created)
        self._people.of_firm(card, moment)
        self._people.at(card, moment)
        self._work.came(card, self._first_id)
        detail = scene.detail
        if len(card.contacts) > 1 and chance() < 0.28 * detail:
            self._people.deciding(card, moment)
        if card.story != "prospect":
            self._trade.history(card)
        if card.left_day is None:
            if chance() < 0.5 * detail:
                self._deals.open(card)
            if chance() < 0.25 * detail:
                self._work.to_do(card)
        if chance() < 0.22 * detail:
            first = max(0, card.created // 1440)
            end = card.left_day or scene.calendar.today
            self._deals.lost(card, first + 10 + int(chance() * max(1, end - first - 10)))
        self._work.talked(card)
        self._write(card, moment)

    def _new(self) -> Card:
        scene, chance = self._scene, self._scene.chance
        country = scene.pick(self._countries)
        place = scene.pick(country.places)
        roll = chance()
        story: Story = "prospect" if roll < 0.45 else "once" if roll < 0.65 else "regular"
        roll = chance()
        # Pareto: a fifth of the clients brings about four fifths of the revenue.
        potential = min(400.0, (1 - chance()) ** (-1 / 1.12))
        created_day = int(chance() ** 1.3 * (scene.calendar.today - 2))
        return Card(
            id=scene.tables.skip(Client),
            country=country,
            place=place,
            city=scene.pick(place.cities),
            kind="shop" if roll < 0.65 else "manufacturer" if roll < 0.9 else "other",
            story=story,
            potential=potential,
            owner=None if chance() < 0.012 else scene.pick(country.owners),
            created=scene.calendar.at_work(created_day, chance),
        )

    def _write(self, card: Card, moment: str) -> None:
        scene, chance, calendar = self._scene, self._scene.chance, self._scene.calendar
        words, bought = card.country.words, card.story != "prospect"
        industries = {
            "shop": words.SHOP_INDUSTRIES,
            "manufacturer": words.MAKER_INDUSTRIES,
            "other": words.OTHER_INDUSTRIES,
        }[card.kind]
        line = int(chance() * len(industries))
        left = card.left_day is not None
        known = chance()  # the more is known, the fuller the card
        row: list[Any] = [
            card.id, card.name, fold(card.name)[:255],
            "person" if card.is_person else "organisation", card.legal_form, card.tax_id,
            industries[line],
            f"К-{card.id:06d}" if bought else None,
            "A" if card.potential > 6 else "B" if card.potential > 2.2 else "C",
            scene.pick(_RANKS) if known > 0.4 else None,
            scene.pick(_INTERESTS) if known > 0.15 else None,
            scene.ground.regions[card.place.iso_code], firms.address(scene, card),
            f"https://{card.host}" if known > 0.35 else None,
            scene.pick(words.HOURS) if known > 0.3 else None,
            scene.pick(words.NOTES) if chance() < 0.25 else None,
            int((card.potential > 9 and not left) or chance() < 0.02),
            int(left and chance() < 0.15),
            int(card.purchases > 6 and chance() < 0.4),
            calendar.day(card.left_day) if card.left_day is not None else None,
            scene.ground.lost_reasons[scene.pick(_REASONS)] if left else None,
            scene.pick(words.LOST_NOTES) if left else None, card.country.currency,
            None if card.first_day is None else calendar.day(card.first_day),
            None if card.last_day is None else calendar.day(card.last_day),
            card.purchases, card.total, card.debt,
            calendar.moment(card.last_contact) if card.last_contact >= 0 else None,
            *self._profile(card, known, line),
        ]  # fmt: skip
        row.append(0)
        expected = self._expected[card.kind]
        filled = sum(at is not None and row[at] not in (None, "") for at in expected)
        row[_COMPLETENESS] = round(100 * filled / len(expected)) if expected else 100
        row.append(text_of([*(row[at] for at in self._searched), *card.points]))
        sign = card.sign(moment)
        self._client((*row, *sign[:2], *sign[3:]))
        if self._change is not None:
            changes = json.dumps({"name": [None, card.name]}, ensure_ascii=False)
            self._change(("client", card.id, "create", moment, None, "system", changes))

    def _profile(self, card: Card, known: float, line: int) -> tuple[Any, ...]:
        """Return the wholesale fields in the order of their columns."""
        scene, chance, words = self._scene, self._scene.chance, card.country.words
        least: int | None = None
        if card.potential > 6 and chance() < 0.5:
            least = int(10 + 5 * int(chance() * 4)) * card.country.scale
        problem = scene.pick(words.PROBLEMS) if card.debt and chance() < 0.2 else None
        terms = (card.kind, least, card.country.currency if least else None, problem)
        nothing = (None,) * 5
        if card.kind == "shop" and known > 0.2:
            outlets = 1 + int(card.potential * chance())
            brands = (scene.pick(words.BRANDS), scene.pick(words.BRANDS))
            shop = (
                int(outlets * (40 + chance() * 260)) * 10, outlets, scene.pick(_PRICES),
                ", ".join(dict.fromkeys(brands)) if known > 0.5 else None,
                scene.pick(_DELIVERIES) if known > 0.4 else None,
            )  # fmt: skip
            return (*terms, *shop, *nothing)
        if card.kind == "manufacturer" and known > 0.2:
            volume = 10 * (2 + int(card.potential * 12 * (0.5 + chance())))
            return (
                *terms, *nothing, words.PRODUCED[line].format(volume),
                scene.pick(words.EQUIPMENT) if known > 0.3 else None,
                scene.pick(words.EXPANSION) if known > 0.6 else None,
                scene.pick(words.HABITS) if known > 0.5 else None,
                scene.pick(words.SUPPLIERS) if known > 0.4 else None,
            )  # fmt: skip
        return (*terms, *nothing, *nothing)
