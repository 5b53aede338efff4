"""Find, order and call plugins, so that every error names its plugin."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from kartoteka import __version__
from kartoteka.errors import PluginError, Refused
from kartoteka.hooks import hookspecs
from kartoteka.hooks.concerning import is_concerned, named_by
from kartoteka.hooks.contributions import PluginInfo, Setting

GROUP = "kartoteka.plugins"
_CONCERNING = "before_save"
logger = logging.getLogger(__name__)


class Plugins:
    """The plugins enabled in one application, in the order its configuration lists them.

    Implementations are walked here and not by pluggy, so that the order is the configured one
    and an error names its plugin and hook.

    Raises:
        PluginError: a manifest, a hook or a requirement does not fit; says which and what to do.
    """

    def __init__(self, modules: Sequence[Any]) -> None:
        self._pm = pluggy.PluginManager(hookspecs.PROJECT)
        self._pm.add_hookspecs(hookspecs)
        self.infos: dict[str, PluginInfo] = {}
        self.modules: dict[str, Any] = {}
        for module in modules:
            self._register(module)
        for plugin, specs in list(self.each("hookspecs")):
            try:
                self._pm.add_hookspecs(specs)
            except pluggy.PluginValidationError as error:
                name = self._pm.get_name(error.plugin) or plugin
                raise PluginError(name, _plainly(error)) from error
            except ValueError as error:
                raise PluginError(plugin, f"hookspecs() returned {specs!r}: {error}") from error
        try:
            self._pm.check_pending()
        except pluggy.PluginValidationError as error:
            name = self._pm.get_name(error.plugin) or "?"
            raise PluginError(
                name, f"{_plainly(error)} Is it written for another version of kartoteka?"
            ) from error

    def _check_needs(self, info: PluginInfo) -> None:
        missing: list[str] = []
        for wanted in info.requires:
            name, versions = needed_by(info, wanted)
            if name not in self.infos:
                missing.append(wanted)
            elif (there := self.infos[name].version) not in versions:
                raise PluginError(
                    info.name,
                    f"needs {name} {versions}, but {name} {there} is listed. Install a version of "
                    "one of them that fits, or take this plugin off the list.",
                )
        if missing:
            raise PluginError(info.name, f"list {', '.join(missing)} before it in plugins.")

    def _register(self, module: Any) -> None:
        info = manifest_of(module)
        if info.name in self.infos:
            raise PluginError(info.name, "is listed twice in plugins. Remove one of them.")
        try:
            fits = __version__ in SpecifierSet(info.requires_core, prereleases=True)
        except InvalidSpecifier as error:
            raise PluginError(
                info.name, f"requires_core {info.requires_core!r} is not a version range."
            ) from error
        if not fits:
            raise PluginError(
                info.name,
                f"needs kartoteka {info.requires_core}, this is {__version__}. "
                "Install a version of the plugin that fits, or take it off the list.",
            )
        self._check_needs(info)
        try:
            self._pm.register(module, name=info.name)
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(info.name, _plainly(error)) from error
        for caller in self._pm.get_hookcallers(module) or ():
            for impl in caller.get_hookimpls():
                if impl.plugin is module and (
                    impl.wrapper or impl.hookwrapper or impl.tryfirst or impl.trylast
                ):
                    raise PluginError(
                        info.name,
                        f"{caller.name}(): the order of plugins in the configuration is the order "
                        "of calls. Drop the options of hookimpl.",
                    )
                if caller.name != _CONCERNING and named_by(impl.function) is not None:
                    raise PluginError(
                        info.name,
                        f"{caller.name}(): concerns() is for {_CONCERNING}(). Drop it here.",
                    )
        self.infos[info.name] = info
        self.modules[info.name] = module

    def implementers(self, hook: str, about: str = "") -> list[str]:
        """Return the names of plugins that implement a hook, in configured order.

        Args:
            about: code of an entity; plugins that it does not concern are left out.
        """
        caller: pluggy.HookCaller | None = getattr(self._pm.hook, hook, None)
        return [impl.plugin_name for impl in _asked(caller, about)] if caller else []

    def each(self, hook: str, *, about: str = "", **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Call a hook plugin by plugin, first listed first; an error names its plugin.

        Args:
            about: code of an entity; plugins that it does not concern are not asked.

        Yields:
            name of the plugin and its answer; plugins that answer None are left out.
        """
        caller: pluggy.HookCaller = getattr(self._pm.hook, hook)
        for impl in _asked(caller, about):
            try:
                result: Any = impl.function(*[arguments[name] for name in impl.argnames])
            except (Refused, PluginError):
                raise
            except Exception as error:
                raise PluginError(
                    impl.plugin_name, f"{hook}() failed: {error!r}. Mend it."
                ) from error
            if result is not None:
                yield impl.plugin_name, result

    def concerned(self, hook: str) -> dict[str, frozenset[str]]:
        """Return the entities that implementers of a hook name, by plugin; the others name none."""
        caller: pluggy.HookCaller = getattr(self._pm.hook, hook)
        named = {i.plugin_name: named_by(i.function) for i in caller.get_hookimpls()}
        return {plugin: codes for plugin, codes in named.items() if codes is not None}

    def first(self, hook: str, **arguments: Any) -> Any:
        """Return the first answer that is not None."""
        return next((answer for _plugin, answer in self.each(hook, **arguments)), None)

    def safely(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Like `each`, for screens: a failing plugin is logged and skipped, the page opens."""
        caller: pluggy.HookCaller = getattr(self._pm.hook, hook)
        for impl in caller.get_hookimpls():
            try:
                result: Any = impl.function(*[arguments[name] for name in impl.argnames])
            except Exception:
                logger.exception("Plugin %r failed in %s()", impl.plugin_name, hook)
                continue
            if result is not None:
                yield impl.plugin_name, result

    def collect(
        self, hook: str, kind: type[Any], key: str = "code", *, core_first: bool = False
    ) -> dict[str, tuple[str, Any]]:
        """Gather the contributions of one declarative hook by their code.

        Args:
            core_first: what the core declares, a plugin may declare anew.

        Returns:
            code to (plugin, contribution), in configured order.

        Raises:
            PluginError: an answer of a wrong type, or a code that another plugin has.
        """
        found: dict[str, tuple[str, Any]] = {}
        for plugin, items in self.each(hook):
            for item in items_of(plugin, hook, items):
                if not isinstance(item, kind):
                    raise PluginError(
                        plugin, f"{hook}() returned {item!r}, expected {kind.__name__}. Mend it."
                    )
                code = str(getattr(item, key))
                if code in found and not (core_first and found[code][0] == "core"):
                    raise PluginError(
                        plugin,
                        f"{hook}() repeats {code!r} of plugin {found[code][0]!r}. "
                        "Choose another code.",
                    )
                found[code] = plugin, item
        return found


def _asked(caller: pluggy.HookCaller, about: str) -> list[pluggy.HookImpl]:
    impls = caller.get_hookimpls()
    return [i for i in impls if is_concerned(i.function, about)] if about else impls


def manifest_of(module: Any) -> PluginInfo:
    """Return what a plugin says of itself.

    Raises:
        PluginError: it has no manifest, or something else in its place.
    """
    info = getattr(module, "PLUGIN", None)
    if isinstance(info, PluginInfo):
        return info
    name = str(getattr(module, "__name__", repr(module))).removesuffix(".plugin")
    if info is None:
        raise PluginError(name, "has no PLUGIN = PluginInfo(…). Add the manifest.")
    raise PluginError(
        name, f"PLUGIN is a {type(info).__name__}, no PluginInfo. Write PLUGIN = PluginInfo(…)."
    )


def needed_by(info: PluginInfo, wanted: str) -> tuple[str, SpecifierSet]:
    """Return the name and the versions of a plugin that another one requires.

    Raises:
        PluginError: it is no name with versions, such as `wholesale>=0.1,<1`.
    """
    try:
        found = Requirement(wanted)
    except InvalidRequirement as error:
        raise PluginError(
            info.name, f"requires {wanted!r}, which is no plugin with versions. Correct it."
        ) from error
    return found.name, SpecifierSet(str(found.specifier), prereleases=True)


def load(names: Sequence[str]) -> list[Any]:
    """Import plugins by entry point name or dotted module, in the order given.

    Raises:
        PluginError: a plugin is not installed, or its import fails.
    """
    points = installed()
    modules: list[Any] = []
    for name in names:
        try:
            modules.append(points[name].load() if name in points else _import(name, points))
        except PluginError:
            raise
        except Exception as error:
            raise PluginError(name, f"can not be imported: {error!r}.") from error
    return modules


def installed() -> dict[str, EntryPoint]:
    """Map entry point name to the entry point, without importing the plugin."""
    return {point.name: point for point in entry_points(group=GROUP)}


def check_settings(info: PluginInfo, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a plugin with defaults filled in.

    Raises:
        PluginError: an unknown key, a missing one, a value or a default of a wrong type.
    """
    known = {setting.name: setting for setting in info.settings}
    if unknown := sorted(set(given) - set(known)):
        raise PluginError(
            info.name,
            f"unknown setting {unknown[0]!r} in kartoteka.toml. "
            f"It knows: {', '.join(sorted(known)) or 'none'}.",
        )
    return {name: _setting(info, setting, given) for name, setting in known.items()}


def _setting(info: PluginInfo, setting: Setting, given: Mapping[str, Any]) -> Any:
    default = setting.default
    if default is not None:
        if not _is_of(setting.kind, default):
            raise PluginError(
                info.name,
                f"setting {setting.name!r} is of type {setting.kind.__name__}, but its default is "
                f"{default!r}. Correct it in PLUGIN.",
            )
        default = _as_kind(setting.kind, default)
    if setting.name not in given:
        if setting.required:
            raise PluginError(
                info.name,
                f"setting {setting.name!r} is missing. Write it under [{info.name}] in "
                "kartoteka.toml.",
            )
        return default
    value = given[setting.name]
    if not _is_of(setting.kind, value):
        raise PluginError(
            info.name,
            f"setting {setting.name!r} must be of type {setting.kind.__name__}, got {value!r}. "
            "Correct it in kartoteka.toml.",
        )
    return _as_kind(setting.kind, value)


def _is_of(kind: type[Any], value: Any) -> bool:
    """Say whether a value is of a kind: a truth value is no number, a whole number is a float."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind) or (kind is float and isinstance(value, int))


def _as_kind(kind: type[Any], value: Any) -> Any:
    return float(value) if kind is float else value


def _import(name: str, points: Mapping[str, EntryPoint]) -> Any:
    try:
        module = import_module(name)
        is_package = hasattr(module, "__path__") and not hasattr(module, "PLUGIN")
        return import_module(f"{name}.plugin") if is_package else module
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise PluginError(
                name,
                "is not installed. Install it or take it off the list of plugins; "
                f"installed are: {', '.join(sorted(points)) or 'none'}.",
            ) from error
        raise


def items_of(plugin: str, hook: str, items: Any) -> Iterable[Any]:
    """Return what a hook answered when it can be walked through.

    Raises:
        PluginError: it is no list.
    """
    if isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
        raise PluginError(plugin, f"{hook}() returned {items!r}, expected a list. Mend it.")
    return items  # pyright: ignore[reportUnknownVariableType]


def _plainly(error: Exception) -> str:
    """Return pluggy's message as one sentence that says what to do."""
    text = " ".join(str(error).split())
    if wrong := re.search(r"for hook '(\w+)' .*Argument\(s\) \{(.+?)\} are declared", text):
        return (
            f"{wrong[1]}() takes {wrong[2]}, which the hook does not pass. Correct its arguments "
            "by docs/hooks.md."
        )
    if unknown := re.search(r"unknown hook '(\w+)'", text):
        return f"there is no hook {unknown[1]!r}. Correct its name by docs/hooks.md."
    return f"{text.rstrip('.')}."
