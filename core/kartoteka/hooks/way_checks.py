"""Check what plugins put beside phones and addresses."""

from __future__ import annotations

from kartoteka.errors import PluginError
from kartoteka.hooks.contributions import ContactWay


def check_way(plugin: str, way: ContactWay) -> None:
    """Refuse a way for a kind there is not: its button would never be seen.

    Raises:
        PluginError: names the kind, and those there are.
    """
    from kartoteka.models.contact import POINT_KINDS

    if unknown := [kind for kind in way.kinds if kind not in POINT_KINDS]:
        raise PluginError(
            plugin,
            f"way {way.code!r} is for {unknown[0]!r}, which is no kind of contact point. "
            f"Choose of: {', '.join(POINT_KINDS)}.",
        )


__all__ = ["check_way"]
