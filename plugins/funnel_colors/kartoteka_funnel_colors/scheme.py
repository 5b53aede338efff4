"""Put the colours of one application together: ours, and what other plugins make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from kartoteka.api import PluginError, current_registry
from kartoteka_funnel_colors.palette import COLORS, Color
from kartoteka_funnel_colors.rules import Rule, rules_for

NAME = "funnel_colors"
_kept: WeakKeyDictionary[Any, Scheme] = WeakKeyDictionary()


class Scheme:
    """The colours of a business in the order of its funnel, and their rules in order.

    The hook `funnel_colors(scheme)` gets it to change; afterwards it stays as it is.

    Attributes:
        settings: thresholds, as kartoteka.toml and the defaults say.
        colors: colour by code; the funnel from its wide end on, then the red spectrum.
        rules: the first that holds for a client gives its colour; a client for which none
            holds has no colour.
        gone: colours that were dropped, by code: movements still speak of them.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self.colors: dict[str, Color] = {color.code: color for color in COLORS}
        self.rules: list[Rule] = rules_for(settings)
        self.gone: dict[str, Color] = {}
        self._gone: dict[str, str] = {}

    def add(self, color: Color, *, before: str = "") -> None:
        """Add a colour, or put another in the place of the one with its code.

        Args:
            before: code of the colour it stands before in the funnel; default: at the end.
        """
        self.gone.pop(color.code, None)
        items = [(code, one) for code, one in self.colors.items()]
        if color.code in self.colors and not before:
            self.colors[color.code] = color
            return
        items = [pair for pair in items if pair[0] != color.code]
        place = [code for code, _one in items].index(before) if before else len(items)
        items.insert(place, (color.code, color))
        self.colors = dict(items)

    def change(self, code: str, **values: Any) -> None:
        """Change a colour: `scheme.change("gold", title=_("Buyer"))`."""
        self.colors[code] = replace(self.colors[code], **values)

    def drop(self, code: str) -> None:
        """Take a colour away with its rules; its clients get the colour of the next rule."""
        self.gone[code] = self.colors.pop(code)
        for rule in [rule for rule in self.rules if rule.color == code]:
            self.drop_rule(rule.code)

    def add_rule(self, rule: Rule, *, before: str = "") -> None:
        """Add a rule before another, by its code; default: before all others."""
        self.rules.insert(self._place(before) if before else 0, rule)

    def change_rule(self, code: str, **values: Any) -> None:
        """Change a rule: `scheme.change_rule("bought", when=…, why=…)`."""
        self.rules[self._place(code)] = replace(self.rules[self._place(code)], **values)

    def drop_rule(self, code: str) -> None:
        """Take a rule away."""
        rule = self.rules.pop(self._place(code))
        self._gone[code] = rule.why

    # What the rest of the plugin asks

    @property
    def funnel(self) -> Sequence[Color]:
        """The colours on the way to a regular client."""
        return [color for color in self.colors.values() if not color.is_red]

    @property
    def red(self) -> Sequence[Color]:
        """The colours of clients who are lost."""
        return [color for color in self.colors.values() if color.is_red]

    def named(self, code: str | None) -> Color | None:
        """Return the colour of a code that is kept, also of one that is gone; None for none.

        A colour that nobody knows any more is called by its code.
        """
        if not code:
            return None
        known = self.colors.get(code) or self.gone.get(code)
        return known or Color(code=code, title=code, meaning="", paint="#e2e8f0", mark="?")

    def why(self, rule: str | None) -> str:
        """Return the reason of a rule in words, also of one that was dropped."""
        return str(self.reasons.get(rule or "", ""))

    @property
    def reasons(self) -> Mapping[str, str]:
        """The reasons in words by code of rule; those of dropped rules stand last."""
        found = {rule.code: rule.why for rule in self.rules}
        return found | {code: why for code, why in self._gone.items() if code not in found}

    def _place(self, code: str) -> int:
        return [rule.code for rule in self.rules].index(code)


def scheme_of(registry: Any) -> Scheme:
    """Return the colours of an application; put together once.

    Raises:
        PluginError: a plugin made something of them that does not fit.
    """
    known = _kept.get(registry)
    if known is None:
        settings = registry.settings[NAME]
        for name, value in settings.items():
            if value < 1:
                raise PluginError(
                    NAME, f"setting {name!r} must be above 0, got {value!r}. "
                    "Correct it in kartoteka.toml.",
                )  # fmt: skip
        known = Scheme(settings)
        for _plugin, _answer in registry.plugins.each(NAME, scheme=known):
            pass
        _check(", ".join(registry.plugins.implementers(NAME)) or NAME, known)
        _kept[registry] = known
    return known


def color_titles() -> Mapping[str, str]:
    """Return the names of the colours of the running application by code."""
    scheme = _running()
    return {code: color.title for code, color in scheme.colors.items()} if scheme else {}


def reasons() -> Mapping[str, str]:
    """Return the reasons of the running application in words, by code of the rule."""
    scheme = _running()
    return {rule.code: rule.why for rule in scheme.rules} if scheme else {}


def color_titles_ever() -> Mapping[str, str]:
    """Return what `color_titles` does, and behind it the colours that were dropped."""
    scheme = _running()
    colors = {**scheme.colors, **scheme.gone} if scheme else {}
    return {code: color.title for code, color in colors.items()}


def reasons_ever() -> Mapping[str, str]:
    """Return what `reasons` does, and behind it the rules that were dropped."""
    scheme = _running()
    return scheme.reasons if scheme else {}


def _running() -> Scheme | None:
    try:
        registry = current_registry()
    except LookupError:
        return None
    return scheme_of(registry) if NAME in registry.settings else None


def _check(plugin: str, scheme: Scheme) -> None:
    codes = [rule.code for rule in scheme.rules]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise PluginError(plugin, f"two rules of colours are called {twice[0]!r}. Rename one.")
    for rule in scheme.rules:
        if rule.color not in scheme.colors:
            raise PluginError(
                plugin,
                f"rule {rule.code!r} gives the colour {rule.color!r}, which there is not. "
                f"Choose one of: {', '.join(scheme.colors)}.",
            )
    for color in scheme.red:
        if color.lost_from not in {one.code for one in scheme.funnel}:
            raise PluginError(
                plugin,
                f"colour {color.code!r} is lost from {color.lost_from!r}, which is no colour of "
                "the funnel. Correct `lost_from`.",
            )


__all__ = [
    "NAME", "Scheme", "color_titles", "color_titles_ever", "reasons", "reasons_ever", "scheme_of",
]  # fmt: skip
