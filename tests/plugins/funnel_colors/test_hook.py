"""A business plugin changes, adds and drops colours through this plugin's own hook."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from kartoteka.api import PluginError, PluginInfo, all_of, field_is, hookimpl
from kartoteka.testing import Firm
from kartoteka_funnel_colors import plugin as colors_plugin
from kartoteka_funnel_colors.palette import Color
from kartoteka_funnel_colors.recolor import recolor_all
from kartoteka_funnel_colors.rules import Rule
from kartoteka_funnel_colors.scheme import Scheme
from tests.plugins.funnel_colors.making import buy, color_of, new_client

Change = Callable[[Scheme], None]


def business(change: Change, name: str = "acme_paint") -> Any:
    """Return a plugin that changes the colours."""

    def funnel_colors(scheme: Scheme) -> None:
        change(scheme)

    info = PluginInfo(
        name=name, title=name, version="1", requires_core=">=0.1,<1", requires=("funnel_colors",)
    )
    return SimpleNamespace(PLUGIN=info, funnel_colors=hookimpl(funnel_colors))


def colors_of(firm: Firm) -> list[tuple[str | None, str | None]]:
    """Return the colours of a client that is only there, an important one, one that bought."""
    with firm.session("director") as session:
        plain = new_client(session)
        important = new_client(session, "Beta", important=True)
        buyer = new_client(session, "Gamma")
        buy(session, buyer, 1)
        found = [color_of(client) for client in (plain, important, buyer)]
        session.commit()
    with firm.session() as session:
        assert recolor_all(session).changed == 0
    return found


def test_a_colour_is_added_with_its_rule_before_another(make: Callable[..., Firm]) -> None:
    def add(scheme: Scheme) -> None:
        blue = Color(code="blue", title="Blue", meaning="important", paint="#bae6fd", mark="♦")
        scheme.add(blue, before="gold")
        rule = Rule(
            code="wanted", color="blue", when=field_is("important", "eq", True), why="We want it"
        )
        scheme.add_rule(rule, before="bought")

    firm = make(colors_plugin, business(add))
    assert [color for color, _rule in colors_of(firm)] == ["white", "blue", "gold"]
    page = firm.browser("director").get("/funnel-colors/").get_data(as_text=True)
    assert page.index("Green-gold") < page.index("Blue") < page.index("Platinum")
    listed = firm.browser("director").get("/client/list/?f=funnel_colors_color:eq:blue")
    assert "Beta" in listed.get_data(as_text=True)
    assert "Alfa" not in listed.get_data(as_text=True)


def test_a_rule_and_a_title_are_changed(make: Callable[..., Firm]) -> None:
    def change(scheme: Scheme) -> None:
        scheme.change("gold", title="Buyer")
        two = field_is("purchase_count", "ge", scheme.settings["red_gold_purchases"])
        scheme.change_rule("bought", when=two, why="Bought twice")

    firm = make(colors_plugin, business(change))
    assert [color for color, _rule in colors_of(firm)] == ["white", "white", "white"]
    assert "Buyer" in firm.browser("director").get("/funnel-colors/").get_data(as_text=True)


def test_a_colour_is_dropped_with_its_rules(make: Callable[..., Firm]) -> None:
    def drop(scheme: Scheme) -> None:
        scheme.drop("gold")
        scheme.change("red_gold", lost_from="platinum")

    firm = make(colors_plugin, business(drop))
    assert [color for color, _rule in colors_of(firm)] == ["white", "white", "white"]


def test_a_client_for_which_no_rule_holds_has_no_colour(make: Callable[..., Firm]) -> None:
    firm = make(colors_plugin, business(lambda scheme: scheme.drop("white")))
    assert [color for color, _rule in colors_of(firm)] == [None, None, "gold"]
    page = firm.browser("director").get("/funnel-colors/").get_data(as_text=True)
    assert "2 clients have no colour" in page


def test_plugins_are_asked_in_their_order(make: Callable[..., Firm]) -> None:
    first = business(lambda scheme: scheme.change("white", title="One"), "acme_one")
    second = business(lambda scheme: scheme.change("white", title="Two"), "acme_two")
    firm = make(colors_plugin, first, second)
    colors_of(firm)
    assert "Two" in firm.browser("director").get("/funnel-colors/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda scheme: scheme.drop("gold"), "lost from 'gold'"),
        (lambda scheme: scheme.change("blue", title="Blue"), "blue"),
        (lambda scheme: scheme.change_rule("often", color="blue"), "colour 'blue'"),
        (lambda scheme: scheme.add_rule(scheme.rules[4]), "called 'often'"),
        (
            lambda scheme: scheme.change_rule("often", when=all_of(field_is("gone", "filled"))),
            "no field 'gone'",
        ),
    ],
)
def test_what_does_not_fit_stops_the_start_with_a_sentence(
    make: Callable[..., Firm], change: Change, said: str
) -> None:
    with pytest.raises(PluginError, match=said):
        make(colors_plugin, business(change))


def test_thresholds_come_from_the_settings(tmp_path: Any) -> None:
    from kartoteka.testing import fresh

    url = f"sqlite:///{tmp_path / 'x.db'}"
    app = fresh(
        tmp_path, url, (), colors_plugin, plugin_settings={"funnel_colors": {"silent_days": 10}}
    )
    firm = Firm(app=app, made=app.extensions["kartoteka"])
    with firm.session() as session:
        client: Any = new_client(session)
        buy(session, client, 10, 20)
        assert color_of(client) == ("red_gold", "few_silent")
    with pytest.raises(PluginError, match="silent_days"):
        fresh(
            tmp_path, f"sqlite:///{tmp_path / 'y.db'}", (), colors_plugin,
            plugin_settings={"funnel_colors": {"silent_days": 0}},
        )  # fmt: skip
