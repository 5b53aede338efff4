"""The plugin's columns: made, purged, and harmless when the plugin is off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import inspect, text

from kartoteka.api import create
from kartoteka.testing import Firm, fresh

WITHOUT_PLUGIN = """
import sys
from pathlib import Path
from kartoteka.access.actor import system
from kartoteka.api import Query, create, fetch
from kartoteka.app import create_app
from kartoteka.config import Config

config = Config(folder=Path(sys.argv[1]), database_url=sys.argv[2], secret_key="s" * 48)
made = create_app(config).extensions["kartoteka"]
session = made.sessions()
session.info["actor"] = system()
entity = made.registry.entity("client")
assert not [name for name in made.registry.fields(entity) if name.startswith("wholesale")]
assert [client.name for client in fetch(session, entity, Query()).records] == ["Магазин"]
create(session, entity, {"name": "Без расширения"})
session.commit()
print("wholesale" in made.migrations.orphans(), made.migrations.behind())
"""


def columns(firm: Firm) -> set[str]:
    """Return the plugin's columns in the database."""
    found = inspect(firm.made.engine).get_columns("client")
    return {column["name"] for column in found if column["name"].startswith("wholesale_")}


def test_migration_makes_what_the_fields_declare(wholesale: Firm) -> None:
    assert "wholesale" not in wholesale.made.migrations.differences()
    assert columns(wholesale) == {
        name for name in wholesale.made.registry.fields("client") if name.startswith("wholesale_")
    }


def test_base_opens_without_the_plugin_and_keeps_its_data(wholesale: Firm, tmp_path: Path) -> None:
    with wholesale.session() as session:
        entity = wholesale.made.registry.entity("client")
        create(session, entity, {"name": "Магазин", "wholesale_outlets": "7"})
        session.commit()
    url = wholesale.made.engine.url.render_as_string(hide_password=False)
    script = [sys.executable, "-c", WITHOUT_PLUGIN, str(tmp_path), url]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True {}"
    with wholesale.made.engine.connect() as connection:
        kept = connection.execute(text("SELECT wholesale_outlets FROM client ORDER BY id")).all()
    assert [row[0] for row in kept] == [7, None]


def test_purge_removes_the_columns_and_nothing_else(empty_url: str, tmp_path: Path) -> None:
    app = fresh(tmp_path, empty_url, ("wholesale",))
    firm = Firm(app=app, made=app.extensions["kartoteka"])
    with firm.session() as session:
        create(session, firm.made.registry.entity("client"), {"name": "Останется"})
        session.commit()
    migrations = firm.made.migrations
    before = {column["name"] for column in inspect(firm.made.engine).get_columns("client")}

    migrations.purge("wholesale")

    after = {column["name"] for column in inspect(firm.made.engine).get_columns("client")}
    assert before - after == {name for name in before if name.startswith("wholesale_")}
    assert after < before
    assert "alembic_version_wholesale" not in inspect(firm.made.engine).get_table_names()
    with firm.made.engine.begin() as connection:
        kept = connection.execute(text("SELECT name FROM client")).scalar_one()
        # The search index follows the table still: its triggers were not lost with the columns.
        connection.execute(text("UPDATE client SET search_text = 'переименован'"))
        if connection.dialect.name == "sqlite":
            found = text("SELECT count(*) FROM client_search WHERE client_search MATCH '\"име\"'")
            assert connection.execute(found).scalar_one() == 1
    assert kept == "Останется"
    migrations.upgrade()
    assert len(columns(firm)) == 14
    firm.made.engine.dispose()
