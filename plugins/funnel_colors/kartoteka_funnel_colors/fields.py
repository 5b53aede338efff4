"""What a client has because of its colour: the colour kept, and what people say to our offer."""

from __future__ import annotations

from typing import Any

from kartoteka.api import Choice, Client, DateTime, Field, FieldGroup, _
from kartoteka_funnel_colors.kept_code import KeptCode
from kartoteka_funnel_colors.scheme import (
    color_titles,
    color_titles_ever,
    reasons,
    reasons_ever,
)

ANSWERS = {"agreed": _("Agreed to look at it"), "refused": _("Refused to look at it")}
GROUP = FieldGroup(code="funnel_colors", title=_("Colour"), weight=15)

FIELDS: tuple[Field[Any], ...] = (
    Field(
        on=Client, name="funnel_colors_color", title=_("Colour"),
        kind=KeptCode(color_titles, color_titles_ever),
        group=GROUP.code, readonly=True, listed=True, index=True,
    ),
    Field(
        on=Client, name="funnel_colors_reason", kind=KeptCode(reasons, reasons_ever),
        title=_("Why this colour"), group=GROUP.code, readonly=True,
    ),
    Field(
        on=Client, name="funnel_colors_since", kind=DateTime(), title=_("This colour since"),
        group=GROUP.code, readonly=True,
    ),
    Field(
        on=Client, name="funnel_colors_offer", kind=Choice(ANSWERS),
        title=_("Answer to our offer"), group=GROUP.code,
        synonyms=("answer", "ответ на предложение", "отговор на офертата"),
    ),
)  # fmt: skip
