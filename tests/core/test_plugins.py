"""A plugin that breaks its contract stops the start with one sentence that names it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from acme_dummy import plugin as acme

from kartoteka.api import (
    Client,
    Field,
    Integer,
    Panel,
    Pipeline,
    PluginError,
    PluginInfo,
    Rejected,
    Setting,
    Stage,
    Text,
    concerns,
    hookimpl,
    hookspec,
)
from kartoteka.app import compose
from kartoteka.builtin import plugin as builtin
from kartoteka.config import Config
from kartoteka.errors import KartotekaError
from kartoteka.hooks.field_checks import check_field
from kartoteka.hooks.manager import Plugins, check_settings, load
from kartoteka.hooks.registry import Registry


def plugin(plugin_name: str = "shop", /, **parts: Any) -> Any:
    """Return a plugin made of hook functions; `info` adds to its manifest."""
    info: dict[str, Any] = {
        "name": plugin_name, "title": plugin_name.title(), "version": "1",
        "requires_core": ">=0.1,<1", **parts.pop("info", {}),
    }  # fmt: skip
    hooks = {name: hookimpl(part) for name, part in parts.items()}
    return SimpleNamespace(PLUGIN=PluginInfo(**info), **hooks)


def refusal(*modules: Any) -> str:
    """Return the sentence with which these plugins are refused."""
    with pytest.raises(PluginError) as refused:
        Registry(Plugins([builtin, *modules]))
    text = str(refused.value)
    assert "\n" not in text
    assert text.endswith((".", "?")), text
    return text


def test_plugins_answer_in_the_order_of_the_list() -> None:
    first = plugin("first", menu=lambda: [])
    second = plugin("second", menu=lambda: [])
    for order in ([first, second], [second, first]):
        names = [name for name, _answer in Plugins([builtin, *order]).each("menu")]
        assert names == ["core", *(module.PLUGIN.name for module in order)]


def test_no_manifest() -> None:
    text = refusal(SimpleNamespace(__name__="shop"))
    assert text == "Plugin 'shop': has no PLUGIN = PluginInfo(…). Add the manifest."


def test_a_manifest_that_is_none() -> None:
    text = refusal(SimpleNamespace(__name__="visits.plugin", PLUGIN={"name": "visits"}))
    assert text.startswith("Plugin 'visits': PLUGIN is a dict, no PluginInfo.")


def test_one_plugin_twice() -> None:
    assert "'shop'" in refusal(plugin(), plugin())


def test_a_requirement_that_stands_behind_or_nowhere() -> None:
    needy = plugin("needy", info={"requires": ["shop"]})
    assert "list shop before it" in refusal(needy, plugin())
    assert "list shop before it" in refusal(needy)
    assert Plugins([builtin, plugin(), needy]).infos.keys() == {"core", "shop", "needy"}


def test_a_requirement_whose_version_does_not_fit() -> None:
    text = refusal(plugin(), plugin("needy", info={"requires": ["shop>=9"]}))
    assert "needs shop >=9, but shop 1 is listed" in text
    assert "list shop" not in text
    fitting = plugin("needy", info={"requires": ["shop>=0.1,<9"]})
    assert Plugins([builtin, plugin(), fitting]).infos.keys() == {"core", "shop", "needy"}
    broken = plugin("needy", info={"requires": ["shop at least 9"]})
    assert "is no plugin with versions" in refusal(plugin(), broken)


@pytest.mark.parametrize("wanted", [">=99", "<0.1", "==3.*"])
def test_a_version_of_the_core_that_does_not_fit(wanted: str) -> None:
    text = refusal(plugin(info={"requires_core": wanted}))
    assert wanted in text
    assert "'shop'" in text


def test_a_range_of_versions_that_can_not_be_read() -> None:
    assert "is not a version range" in refusal(plugin(info={"requires_core": "about 1"}))


def test_an_unknown_hook() -> None:
    text = refusal(plugin(feilds=lambda: []))
    assert text.startswith("Plugin 'shop': there is no hook 'feilds'. Correct its name")


def test_an_argument_that_a_hook_does_not_have() -> None:
    def before_save(session: Any, record: Any) -> None: ...

    text = refusal(plugin(before_save=before_save))
    assert "'shop'" in text
    assert "before_save" in text
    assert "record" in text


@pytest.mark.parametrize("option", ["tryfirst", "trylast", "wrapper"])
def test_an_order_of_its_own(option: str) -> None:
    def menu() -> Any:
        yield

    module = plugin()
    mark: Any = {option: True}
    module.menu = hookimpl(**mark)(menu)
    assert "the order of plugins in the configuration" in refusal(module)


@pytest.mark.parametrize("answer", [5, "text", {"a": 1}, [5], [Panel], ["client"]])
@pytest.mark.parametrize("hook", ["fields", "panels", "pipelines"])
def test_an_answer_of_a_wrong_type(hook: str, answer: Any) -> None:
    text = refusal(plugin(**{hook: lambda: answer}))
    assert f"'shop': {hook}() returned" in text


def test_a_hook_that_fails() -> None:
    assert "'shop': menu() failed: ZeroDivisionError" in refusal(plugin(menu=lambda: 1 // 0))


def test_a_code_that_another_plugin_has() -> None:
    one = plugin("one", pipelines=lambda: [_pipeline(Stage(code="new", title="New"))])
    two = plugin("two", pipelines=lambda: [_pipeline(Stage(code="new", title="New"))])
    assert "Plugin 'two': pipelines() repeats 'sale' of plugin 'one'." in refusal(one, two)


def _pipeline(*stages: Stage) -> Pipeline:
    return Pipeline(code="sale", title="Sale", stages=stages)


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ((), "has no stages"),
        ((Stage(code="a", title="A"), Stage(code="a", title="B")), "repeats stage 'a'"),
        ((Stage(code="a", title="A", next=["b"]),), "leads to 'b'"),
        ((Stage(code="a", title="A", requires=["colour"]),), "requires the deal field 'colour'"),
    ],
)
def test_a_pipeline_that_can_not_work(stages: tuple[Stage, ...], said: str) -> None:
    assert said in refusal(plugin(pipelines=lambda: [_pipeline(*stages)]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "floor"}, "must start with 'shop_'"),
        ({"name": "shop_floor", "required": True}, "is required, but"),
        ({"name": "shop_floor", "hidden_from": ["saler"]}, "hidden from 'saler', which is no role"),
        ({"name": "shop_floor", "group": "nowhere"}, "group 'nowhere', which does not exist"),
        (
            {"name": "shop_floor", "hidden_from": ["manager"], "searchable": True},
            "a search would tell what it holds",
        ),
    ],
)
def test_a_field_that_can_not_be(options: dict[str, Any], said: str) -> None:
    def fields() -> Any:
        return [Field(on=_Nothing, kind=Integer(), title="Floor", **options)]

    text = _field_refusal(fields, options)
    assert said in text
    assert "'shop'" in text


class _Nothing:
    """Stands for a record class, so that no real one is touched."""


def _field_refusal(fields: Callable[[], Any], options: dict[str, Any]) -> str:
    (item,) = fields()
    if item.name.startswith("shop_") and not item.required:
        registry = Registry(Plugins([builtin]))
        with pytest.raises(PluginError) as refused:
            check_field(item, "shop", registry.roles, registry.field_groups)
        return str(refused.value)
    return refusal(plugin(fields=fields))


def test_a_field_that_is_there_already() -> None:
    def fields() -> Any:
        return [Field(on=Client, name="acme_nickname", kind=Text(80), title="Nickname")]

    Registry(Plugins([builtin, acme]))
    assert "acme_nickname' must start with 'shop_'" in refusal(plugin(fields=fields))


def test_a_panel_at_no_page() -> None:
    def panels() -> Any:
        return [Panel(code="p", title="P", template="", data=lambda *_: {}, place="moon")]

    assert "stands at 'moon', which is no entity" in refusal(plugin(panels=panels))


# Loading


def test_a_plugin_that_is_not_installed_is_named() -> None:
    with pytest.raises(PluginError, match="'nothing_like_it': is not installed"):
        load(["nothing_like_it"])


def test_a_plugin_whose_import_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_shop.py").write_text("import nothing_like_it\n")
    (tmp_path / "torn_shop.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name, reason in (("broken_shop", "nothing_like_it"), ("torn_shop", "ZeroDivisionError")):
        with pytest.raises(PluginError, match=f"'{name}': can not be imported.*{reason}"):
            load([name])


def test_plugins_are_found_by_entry_point_and_by_module() -> None:
    names = {point.name for point in importlib.metadata.entry_points(group="kartoteka.plugins")}
    assert "wholesale" in names
    wholesale, module = load(["wholesale", "acme_dummy.plugin"])
    assert wholesale.PLUGIN.name == "wholesale"
    assert module is acme


# Settings


SETTINGS = (
    Setting(name="days", kind=int, default=5),
    Setting(name="rate", kind=float, default=0.5),
    Setting(name="word", kind=str, required=True),
    Setting(name="loud", kind=bool, default=False),
)
INFO = PluginInfo(name="shop", title="Shop", version="1", requires_core="", settings=SETTINGS)


def test_settings_get_their_defaults() -> None:
    assert check_settings(INFO, {"word": "x", "rate": 1}) == {
        "days": 5, "rate": 1.0, "word": "x", "loud": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "setting 'word' is missing"),
        ({"word": 5}, "setting 'word' must be of type str, got 5"),
        ({"word": "x", "days": True}, "setting 'days' must be of type int, got True"),
        ({"word": "x", "days": "5"}, "setting 'days' must be of type int, got '5'"),
        ({"word": "x", "loud": 1}, "setting 'loud' must be of type bool, got 1"),
        ({"word": "x", "dyas": 5}, "unknown setting 'dyas'"),
    ],
)
def test_settings_that_do_not_fit_are_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(PluginError, match=f"Plugin 'shop': {said}"):
        check_settings(INFO, given)


@pytest.mark.parametrize("default", ["twelve", True, 1.5])
def test_a_default_that_does_not_fit_stops_the_start_whatever_was_given(default: Any) -> None:
    goal = Setting(name="goal", kind=int, default=default)
    info = PluginInfo(name="shop", title="Shop", version="1", requires_core="", settings=[goal])
    for given in ({}, {"goal": 5}):
        with pytest.raises(PluginError, match=f"Plugin 'shop': .*'goal'.*default is {default!r}"):
            check_settings(info, given)


# Hooks that plugins offer to each other


def test_a_plugin_asks_hooks_of_its_own() -> None:
    specs = SimpleNamespace(routes=hookspec(lambda caller: None))
    offers = plugin("offers", hookspecs=lambda: specs)
    answers = plugin("answers", routes=lambda caller: [caller[::-1]])
    plugins = Plugins([builtin, offers, answers])
    assert list(plugins.each("routes", caller="123")) == [("answers", ["321"])]
    assert plugins.implementers("routes") == ["answers"]


def test_a_wrong_answer_to_a_plugins_hook_is_the_answering_plugins_fault() -> None:
    specs = SimpleNamespace(routes=hookspec(lambda caller: None))
    offers = plugin("offers", hookspecs=lambda: specs)
    answers = plugin("answers", routes=lambda callee: [])
    for order in ([offers, answers], [answers, offers]):
        text = refusal(*order)
        assert text.startswith("Plugin 'answers':")
        assert "callee" in text


# Serving


def test_safely_skips_the_plugin_that_fails_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    bad = plugin("bad", row_styles=lambda entity, records: 1 // 0)
    good = plugin("good", row_styles=lambda entity, records: {1: "mark"})
    plugins = Plugins([builtin, bad, good])
    assert list(plugins.safely("row_styles", entity="client", records=[])) == [
        ("good", {1: "mark"})
    ]
    assert "'bad' failed in row_styles()" in caplog.text


def test_a_refusal_reaches_the_person_as_it_is() -> None:
    def before_save(session: Any, change: Any) -> None:
        raise Rejected("Too little.", "amount")

    plugins = Plugins([builtin, plugin(before_save=before_save)])
    with pytest.raises(Rejected, match=r"^Too little\.$"):
        list(plugins.each("before_save", session=None, change=None))


def test_a_plugin_is_asked_about_what_concerns_it() -> None:
    asked: list[str] = []
    deals = plugin("deals", before_save=concerns("deal")(lambda change: asked.append("deals")))
    all_of_them = plugin("all", before_save=lambda change: asked.append("all"))
    plugins = Plugins([builtin, deals, all_of_them])
    for entity in ("client", "deal"):
        list(plugins.each("before_save", about=entity, session=None, change=None))
    assert asked == ["all", "deals", "all"]
    assert plugins.implementers("before_save", "client") == ["all"]


def test_a_record_that_is_none_concerns_nobody() -> None:
    text = refusal(plugin(before_save=concerns("deal", "dael")(lambda change: None)))
    assert text.startswith("Plugin 'shop': before_save() concerns 'dael', which is no kind")


def test_only_before_save_is_asked_about_some_records() -> None:
    text = refusal(plugin(after_save=concerns("deal")(lambda written: None)))
    assert text == "Plugin 'shop': after_save(): concerns() is for before_save(). Drop it here."


def test_the_first_answer_wins() -> None:
    nobody = plugin("nobody", assign_manager=lambda client: None)
    one = plugin("one", assign_manager=lambda client: 1)
    two = plugin("two", assign_manager=lambda client: 2)
    plugins = Plugins([builtin, nobody, one, two])
    assert plugins.first("assign_manager", session=None, client=None) == 1


# Two applications in one process


def _made(folder: Path, *plugins: Any) -> Any:
    config = Config(folder=folder, database_url="sqlite://", secret_key="s" * 48)
    return compose(config, *plugins)


def test_two_applications_of_one_process_do_not_share_behaviour(tmp_path: Path) -> None:
    plain, with_acme = _made(tmp_path), _made(tmp_path, acme)
    assert "acme_nickname" in with_acme.registry.fields("client")
    assert "acme_nickname" not in plain.registry.fields("client")
    assert "acme_visit" not in plain.registry.entities
    assert "acme.visits" not in plain.registry.panels
    hidden = plugin("acme", fields=lambda: [_nickname(hidden_from=("manager",))])
    third = _made(tmp_path, hidden)
    assert "acme_nickname" not in third.registry.fields_for("client", {"manager"})
    assert "acme_nickname" in with_acme.registry.fields_for("client", {"manager"})


def _nickname(**options: Any) -> Field[Any]:
    return Field(on=Client, name="acme_nickname", kind=Text(80), title="Nickname",
                 sort_key=True, **options)  # fmt: skip


def test_another_plugin_can_not_take_the_name_of_an_attached_field(tmp_path: Path) -> None:
    _made(tmp_path, acme)
    other = plugin(
        "acme",
        fields=lambda: [Field(on=Client, name="acme_nickname", kind=Integer(), title="Nick")],
    )
    with pytest.raises(KartotekaError, match=r"Client\.acme_nickname already exists"):
        _made(tmp_path, other)
