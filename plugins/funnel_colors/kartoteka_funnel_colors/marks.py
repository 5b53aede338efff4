"""Mark the rows of lists with the colours of their clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import object_session

from kartoteka.api import RowStyle, registry_of
from kartoteka_funnel_colors.scheme import scheme_of


def styles_of(entity: str, records: Sequence[Any]) -> Mapping[int, RowStyle]:
    """Return the marks of one page of a list; asks the database nothing."""
    session = object_session(records[0]) if entity == "client" and records else None
    if session is None:
        return {}
    colors = scheme_of(registry_of(session)).colors
    styles = {
        code: RowStyle(color=color.paint, hint=color.title, mark=color.mark)
        for code, color in colors.items()
    }
    return {
        client.id: styles[client.funnel_colors_color]
        for client in records
        if client.funnel_colors_color in styles
    }
