"""One client of the demo while it is being made up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

from kartoteka_wholesale.demo.calendar import Calendar
from kartoteka_wholesale.demo.ground import Ground
from kartoteka_wholesale.demo.places import Place
from kartoteka_wholesale.demo.tables import Tables

Story = Literal["prospect", "once", "regular"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Country:
    """What differs between Russian and Bulgarian clients.

    Args:
        words: module with the words of the language.
        places: places of the country, each as often as it is likely.
        owners: responsible managers, each as often as they are likely.
        scale: what a thousand roubles are in the smallest unit of the currency.
    """

    code: str
    words: ModuleType
    currency: str
    places: Sequence[Place]
    owners: Sequence[int]
    department: int
    scale: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What all makers share: chance, days, tables, ground, and how much is told of a client.

    Args:
        chance: a number from 0 to 1, the next one each time.
        detail: 1 for a base people look at, less for one that measures speed.
    """

    chance: Callable[[], float]
    calendar: Calendar
    tables: Tables
    ground: Ground
    detail: float
    #: Manager to assistant: who may have done what is the manager's.
    assistants: dict[int, int]

    def pick(self, items: Sequence[Any]) -> Any:
        """Return one of several things."""
        return items[int(self.chance() * len(items))]


@dataclass(kw_only=True, slots=True)
class Card:
    """A client, as far as it is known: makers fill in what they make."""

    id: int
    country: Country
    place: Place
    city: Any
    kind: str
    story: Story
    potential: float
    owner: int | None
    created: int
    name: str = ""
    core: str = ""
    host: str = ""
    legal_form: str = ""
    is_person: bool = False
    tax_id: str = ""
    left_day: int | None = None
    contacts: list[int] = field(default_factory=list[int])
    points: list[str] = field(default_factory=list[str])
    first_day: int | None = None
    last_day: int | None = None
    purchases: int = 0
    total: int = 0
    debt: int = 0
    last_contact: int = -1

    def sign(self, moment: str, author: int | None = None) -> tuple[Any, ...]:
        """Return the values every row of this client ends with: whose it is, who made it, when."""
        by = author if author is not None else self.owner
        return (self.owner, self.country.department, self.id, 1, moment, by, moment, by)
