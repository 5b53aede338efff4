"""The schema comes, goes and stays as it should, on both databases, with data in it."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from acme_dummy import plugin as acme
from alembic import command as alembic_command
from sqlalchemy import inspect, text

from kartoteka.api import Client, Query, changes_of, create, fetch
from kartoteka.app import compose, create_app
from kartoteka.config import Config
from kartoteka.db.migrations import Lineage, Migrations, Owners, upgrade_lock
from kartoteka.models import Base
from kartoteka.services import setup
from kartoteka.testing import Firm
from tests.conftest import sale_plugin

#: All that bring tables or columns: once imported, they are in the models of this process.
BUNDLED = ("wholesale", "kartoteka_funnel_colors", "kartoteka_excel_import")


def made(folder: Path, url: str, *plugins: Any, names: tuple[str, ...] = ()) -> Any:
    """Return the composed application of a database; nothing is migrated yet."""
    config = Config(folder=folder, database_url=url, plugins=names, secret_key="s" * 48)
    return compose(config, *plugins)


def rows(app: Any, table: str) -> int:
    """Return how many rows a table has."""
    with app.engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


@pytest.fixture
def full(make: Any) -> Firm:
    """A firm with the test plugin, a client, a visit, a phone and a purchase."""
    firm = make(sale_plugin(), acme)
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "Ёлка", "acme_nickname": "Ник"})
        for code, values in {
            "acme_visit": {"title": "v"},
            "contact_point": {"kind": "phone", "value": "+7 495 123-45-67"},
            "purchase": {"bought_on": "01.02.2026", "amount": "10", "paid": "3"},
            "activity": {"kind": "call", "happened_at": "2026-01-01 10:00"},
        }.items():
            create(session, entity(code), {**values, "client_id": client.id})
        session.commit()
    return firm


def test_an_empty_database_becomes_what_the_models_say(empty_url: str, tmp_path: Path) -> None:
    app = made(tmp_path, empty_url, sale_plugin(), acme, names=BUNDLED)
    assert set(app.migrations.behind()) == {
        "core", "wholesale", "funnel_colors", "excel_import", "acme",
    }  # fmt: skip
    setup.upgrade(app)
    assert app.migrations.behind() == {}
    assert app.migrations.differences() == {}
    assert app.migrations.orphans() == set()
    setup.upgrade(app)
    there = set(inspect(app.engine).get_table_names())
    assert set(Base.metadata.tables) <= there
    app.engine.dispose()


def test_everything_can_be_taken_back(empty_url: str, tmp_path: Path) -> None:
    app = made(tmp_path, empty_url, acme, names=BUNDLED)
    setup.upgrade(app)
    app.migrations.purge("acme")
    app.migrations.purge("excel_import")
    app.migrations.purge("funnel_colors")
    app.migrations.purge("wholesale")
    app.migrations.purge("core")
    left = {name for name in inspect(app.engine).get_table_names() if "search" not in name}
    assert left == set()
    setup.upgrade(app)
    assert app.migrations.differences() == {}
    app.engine.dispose()


def test_purging_a_plugin_removes_its_data_and_no_other(full: Firm) -> None:
    migrations = full.made.migrations
    tables = ["client", "contact_point", "purchase", "activity", "change", "ab_user", "staff"]
    before = {table: rows(full.made, table) for table in tables}
    migrations.purge("acme")
    assert {table: rows(full.made, table) for table in tables} == before
    found = inspect(full.made.engine)
    assert not [name for name in found.get_table_names() if "acme" in name]
    assert not [c for c in found.get_columns("client") if c["name"].startswith("acme")]
    assert not [i for i in found.get_indexes("client") if "acme" in str(i["name"])]
    assert "acme" not in migrations.orphans()


def test_a_plugin_that_is_off_keeps_its_data_is_named_and_harms_nobody(
    full: Firm, tmp_path: Path
) -> None:
    url = full.made.engine.url.render_as_string(hide_password=False)
    app = create_app(Config(folder=tmp_path, database_url=url, secret_key="s" * 48), sale_plugin())
    off = Firm(app=app, made=app.extensions["kartoteka"], users=full.users)
    assert "acme" in off.made.migrations.orphans()
    assert "acme" not in off.made.migrations.differences()
    with off.session("manager1") as session:
        entity = off.made.registry.entity("client")
        (client,) = fetch(session, entity, Query(search="елка")).records
        client.name = "Берёза"
        session.commit()
        create(session, entity, {"name": "Другая"})
        session.commit()
        assert "acme_nickname" not in off.made.registry.fields(entity)
    off.made.engine.dispose()
    with full.session("manager1") as session:
        (client,) = fetch(session, full.made.registry.entity("client"), Query(search="ник")).records
        assert (client.name, client.acme_nickname) == ("Берёза", "Ник")
        assert rows(full.made, "acme_visit") == 1


def test_search_still_works_after_a_table_was_made_anew(full: Firm) -> None:
    full.made.migrations.purge("acme")
    full.made.migrations.upgrade()
    entity = full.made.registry.entity("client")
    with full.session("manager1") as session:
        assert fetch(session, entity, Query(search="елка")).total == 1
        create(session, entity, {"name": "Сосна"})
        session.commit()
        assert fetch(session, entity, Query(search="сосна")).total == 1
        client = fetch(session, entity, Query(search="елка")).records[0]
        client.name = "Дуб"
        session.commit()
        assert fetch(session, entity, Query(search="елка")).total == 0
        assert fetch(session, entity, Query(search="дуб")).total == 1
        assert len(changes_of(session, "client", client.id)) == 2


def test_computed_columns_and_links_survive_a_table_made_anew(full: Firm) -> None:
    full.made.migrations.purge("acme")
    full.made.migrations.upgrade()
    with full.made.engine.begin() as connection:
        assert connection.execute(text("SELECT debt FROM purchase")).scalar_one() in (700, 7)
        connection.execute(text("DELETE FROM client"))
    assert rows(full.made, "purchase") == 0


def test_a_database_of_an_older_state_is_behind_until_it_is_upgraded(
    empty_url: str, tmp_path: Path
) -> None:
    setup.upgrade(made(tmp_path, empty_url))
    app = made(tmp_path, empty_url, acme)
    ((name, (here, wanted)),) = app.migrations.behind().items()
    assert (name, here) == ("acme", None)
    assert wanted is not None
    assert "acme" in app.migrations.differences()
    setup.upgrade(app)
    assert app.migrations.behind() == {}
    app.engine.dispose()


def test_a_sqlite_file_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'base.db'}"
    setup.upgrade(made(tmp_path, url))
    assert list(tmp_path.glob("base.db.before-upgrade-*")) == []
    setup.upgrade(made(tmp_path, url, acme))
    (copy,) = tmp_path.glob("base.db.before-upgrade-*")
    with sqlite3.connect(copy) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert "client" in tables
    assert "acme_visit" not in tables
    setup.upgrade(made(tmp_path, url, acme))
    assert len(list(tmp_path.glob("base.db.before-upgrade-*"))) == 1


UPGRADE = """
import sys
from pathlib import Path
from kartoteka.app import compose
from kartoteka.config import Config
from kartoteka.services import setup

