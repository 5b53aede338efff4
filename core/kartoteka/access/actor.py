"""Who acts: the person, their roles, whose records they reach, and by which way they came."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

Way = Literal["screen", "api", "import", "job", "cli", "plugin", "system"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One person (or the system) at work, as the access rules and the history know them.

    Args:
        user_id: the true author; None for the system itself.
        roles: names of the person's roles.
        way: by which way the work comes in; the history shows it.
        sees_all: no row is closed to this actor.
        owner_ids: people whose records the actor sees: self, own assistants, own superior.
        department_ids: departments the actor heads, with all below them; empty for a manager.
        beside_ids: of the owners those whose rows are in none of these departments.
        superiors: people an assistant works for; what is done to their records is signed
            "on behalf of".
    """

    user_id: int | None
    roles: frozenset[str] = frozenset()
    way: Way = "screen"
    sees_all: bool = False
    owner_ids: frozenset[int] = frozenset()
    department_ids: frozenset[int] = frozenset()
    beside_ids: frozenset[int] = frozenset()
    superiors: frozenset[int] = frozenset()
    department_id: int | None = None
    batch: str = ""
    #: Criteria of one session's statements, made once (see access.scope).
    cache: dict[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)

    def by(self, way: Way, batch: str = "") -> Actor:
        """Return the same person coming by another way; `batch` joins the rows of one import."""
        return replace(self, way=way, batch=batch, cache={})

    def on_behalf_of(self, owner_id: int | None) -> int | None:
        """Return whom the actor stands for when changing a record of this owner."""
        return owner_id if owner_id in self.superiors else None


def system(way: Way = "system", batch: str = "") -> Actor:
    """Return the framework itself: upgrades, demo data, scheduled work."""
    return Actor(user_id=None, way=way, sees_all=True, batch=batch)
