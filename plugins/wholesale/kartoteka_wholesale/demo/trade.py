"""Make up what clients bought, what they owe and which contracts bind them."""

from __future__ import annotations

from kartoteka.api import Contract, Purchase
from kartoteka_wholesale.demo.card import Card, Scene
from kartoteka_wholesale.demo.deals import Deals

_DELAYS = (0, 0, 0, 0, 0, 0, -1, 1, 1, 2, 3, 5, 9)
_TERMS = (0, 0, 7, 14, 14, 30, 30, 45)


class Trade:
    """Writes purchases and contracts; keeps the totals of the card equal to them."""

    def __init__(self, scene: Scene, deals: Deals) -> None:
        self._scene = scene
        self._deals = deals
        self._purchase = scene.tables.numbered(Purchase)
        self._contract = scene.tables.numbered(Contract)

    def history(self, card: Card) -> None:
        """Write the purchases of a client who bought once or regularly."""
        scene, chance = self._scene, self._scene.chance
        calendar = scene.calendar
        first = max(0, card.created // 1440) + 3
        end = card.left_day if card.left_day is not None else calendar.today
        if end - first < 10:
            first = max(0, end - 10)
        if card.story == "once":
            self._first(card, calendar.trading_day(first, end, chance))
            return
        count = min(40, 2 + int(card.potential**0.5 * (0.5 + chance()) * 3.75))
        if card.left_day is None and chance() < 0.2:
            # Stopped buying and has not said so.
            end = first + int((end - first) * (0.3 + 0.5 * chance()))
        days = sorted(calendar.trading_day(first, end, chance) for _ in range(count))
        self._first(card, days[0])
        for day in days[1:]:
            self._buy(card, day, self._deals.amount(card), None)
        if chance() < 0.45:
            self._sign(card, days[0])

    def _first(self, card: Card, day: int) -> None:
        """Write the first purchase, which came of a deal where the base is told in detail."""
        amount = self._deals.amount(card)
        deal = None
        if self._scene.chance() < self._scene.detail:
            deal, day = self._deals.done(card, day, amount)
        self._buy(card, day, amount, deal)

    def _buy(self, card: Card, day: int, amount: int, deal: int | None) -> None:
        scene, chance = self._scene, self._scene.chance
        calendar = scene.calendar
        if chance() < 0.015 and deal is None:
            amount //= 8  # a small extra order, under the minimum sale
        due = day + _TERMS[int(chance() * len(_TERMS))]
        paid = amount
        if due >= calendar.today:
            paid = amount if chance() < 0.35 else amount // 2 if chance() < 0.3 else 0
        elif chance() < 0.05 + 0.1 * (due > calendar.today - 60):
            paid = amount // 2 if chance() < 0.5 else 0
        product = scene.ground.products[int(chance() * chance() * len(scene.ground.products))]
        number = scene.tables.next_id(Purchase)
        mark = "РН" if card.country.code == "RU" else "Ф"
        satisfaction = 10 - int(chance() * chance() * 9) if chance() < 0.3 else None
        moment = calendar.moment(calendar.at_work(day, chance))
        self._purchase(
            (f"{mark}-{number:06d}", calendar.day(day), amount, card.country.currency, paid,
             int(amount * (0.11 + 0.2 * chance())), calendar.day(due),
             _DELAYS[int(chance() * len(_DELAYS))], satisfaction, product,
             card.contacts[0] if chance() < 0.6 else None, deal, *card.sign(moment))
        )  # fmt: skip
        card.purchases += 1
        card.total += amount
        card.debt += amount - paid
        if card.first_day is None or day < card.first_day:
            card.first_day = day
        if card.last_day is None or day > card.last_day:
            card.last_day = day

    def _sign(self, card: Card, day: int) -> None:
        """Write a contract for whole years; some end soon, some are overdue."""
        scene, chance = self._scene, self._scene.chance
        calendar = scene.calendar
        years = 1 + int(chance() * 3)
        end = day + 365 * years
        if end < calendar.today - 60:
            end = calendar.today - 45 + int(chance() * 300)
        number = scene.tables.next_id(Contract)
        title = "Договор поставки" if card.country.code == "RU" else "Договор за доставка"
        self._contract(
            (f"Д-{number}/{calendar.day(day)[2:4]}", title, calendar.day(day), calendar.day(day),
             calendar.day(end), card.total or None, card.country.currency if card.total else None,
             int(chance() < 0.3), *card.sign(calendar.moment(calendar.at_work(day, chance))))
        )  # fmt: skip
