"""Make up what was done with clients and what is still to do: calls, meetings, letters, tasks."""

from __future__ import annotations

from kartoteka.api import Activity, ClientCompetitor, ClientSource, Task, text_of
from kartoteka_wholesale.demo.card import Card, Scene

_SOURCES = (
    "internet", "directory", "bought_list", "acquaintance", "exhibition", "seminar", "sign",
    "inbound_call", "web_form", "wholesale_market", "wholesale_round", "recommendation",
)  # fmt: skip


class Work:
    """Writes activities and tasks, sources and preferred competitors."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._activity = scene.tables.numbered(Activity)
        self._task = scene.tables.numbered(Task)
        self._source = scene.tables.numbered(ClientSource)
        self._competitor = scene.tables.numbered(ClientCompetitor)
        self._known = [scene.ground.sources[code] for code in _SOURCES]
        self._recommended = scene.ground.sources["recommendation"]
        self._texts: dict[str, str] = {}

    def came(self, card: Card, first_id: int) -> None:
        """Write where the client came from; some were recommended by another client."""
        chance, scene = self._scene.chance, self._scene
        moment = scene.calendar.moment(card.created)
        for _number in range(2 if chance() < 0.2 * scene.detail else 1):
            source = scene.pick(self._known)
            by = None
            if source == self._recommended and card.id > first_id:
                by = first_id + int(chance() * (card.id - first_id))
            self._source((source, scene.calendar.day(card.created // 1440), by, *card.sign(moment)))
        if chance() < 0.2 * scene.detail:
            rival = scene.pick(scene.ground.competitors[card.country.code])
            why = scene.pick(card.country.words.WHY_COMPETITOR)
            share = (10 + 5 * int(chance() * 16)) * 100
            self._competitor(
                (rival, int(chance() < 0.5), why, share, *card.sign(moment))
            )  # fmt: skip

    def talked(self, card: Card) -> None:
        """Write calls, meetings and letters from the client's first day to its last."""
        chance, scene = self._scene.chance, self._scene
        first = max(0, card.created // 1440)
        last = card.left_day if card.left_day is not None else scene.calendar.today
        if scene.detail < 1:
            count = int(chance() + 0.75)
        else:
            count = 1 + int(chance() * 5) + min(10, card.purchases // 2)
        for _number in range(count):
            # The more recent, the more is written down.
            day = last - 1 - int((last - first) * chance() * chance())
            self._write(card, max(first, day))

    def _write(self, card: Card, day: int) -> None:
        chance, scene = self._scene.chance, self._scene
        words = card.country.words
        kind, texts, minutes = "call", words.CALLS, 1 + int(chance() * 14)
        roll = chance()
        if roll > 0.93:
            kind, texts, minutes = "meeting", words.MEETINGS, 30 + 15 * int(chance() * 5)
        elif roll > 0.78:
            kind, texts, minutes = "letter", words.LETTERS, None
        subject, text, outcome = texts[int(chance() * len(texts))]
        at = max(scene.calendar.at_work(day, chance), card.created)
        assistant = scene.assistants.get(card.owner or 0)
        author = assistant if assistant and chance() < 0.25 else card.owner
        contact = card.contacts[int(chance() * len(card.contacts))]
        moment = scene.calendar.moment(at)
        direction = "in" if kind == "call" and chance() < 0.25 else "out"
        self._activity(
            (kind, moment, direction, contact, None, subject, text, outcome, minutes, author,
             *card.sign(moment, author))
        )  # fmt: skip
        card.last_contact = max(card.last_contact, at)

    def to_do(self, card: Card) -> None:
        """Write a task: open and perhaps overdue, or done."""
        chance, scene = self._scene.chance, self._scene
        calendar = scene.calendar
        title = scene.pick(card.country.words.TASKS)
        text = self._texts.get(title) or self._texts.setdefault(title, text_of((title,)))
        due_day = calendar.today - 12 + int(chance() * 32)
        due = calendar.working[due_day] * 1440 + 360 + 30 * int(chance() * 18)
        done = None
        if due_day < calendar.today - 1 and chance() < 0.7:
            done = calendar.moment(min(due + 25, calendar.today * 1440 - 1))
        created = calendar.moment(max(card.created, min(due, calendar.today * 1440 - 1) - 4000))
        self._task(
            (title, calendar.moment(due), calendar.moment(due - 30) if chance() < 0.6 else None,
             card.contacts[0], None, done,
             ("Сделано" if card.country.code == "RU" else "Направено") if done else None, text,
             *card.sign(created))
        )  # fmt: skip
