"""What a person may decide about a row that was held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

#: It is this client of the base; it is a new one; the row is not imported.
Choice = Literal["same", "new", "out"]
_CHOICES: Mapping[str, Choice] = {one: one for one in get_args(Choice)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a person decided about one row; `client_id` goes with `same`."""

    choice: Choice
    client_id: int | None = None


def choice_of(text: str | None) -> Choice | None:
    """Return the choice that a text names; None: it names none."""
    return _CHOICES.get(text or "")


__all__ = ["Choice", "Decision", "choice_of"]
