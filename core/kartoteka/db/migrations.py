"""Run Alembic once for each lineage: core first, then every plugin that owns schema.

A lineage has its own directory of revisions and its own version table, so a plugin can be
upgraded, purged or uninstalled without Alembic ever asking for another plugin's files.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from kartoteka.db.sqlite_copy import copy_sqlite
from kartoteka.hooks.manager import Plugins

CORE = "core"
VERSION_TABLE = "alembic_version"
SCRIPTS = Path(__file__).with_name("alembic")
_LOCK = 0x6B617274  # "kart"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lineage:
    """The migrations of the core or of one plugin."""

    name: str
    versions: Path

    @property
    def version_table(self) -> str:
        """The table that holds the revision of this lineage."""
        return VERSION_TABLE if self.name == CORE else f"{VERSION_TABLE}_{self.name}"


@dataclass(frozen=True, slots=True)
class Owners:
    """Tell whose a table or column is, by its prefix: reflected schema carries no other mark."""

    plugins: frozenset[str]

    def of(self, table: str, column: str | None = None) -> str:
        """Return the plugin whose prefix the column, else the table, has."""
        for name in (column, table):
            for plugin in sorted(self.plugins, key=len, reverse=True):
                if name and name.startswith((f"{plugin}_", f"ix_{plugin}_")):
                    return plugin
        return CORE


class Migrations:
    """The schema of one installation.

    Args:
        engine: its database.
        lineages: the core's and those of the enabled plugins, in configured order.
    """

    def __init__(self, engine: Engine, lineages: Sequence[Lineage]) -> None:
        self.engine = engine
        self.lineages = {lineage.name: lineage for lineage in lineages}

    def upgrade(self) -> None:
        """Bring every lineage to its head."""
        for name in self.lineages:
            command.upgrade(self._config(name), "head")

    def differences(self) -> dict[str, list[str]]:
        """Return for each lineage what the models have and the database has not, in words."""
        found: dict[str, list[str]] = {}
        for name in self.lineages:
            lines = [str(change) for change in self._compare(name)]
            if lines:
                found[name] = lines
        return found

    def revise(self, name: str, message: str) -> Path:
        """Write a revision file. Run it with only this lineage and its needs enabled."""
        script = command.revision(self._config(name), message, autogenerate=True)
        return Path(str(script.path))  # pyright: ignore[reportOptionalMemberAccess,reportAttributeAccessIssue]

    def purge(self, name: str) -> None:
        """Drop everything a plugin put into the database, its version table included."""
        command.downgrade(self._config(name), "base")
        with self.engine.begin() as connection:
            connection.execute(text(f"DROP TABLE {self.lineages[name].version_table}"))

    def heads(self) -> dict[str, str | None]:
        """Return for each lineage the newest revision this code knows."""
        return {
            name: ScriptDirectory.from_config(self._config(name)).get_current_head()
            for name in self.lineages
        }

    def behind(
        self, heads: Mapping[str, str | None] | None = None
    ) -> dict[str, tuple[str | None, str | None]]:
        """Return the lineages that are not at their head: revision there, revision wanted.

        Args:
            heads: what `heads` returned before; who asks often need not read all revisions again.
        """
        found: dict[str, tuple[str | None, str | None]] = {}
        heads = self.heads() if heads is None else heads
        with self.engine.connect() as connection:
            for name, lineage in self.lineages.items():
                context = MigrationContext.configure(
                    connection, opts={"version_table": lineage.version_table}
                )
                here = context.get_current_revision()
                if here != heads[name]:
                    found[name] = here, heads[name]
        return found

    def orphans(self) -> set[str]:
        """Return plugins that left tables behind and are not enabled now."""
        return self._recorded() - set(self.lineages)

    def _recorded(self) -> set[str]:
        tables = inspect(self.engine).get_table_names()
        prefix = f"{VERSION_TABLE}_"
        return {name.removeprefix(prefix) for name in tables if name.startswith(prefix)}

    def _compare(self, name: str) -> Iterable[object]:
        config = self._config(name)
        found: list[object] = []
        script = ScriptDirectory.from_config(config)

        def look(_revision: object, context: MigrationContext) -> list[object]:
            metadata = context.opts["target_metadata"]
            found.extend(compare_metadata(context, metadata))
            return []

        with EnvironmentContext(config, script, fn=look):
            script.run_env()
        return found

    def _config(self, name: str) -> Config:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(self.lineages[name].versions))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        plugins = frozenset((self.lineages.keys() | self._recorded()) - {CORE})
        config.attributes.update(
            lineage=self.lineages[name], engine=self.engine, owners=Owners(plugins)
        )
        return config


def lineages(plugins: Plugins) -> list[Lineage]:
    """Return the lineages of the enabled plugins that own schema, the core first."""
    return [
        Lineage(name=info.name, versions=Path(str(files(info.migrations))))
        for info in plugins.infos.values()
        if info.migrations
    ]


@contextmanager
def upgrade_lock(engine: Engine) -> Generator[None]:
    """Let one process upgrade at a time; the others wait."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        return
    path = engine.url.database
    if not path or path == ":memory:":
        yield
        return
    import fcntl

    with Path(f"{path}.upgrade-lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def copy_before_upgrade(engine: Engine) -> Path | None:
    """Copy a SQLite database beside itself before it is changed; return where the copy is."""
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or not Path(path).exists():
        return None
    with engine.connect() as connection:
        if not _has_tables(connection):
            return None
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    copy = Path(f"{path}.before-upgrade-{stamp}")
    copy_sqlite(Path(path), copy)
    return copy


def _has_tables(connection: Connection) -> bool:
    return bool(inspect(connection).get_table_names())