app = compose(Config(folder=Path(sys.argv[1]), database_url=sys.argv[2], secret_key="s" * 48))
print("ready", flush=True)
sys.stdin.readline()
setup.upgrade(app)
print("done")
"""


def test_processes_that_upgrade_at_once_wait_for_each_other(empty_url: str, tmp_path: Path) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, str(tmp_path), empty_url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _number in range(3)
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        out, err = worker.communicate(timeout=240)
        assert out == "done\n", err
    app = made(tmp_path, empty_url)
    assert app.migrations.behind() == {}
    app.engine.dispose()


def test_the_lock_is_given_back_after_an_error(empty_url: str, tmp_path: Path) -> None:
    app = made(tmp_path, empty_url)
    for _time in range(2):
        with pytest.raises(ZeroDivisionError), upgrade_lock(app.engine):
            _ = 1 / 0
    app.engine.dispose()


def test_a_failing_migration_changes_nothing(empty_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / "0001_bad.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision = '0001'\ndown_revision = None\nbranch_labels = None\ndepends_on = None\n"
        "def upgrade():\n"
        "    op.create_table('bad_table', sa.Column('id', sa.Integer, primary_key=True))\n"
        "    op.execute('INSERT INTO no_such_table VALUES (1)')\n"
    )
    app = made(tmp_path, empty_url)
    setup.upgrade(app)
    bad = Migrations(app.engine, [Lineage(name="bad", versions=folder)])
    with pytest.raises(Exception, match="no_such_table"):
        bad.upgrade()
    assert "bad_table" not in inspect(app.engine).get_table_names()
    assert set(bad.behind()) == {"bad"}
    with app.engine.connect() as connection:
        if app.engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    app.engine.dispose()


def test_a_migration_that_breaks_links_is_undone(tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / "0001_bad.py").write_text(
        "from alembic import op\n"
        "revision = '0001'\ndown_revision = None\nbranch_labels = None\ndepends_on = None\n"
        "def upgrade():\n"
        '    op.execute("INSERT INTO region (id, name, kind, parent_id, created_at, updated_at) "\n'
        "               \"VALUES (1, 'x', 'region', 99, '2026-01-01', '2026-01-01')\")\n"
    )
    app = made(tmp_path, f"sqlite:///{tmp_path / 'links.db'}")
    setup.upgrade(app)
    bad = Migrations(app.engine, [Lineage(name="bad", versions=folder)])
    with pytest.raises(RuntimeError, match="'bad' broke foreign keys"):
        bad.upgrade()
    assert rows(app, "region") == 0
    assert set(bad.behind()) == {"bad"}
    app.engine.dispose()


def test_owners_are_told_by_the_longest_prefix() -> None:
    owners = Owners(frozenset({"acme", "acme_plus"}))
    assert owners.of("client") == "core"
    assert owners.of("client", "acme_nickname") == "acme"
    assert owners.of("client", "acme_plus_size") == "acme_plus"
    assert owners.of("acme_visit", "title") == "acme"
    assert owners.of("acmeology") == "core"


def test_revisions_never_import_models() -> None:
    root = Path(__file__).parents[2]
    folders = [*root.glob("core/kartoteka/migrations"), *root.glob("plugins/*/*/migrations")]
    revisions = [path for folder in folders for path in folder.glob("[0-9a-f]*_*.py")]
    assert len(revisions) >= 2
    for path in revisions:
        imported = re.findall(r"^(?:from|import) ([\w.]+)", path.read_text(encoding="utf-8"), re.M)
        ours = {name for name in imported if name.startswith("kartoteka")}
        assert ours <= {"kartoteka.fields.types", "kartoteka.db"}, path


def test_names_are_sorted_alike_in_every_locale(full: Firm) -> None:
    if full.made.engine.dialect.name == "postgresql":
        with full.made.engine.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT table_name, column_name FROM information_schema.columns "
                    "WHERE column_name LIKE '%\\_key' AND collation_name = 'C' "
                    "AND table_schema = 'public'"
                )
            ).all()
        assert {("client", "name_key"), ("contact", "name_key"), ("region", "name_key"),
                ("client", "acme_nickname_key")} <= {tuple(row) for row in found}  # fmt: skip
    with full.session("manager1") as session:
        entity = full.made.registry.entity("client")
        for name in ("яма", "Zoo", "а-б", "аа"):
            create(session, entity, {"name": name})
        page = fetch(session, entity, Query(order="name"))
        assert [client.name for client in page.records] == ["Zoo", "а-б", "аа", "Ёлка", "яма"]
        assert Client.name_key is not None


def test_search_texts_of_an_older_base_learn_sites_addresses_and_domains(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        values = {"name": "Звезда", "website": "Лютик.РФ"}
        client = create(session, entity("client"), values)
        for kind, value in {"address": "ул. Ёлочная, 5", "email": "a@пример.рф"}.items():
            point = {"client_id": client.id, "kind": kind, "value": value}
            create(session, entity("contact_point"), point)
        session.commit()
    config = firm.made.migrations._config("core")
    alembic_command.downgrade(config, "d5e19dd8cdb8")
    with firm.made.engine.begin() as connection:
        older = {"text": "звезда \na@xn--e1afmkfd.xn--p1ai"}
        connection.execute(text("UPDATE client SET search_text = :text"), older)
    alembic_command.upgrade(config, "head")
    with firm.session("manager1") as session:
        for words in ("звезда", "лютик.рф", "елочная", "пример.рф", "xn--e1afmkfd"):
            page = fetch(session, entity("client"), Query(search=words))
            assert [record.name for record in page.records] == ["Звезда"], words
