"""Titles of a plugin are translated by its own catalogue, never by the core's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acme_dummy import plugin as acme

from kartoteka import i18n
from kartoteka.i18n import in_language
from kartoteka.testing import Firm


def written_in(module: str, text: str) -> Any:
    """Return a text that a module wrote with the `_` of the plugin interface."""
    space: dict[str, Any] = {"__name__": module}
    exec(
        "from kartoteka.api import _, gettext\n"
        f"lazy = _({text!r})\ndef now(): return gettext({text!r})",
        space,
    )
    return space["lazy"], space["now"]


def test_a_title_the_core_knows_too_stays_as_the_integrator_wrote_it(
    make: Callable[..., Firm],
) -> None:
    firm = make(acme)
    lazy, now = written_in("acme_dummy.shops", "New")
    with firm.app.app_context(), in_language("ru"):
        assert i18n.gettext("New") != "New"
        assert (str(lazy), now()) == ("New", "New")


def test_a_plugin_with_a_catalogue_speaks_the_language_of_the_reader(
    make: Callable[..., Firm],
) -> None:
    firm = make("wholesale")
    lazy, now = written_in("kartoteka_wholesale.fields", "Floor area")
    with firm.app.app_context():
        with in_language("ru"):
            assert str(lazy) == now() != "Floor area"
        with in_language("en"):
            assert str(lazy) == now() == "Floor area"
