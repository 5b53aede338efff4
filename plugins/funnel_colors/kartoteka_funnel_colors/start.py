"""Check at the start that every rule can be asked, before somebody's saving hangs on it."""

from __future__ import annotations

from typing import Any

from flask import Flask

from kartoteka.api import as_system
from kartoteka_funnel_colors.compiled import of_some
from kartoteka_funnel_colors.recolor import WHY


def check(app: Flask) -> None:
    """Put the rules together; asks the database nothing.

    Raises:
        PluginError: a rule asks for something that is not there.
    """
    made: Any = app.extensions["kartoteka"]
    with made.sessions() as session, as_system(session, WHY):
        of_some(session)
