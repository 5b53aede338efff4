"""Make up deals and the way each took through the pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartoteka.api import Deal, Stage, StageChange, text_of
from kartoteka_wholesale.demo import routes
from kartoteka_wholesale.demo.card import Card, Scene
from kartoteka_wholesale.pipeline import WHOLESALE, WITH_AMOUNT

STAGES: Mapping[str, Stage] = {stage.code: stage for stage in WHOLESALE.stages}
_SOURCES = ("inbound_call", "web_form", "exhibition", "recommendation", "wholesale_round")
_LEAST = 12


class Deals:
    """Writes deals and their stage changes."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._deal = scene.tables.put(Deal)
        self._move = scene.tables.numbered(StageChange)
        self._sources = [scene.ground.sources[code] for code in _SOURCES]
        self._reasons = {
            stage.code: [scene.ground.lost_reasons[code] for code in stage.lost_reasons]
            for stage in WHOLESALE.stages
            if stage.kind == "lost"
        }

    def open(self, card: Card) -> None:
        """Write a deal that is under way or put off."""
        chance = self._scene.chance
        today = self._scene.calendar.today
        if chance() < 0.62:
            route = self._scene.pick(routes.OPEN)
            limit = STAGES[route[-1]].max_days or 14
            self._write(card, route, today - 1 - int(chance() ** 1.5 * limit * 1.7))
        elif chance() < 0.6:
            route = self._scene.pick(routes.DEFERRED)
            self._write(card, route, today - 5 - int(chance() * 230))
        else:
            self._write(card, self._scene.pick(routes.RUNNING), today - 1 - int(chance() * 12))

    def lost(self, card: Card, day: int) -> None:
        """Write a deal that was refused about a day."""
        self._write(card, self._scene.pick(routes.LOST), day)

    def done(self, card: Card, paid_on: int, amount: int) -> tuple[int, int]:
        """Write a completed deal; return its number and the day the order was placed."""
        return self._write(
            card, self._scene.pick(routes.DONE), min(paid_on + 20, self._scene.calendar.today - 1),
            amount,
        )  # fmt: skip

    def amount(self, card: Card) -> int:
        """Return what an order of this client comes to, in the smallest unit."""
        chance = self._scene.chance
        wave = 0.55 + chance() * 0.9
        thousands = 9 * card.potential * wave
        return int(max(_LEAST + 4 * chance(), thousands) * card.country.scale) // 100 * 100

    def _write(
        self, card: Card, route: Sequence[str], last_day: int, amount: int | None = None
    ) -> tuple[int, int]:
        scene, chance = self._scene, self._scene.chance
        calendar = scene.calendar
        moments = self._moments(card, route, last_day)
        stages = [STAGES[code] for code in route]
        last = stages[-1]
        author = self._author(card)
        lost = scene.pick(self._reasons[last.code]) if last.kind == "lost" else None
        note = scene.pick(card.country.words.LOST_NOTES) if lost and chance() < 0.5 else None
        if amount is None and any(code in WITH_AMOUNT for code in route):
            amount = self.amount(card)
        product = int(chance() * len(scene.ground.products))
        number = scene.tables.skip(Deal)
        word = scene.pick(card.country.words.DEAL_WORDS)
        title = f"{word} {number}: {scene.ground.product_names[product]}"
        stamps = [calendar.moment(moment) for moment in moments]
        closed = last.kind in {"lost", "done"}
        is_open = last.kind in {"open", "won", "delivery"}
        next_step = calendar.day(calendar.today - 4 + int(chance() * 18)) if is_open else None
        recheck = None
        if last.kind == "deferred":
            recheck = calendar.day(moments[-1] // 1440 + last.recheck_days - int(chance() * 60))
        opened = card.sign(stamps[0], author)
        self._deal(
            (number, title, card.contacts[0], WHOLESALE.code, last.code, stamps[-1], amount,
             card.country.currency if amount is not None else None, scene.ground.products[product],
             scene.pick(self._sources), scene.pick(card.country.words.LINES),
             int(is_open and chance() < 0.08), next_step, recheck, stamps[0],
             stamps[-1] if closed else None, lost, note, text_of((title,)),
             *opened[:6], stamps[-1], author)
        )  # fmt: skip
        before: str | None = None
        for index, code in enumerate(route):
            is_last = index == len(route) - 1
            self._move(
                (number, WHOLESALE.code, before, code, stamps[index], author,
                 (moments[index] - moments[index - 1]) * 60 if index else None,
                 lost if is_last else None, note if is_last else None,
                 *card.sign(stamps[index], author))
            )  # fmt: skip
            before = code
        ordered = route.index("signed") if "signed" in route else len(route) - 1
        return number, moments[ordered] // 1440

    def _moments(self, card: Card, route: Sequence[str], last_day: int) -> list[int]:
        """Return when each stage was entered: later than the one before, never in the future."""
        chance, calendar = self._scene.chance, self._scene.calendar
        day = max(0, min(last_day, calendar.today - 1))
        days = [day]
        for code in reversed(route[:-1]):
            least, most = routes.DAYS[code]
            day -= least + int(chance() * (most - least + 1))
            days.append(day)
        moments: list[int] = []
        before = max(card.created, 0)
        for number in reversed(days):
            moment = calendar.at_work(max(0, number), chance)
            if moment <= before:
                moment = before + 3 + int(chance() * 12)
            moments.append(moment)
            before = moment
        end = calendar.today * 1440
        if moments[-1] >= end:
            late = moments[-1] - end + 1
            moments = [moment - late for moment in moments]
        return moments

    def _author(self, card: Card) -> int | None:
        assistant: Any = self._scene.assistants.get(card.owner or 0)
        return assistant if assistant and self._scene.chance() < 0.25 else card.owner
