"""Say which colours there are: name, place in the funnel, paint, and a sign for the colour-blind.

Paints are light enough for dark signs on them (WCAG AA, 4.5 to 1); every place that shows a paint
shows the sign and the name too.
"""

from __future__ import annotations

from dataclasses import dataclass

from kartoteka.api import _


@dataclass(frozen=True, kw_only=True, slots=True)
class Color:
    """One colour of the client base.

    Args:
        code: stable code, kept in the database.
        title: name of the colour.
        meaning: whom it stands for, in a few words.
        paint: CSS colour that a dark sign can be read on.
        mark: one sign that no other colour has.
        lost_from: of the red spectrum: the colour of the funnel these clients came to at least.
    """

    code: str
    title: str
    meaning: str
    paint: str
    mark: str
    lost_from: str = ""

    @property
    def is_red(self) -> bool:
        """Say whether clients of this colour are lost."""
        return bool(self.lost_from)


#: The funnel from its wide end on, then the red spectrum.
COLORS = (
    Color(
        code="white", title=_("White"), meaning=_("only in the base"), paint="#ffffff", mark="○"
    ),
    Color(
        code="grey", title=_("Grey"), meaning=_("no decision-maker known"), paint="#cbd5e1",
        mark="■",
    ),
    Color(
        code="green", title=_("Green"), meaning=_("agreed to look at the offer"),
        paint="#86efac", mark="▲",
    ),
    Color(
        code="yellow", title=_("Yellow"), meaning=_("agreed to receive mailings"),
        paint="#fef08a", mark="●",
    ),
    Color(
        code="green_gold", title=_("Green-gold"), meaning=_("placed a request"),
        paint="#bef264", mark="◆",
    ),
    Color(code="gold", title=_("Gold"), meaning=_("has bought"), paint="#fbbf24", mark="⬢"),
    Color(
        code="platinum", title=_("Platinum"), meaning=_("buys again and again"),
        paint="#a5b4fc", mark="★",
    ),
    Color(
        code="red_green", title=_("Red-green"), meaning=_("refused to consider the offer"),
        paint="#fecaca", mark="▼", lost_from="green",
    ),
    Color(
        code="red_gold", title=_("Red-gold"), meaning=_("bought a few times, then stopped"),
        paint="#fb923c", mark="✖", lost_from="gold",
    ),
    Color(
        code="red_platinum", title=_("Red-platinum"),
        meaning=_("stopped after long cooperation"), paint="#f87171", mark="⊗",
        lost_from="platinum",
    ),
)  # fmt: skip


__all__ = ["COLORS", "Color"]
