"""The record of a client that changed its colour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped

from kartoteka.api import (
    READ_ONLY,
    DateTime,
    Entity,
    OfClient,
    Record,
    _,
    field,
)
from kartoteka_funnel_colors.kept_code import KeptCode
from kartoteka_funnel_colors.scheme import color_titles_ever, reasons_ever

_COLOR = KeptCode(color_titles_ever, color_titles_ever)


class ColorMove(OfClient, Record):
    """One change of one client's colour. Written by `recolor` and by nothing else."""

    __tablename__ = "funnel_colors_move"
    tracked = False

    old_color: Mapped[str | None] = field(_COLOR, _("Before"), readonly=True, listed=True)
    new_color: Mapped[str | None] = field(_COLOR, _("After"), readonly=True, listed=True)
    reason: Mapped[str | None] = field(
        KeptCode(reasons_ever, reasons_ever), _("Reason"), readonly=True, listed=True
    )
    moved_at: Mapped[datetime] = field(
        DateTime(), _("When"), required=True, readonly=True, listed=True, index=True
    )


ENTITY = Entity(
    code="funnel_colors_move",
    model=ColorMove,
    title=_("Change of colour"),
    plural=_("Changes of colour"),
    label="client_id",
    icon="fa-arrow-right-arrow-left",
    rights=READ_ONLY,
    order="-moved_at",
    addable=False,
    empty=_("No client has changed its colour yet."),
)

__all__ = ["ENTITY", "ColorMove"]
