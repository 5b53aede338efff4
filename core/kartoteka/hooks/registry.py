"""Everything the plugins of one application contribute, checked and frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from kartoteka.access.actor import system
from kartoteka.criteria.facts import Fact
from kartoteka.criteria.tree import Tree
from kartoteka.errors import PluginError
from kartoteka.fields.field import Field, attach_all, fields_of
from kartoteka.fields.kinds import PLAIN
from kartoteka.hooks.contributions import (
    Action,
    ActivityKind,
    Asset,
    ContactWay,
    DemoBase,
    DmuRole,
    Entity,
    Event,
    FieldGroup,
    FieldStep,
    IndicatorItem,
    Job,
    Link,
    LostReasonItem,
    Matcher,
    MenuCategory,
    Norm,
    NotificationKind,
    Panel,
    Permission,
    Pipeline,
    Report,
    Role,
    Segment,
    SourceItem,
    Stage,
    View,
)
from kartoteka.hooks.field_checks import check_field, check_matcher, in_steps
from kartoteka.hooks.job_checks import check_job
from kartoteka.hooks.manager import Plugins, items_of
from kartoteka.hooks.pipeline_checks import check_pipeline
from kartoteka.hooks.report_checks import check_report
from kartoteka.hooks.way_checks import check_way
from kartoteka.i18n import Text

_KINDS: Mapping[str, type[Any]] = {
    "entities": Entity,
    "field_groups": FieldGroup,
    "steps": FieldStep,
    "roles": Role,
    "pipelines": Pipeline,
    "activity_kinds": ActivityKind,
    "dmu_roles": DmuRole,
    "sources": SourceItem,
    "lost_reasons": LostReasonItem,
    "indicators": IndicatorItem,
    "norms": Norm,
    "matchers": Matcher,
    "segments": Segment,
    "facts": Fact,
    "reports": Report,
    "menu": MenuCategory,
    "views": View,
    "links": Link,
    "panels": Panel,
    "actions": Action,
    "permissions": Permission,
    "contact_ways": ContactWay,
    "assets": Asset,
    "jobs": Job,
    "notification_kinds": NotificationKind,
    "demo_bases": DemoBase,
}

#: A business says by declaring the core's own anew that it needs something else of them.
_ANEW = frozenset({"dmu_roles"})


class Registry:
    """The nouns of one application. Made once at start; read-only afterwards.

    Every declarative hook has an attribute of its name here: a mapping from code to
    contribution, in configured order.
    """

    entities: Mapping[str, Entity]
    field_groups: Mapping[str, FieldGroup]
    steps: Mapping[str, FieldStep]
    roles: Mapping[str, Role]
    pipelines: Mapping[str, Pipeline]
    activity_kinds: Mapping[str, ActivityKind]
    dmu_roles: Mapping[str, DmuRole]
    sources: Mapping[str, SourceItem]
    lost_reasons: Mapping[str, LostReasonItem]
    indicators: Mapping[str, IndicatorItem]
    norms: Mapping[str, Norm]
    matchers: Mapping[str, Matcher]
    segments: Mapping[str, Segment]
    facts: Mapping[str, Fact]
    reports: Mapping[str, Report]
    menu: Mapping[str, MenuCategory]
    views: Mapping[str, View]
    links: Mapping[str, Link]
    panels: Mapping[str, Panel]
    actions: Mapping[str, Action]
    permissions: Mapping[str, Permission]
    contact_ways: Mapping[str, ContactWay]
    assets: Mapping[str, Asset]
    jobs: Mapping[str, Job]
    notification_kinds: Mapping[str, NotificationKind]
    demo_bases: Mapping[str, DemoBase]

    def __init__(
        self, plugins: Plugins, settings: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.plugins = plugins
        #: Settings of each plugin, checked, with defaults filled in.
        self.settings: Mapping[str, Mapping[str, Any]] = settings or {}
        self._found = {
            hook: plugins.collect(hook, kind, core_first=hook in _ANEW)
            for hook, kind in _KINDS.items()
        }
        pipelines = self._found["pipelines"]
        if any(plugin != "core" for plugin, _ in pipelines.values()):
            # The core's is for a base that has no other yet.
            self._found["pipelines"] = {k: v for k, v in pipelines.items() if v[0] != "core"}
        for hook, found in self._found.items():
            setattr(self, hook, MappingProxyType({code: item for code, (_, item) in found.items()}))
        self._fields = _fields(plugins, self.entities)
        self._fields.update(in_steps(self._found["steps"].values(), self._fields))
        self._by_table: dict[str, Entity] = {
            e.model.__tablename__: e for e in self.entities.values()
        }
        self.stages: Mapping[tuple[str, str], Stage] = {
            (pipeline.code, stage.code): stage
            for pipeline in self.pipelines.values()
            for stage in pipeline.stages
        }
        #: Kinds of event that may be emitted.
        self.events: frozenset[type[Event]] = frozenset(_events(plugins))
        self._check()

    def plugin_of(self, hook: str, code: str) -> str:
        """Return the name of the plugin that contributed something."""
        return self._found[hook][code][0]

    # Entities and fields

    def entity(self, code: str) -> Entity:
        """Return an entity by code; KeyError when there is none."""
        return self.entities[code]

    def entity_of_table(self, table: str) -> Entity | None:
        """Return the entity that is kept in a table."""
        return self._by_table.get(table)

    def fields(self, entity: Entity | str) -> Mapping[str, Field[Any]]:
        """Return the fields of an entity in this application, by name, in order."""
        return self._fields[entity if isinstance(entity, str) else entity.code]

    def fields_for(self, entity: Entity | str, roles: Iterable[str]) -> Mapping[str, Field[Any]]:
        """Return the fields that exist for a person with these roles.

        A field is hidden when all roles of the person are among those it is hidden from.
        """
        mine = set(roles)
        return {
            name: item
            for name, item in self.fields(entity).items()
            if not (mine and mine <= set(item.hidden_from))
        }

    # Choices

    def choices(self, name: str) -> Mapping[str, Text]:
        """Return codes and titles of pipelines, stages, activity kinds or DMU roles."""
        if name == "stages":
            return {code: stage.title for (_, code), stage in self.stages.items()}
        return {code: item.title for code, item in getattr(self, name).items()}

    def _check(self) -> None:
        for code, entity in self.entities.items():
            if code != entity.model.__tablename__:
                raise PluginError(
                    self.plugin_of("entities", code),
                    f"entity {code!r} is kept in table {entity.model.__tablename__!r}. "
                    "Give both one name.",
                )
            self._check_entity(entity)
        self._check_concerned()
        self._check_pipelines()
        self._check_actions()
        self._check_panels()
        self._check_contact_ways()
        for code, fact in self.facts.items():
            self._check_fact(code, fact)
        for code, segment in self.segments.items():
            self._check_segment(code, segment)
        for code, norm in self.norms.items():
            self._check_norm(code, norm)
        for code, matcher in self.matchers.items():
            check_matcher(self.plugin_of("matchers", code), matcher, self._fields.get("client", {}))
        for code in self.notification_kinds:
            self._check_own("notification_kinds", f"notification {code!r}", code, "client")
        for code, report in self.reports.items():
            self._check_own("reports", f"report {code!r}", code, report.entity)
            check_report(self.plugin_of("reports", code), report, self.menu)
        for code, job in self.jobs.items():
            self._check_permission("jobs", f"job {code!r}", code, job.permission)
            check_job(self.plugin_of("jobs", code), job, self.roles)

    def _check_concerned(self) -> None:
        """Refuse a name that means no records: its plugin would wait for ever to be asked."""
        for plugin, codes in self.plugins.concerned("before_save").items():
            if unknown := sorted(codes - set(self.entities)):
                raise PluginError(
                    plugin,
                    f"before_save() concerns {unknown[0]!r}, which is no kind of record here. "
                    "Correct concerns().",
                )

    def _check_permission(self, hook: str, what: str, code: str, permission: str) -> None:
        if permission and permission not in self.permissions:
            raise PluginError(
                self.plugin_of(hook, code),
                f"{what} asks for the right {permission!r}, which nobody declares. Declare it by "
                f"the hook permissions(), or choose one of: {', '.join(self.permissions)}.",
            )

    def _check_pipelines(self) -> None:
        of_deals = self.fields("deal") if "deal" in self.entities else {}
        for code, pipeline in self.pipelines.items():
            check_pipeline(self.plugin_of("pipelines", code), pipeline, of_deals)
        seen: dict[str, tuple[str, str]] = {}
        for (pipe, stage), item in self.stages.items():
            other, title = seen.setdefault(stage, (pipe, str(item.title)))
            if title != str(item.title):
                raise PluginError(
                    self.plugin_of("pipelines", pipe),
                    f"stage {stage!r} has the title {str(item.title)!r} here and {title!r} in "
                    f"pipeline {other!r}. Give it a code of its own.",
                )

    def _check_actions(self) -> None:
        for code, action in self.actions.items():
            if (action.run is None) != bool(action.page):
                raise PluginError(
                    self.plugin_of("actions", code),
                    f"action {code!r} needs either `run` or `page`. Give it one of them.",
                )
            if action.many and (action.run is None or action.place not in self.entities):
                raise PluginError(
                    self.plugin_of("actions", code),
                    f"action {code!r} is for many records and needs `run` and the code of an "
                    f"entity as `place`. Choose one of: {', '.join(self.entities)}.",
                )
            self._check_permission("actions", f"action {code!r}", code, action.permission)

    def _check_contact_ways(self) -> None:
        for code, way in self.contact_ways.items():
            self._check_permission("contact_ways", f"way {code!r}", code, way.permission)
            check_way(self.plugin_of("contact_ways", code), way)

    def _check_panels(self) -> None:
        for code, panel in self.panels.items():
            if panel.place != "home" and panel.place not in self.entities:
                raise PluginError(
                    self.plugin_of("panels", code),
                    f"panel {code!r} stands at {panel.place!r}, which is no entity. Choose one "
                    f"of: home, {', '.join(self.entities)}.",
                )

    def _check_own(self, hook: str, what: str, code: str, entity: str) -> str:
        """Check the code and the entity of a contribution; return the plugin that brings it."""
        plugin = self.plugin_of(hook, code)
        if plugin != "core" and not code.startswith(f"{plugin}_"):
            raise PluginError(plugin, f"{what} must start with '{plugin}_'. Rename it.")
        if entity not in self.entities:
            raise PluginError(
                plugin,
                f"{what} is about {entity!r}, which is no entity. Choose one of: "
                f"{', '.join(self.entities)}.",
            )
        return plugin

    def _check_fact(self, code: str, fact: Fact) -> None:
        plugin = self._check_own("facts", f"fact {code!r}", code, fact.entity)
        if unknown := [role for role in fact.hidden_from if role not in self.roles]:
            raise PluginError(
                plugin,
                f"fact {code!r} is hidden from {unknown[0]!r}, which is no role. Choose one of: "
                f"{', '.join(self.roles)}.",
            )

    def _check_segment(self, code: str, segment: Segment) -> None:
        plugin = self._check_own("segments", f"segment {code!r}", code, segment.entity)
        self._check_tree(plugin, f"segment {code!r}", segment.criteria, segment.entity)

    def _check_norm(self, code: str, norm: Norm) -> None:
        plugin = self.plugin_of("norms", code)
        if norm.about is not None:
            self._check_tree(plugin, f"norm {code!r}", norm.about, "client")
        if norm.subject == "share_of_contacts" and norm.about is None:
            raise PluginError(
                plugin,
                f"norm {code!r} measures a share of the contacts and does not say with which "
                "clients. Give it `about`.",
            )
        if not norm.fact:
            return
        fact = self.facts.get(norm.fact)
        if fact is None or not fact.since or fact.entity != "client" or fact.parameters:
            known = [one.code for one in self.facts.values() if one.since and not one.parameters]
            raise PluginError(
                plugin,
                f"norm {code!r} measures {norm.fact!r}, which is no fact that counts days. "
                f"Choose one of: {', '.join(known)}.",
            )
        if norm.most is None or norm.most < 1:
            raise PluginError(plugin, f"norm {code!r} needs `most`, at least 1 day. Give it.")

    def _check_tree(self, plugin: str, what: str, tree: Tree, entity: str) -> None:
        # Criteria are bound by the finished registry, so their module knows this one.
        from kartoteka.criteria.binding import Broken, bind, leaves
        from kartoteka.criteria.reader import Reader

        reader = Reader(
            registry=self, actor=system(), today=date.today(), reading=PLAIN, dialect="sqlite"
        )
        for part in leaves(bind(tree, self.entities[entity], reader)):
            if isinstance(part, Broken):
                raise PluginError(
                    plugin, f"{what} has broken criteria at {part.path}: {part.reason} Mend it."
                )

    def _check_entity(self, entity: Entity) -> None:
        plugin = self.plugin_of("entities", entity.code)
        if plugin != "core" and not entity.code.startswith(f"{plugin}_"):
            raise PluginError(
                plugin, f"entity {entity.code!r} must start with '{plugin}_'. Rename it."
            )
        fields = self.fields(entity)
        named = {"label": entity.label, "order": entity.order.removeprefix("-"),
                 "parent": entity.parent}  # fmt: skip
        for option, name in named.items():
            if name and name != "id" and name not in fields:
                raise PluginError(
                    plugin,
                    f"entity {entity.code!r} has {option}={name!r}, which is none of its fields. "
                    f"Choose one of: {', '.join(fields)}.",
                )
        for item in fields.values():
            # Fields in the class of a plugin's own record are that plugin's.
            check_field(
                item,
                plugin if item.plugin == "core" else item.plugin,
                self.roles,
                self.field_groups,
            )


def _fields(
    plugins: Plugins, entities: Mapping[str, Entity]
) -> dict[str, Mapping[str, Field[Any]]]:
    declared: list[tuple[str, Field[Any]]] = []
    for plugin, items in plugins.each("fields"):
        for item in items_of(plugin, "fields", items):
            if not isinstance(item, Field):
                raise PluginError(plugin, f"fields() returned {item!r}, expected Field. Mend it.")
            declared.append((plugin, item))
    mine: dict[type[Any], dict[str, Field[Any]]] = {}
    for item in attach_all(declared):
        mine.setdefault(item.on, {})[item.name] = item
    return {
        code: {
            **{n: f for n, f in fields_of(entity.model).items() if f.plugin == "core"},
            **mine.get(entity.model, {}),
        }
        for code, entity in entities.items()
    }


def _events(plugins: Plugins) -> Iterable[type[Event]]:
    for plugin, kinds in plugins.each("events"):
        for kind in kinds:
            if not (isinstance(kind, type) and issubclass(kind, Event)):
                raise PluginError(
                    plugin, f"events() returned {kind!r}, expected a subclass of Event."
                )
            yield kind


__all__ = ["Registry"]
