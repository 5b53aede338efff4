"""Copy a whole database into a file while it is in use, and bring such a file back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, inspect

from kartoteka.db.migrations import VERSION_TABLE, upgrade_lock
from kartoteka.db.sqlite_copy import copy_sqlite
from kartoteka.errors import KartotekaError, Unreadable
from kartoteka.i18n import gettext

_SQLITE = b"SQLite format 3\0"
_POSTGRES = b"PGDMP"


def backup(engine: Engine, file: Path) -> None:
    """Write a consistent copy of the database into a new file; nobody has to stop working.

    SQLite is copied by its own backup, PostgreSQL by `pg_dump` in its custom format. The secret
    key and kartoteka.toml are not in it.

    Raises:
        KartotekaError: the file is there already, its folder is not, or the copy failed.
    """
    if file.exists():
        raise KartotekaError(gettext("%(file)s exists already. Choose another name.", file=file))
    if not file.parent.is_dir():
        # A mistyped path, or a disk that is not mounted: the copy would lie where nobody looks.
        raise KartotekaError(
            gettext("There is no folder %(folder)s. Make it first.", folder=file.parent)
        )
    part = file.with_name(f"{file.name}.part")
    try:
        if engine.dialect.name == "sqlite":
            copy_sqlite(_path(engine), part)
            _must_be_whole(part)
        else:
            _run(
                engine,
                ["pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={part}"],
            )
        part.replace(file)
    except OSError as error:
        raise KartotekaError(
            gettext("%(file)s can not be written: %(why)s.", file=file, why=error.strerror)
        ) from error
    finally:
        part.unlink(missing_ok=True)


def restore(engine: Engine, file: Path, *, overwrite: bool = False) -> Path | None:
    """Bring a backup into the database.

    Args:
        engine: the database.
        file: made by `backup` on the same kind of database.
        overwrite: replace what is there; a SQLite database is first copied beside itself.

    Returns:
        where the copy of what was there is, if there is one.

    Raises:
        Unreadable: the file is no backup of this kind of database, or is damaged.
        KartotekaError: the database is not empty, or the restore failed.
    """
    kind = _kind(file)
    if kind != engine.dialect.name:
        raise Unreadable(
            gettext(
                "%(file)s is a backup of %(kind)s, this installation uses %(here)s. "
                "Restore it where database_url names such a database.",
                file=file, kind=kind, here=engine.dialect.name,
            )
        )  # fmt: skip
    if kind == "sqlite":
        _must_be_whole(file)
    with upgrade_lock(engine):
        has_tables = bool(inspect(engine).get_table_names())
        if has_tables and not overwrite:
            raise KartotekaError(
                gettext(
                    "The database is not empty; restoring would replace everything in it. "
                    "Add --yes if that is meant."
                )
            )
        engine.dispose()
        if kind == "sqlite":
            return _restore_sqlite(engine, file, keep=has_tables)
        _run(
            engine,
            ["pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction",
             *(["--clean", "--if-exists"] if has_tables else []), str(file)],
        )  # fmt: skip
        return None


def _restore_sqlite(engine: Engine, file: Path, *, keep: bool) -> Path | None:
    path = _path(engine)
    kept: Path | None = None
    if keep:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        kept = path.with_name(f"{path.name}.before-restore-{stamp}")
        copy_sqlite(path, kept)
    copy_sqlite(file, path)
    return kept


def _kind(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except OSError as error:
        raise Unreadable(
            gettext("%(file)s can not be opened: %(why)s.", file=file, why=error.strerror)
        ) from error
    if head == _SQLITE:
        return "sqlite"
    if head.startswith(_POSTGRES):
        return "postgresql"
    raise Unreadable(gettext("%(file)s is not a backup of Kartoteka.", file=file))


def _must_be_whole(file: Path) -> None:
    """Refuse a damaged SQLite file, or one that is not ours."""
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        ours = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)
        ).fetchone()[0]
    except sqlite3.DatabaseError as error:
        found, ours = str(error), 1
    finally:
        connection.close()
    if found != "ok":
        raise Unreadable(gettext("%(file)s is damaged: %(why)s.", file=file, why=found))
    if not ours:
        raise Unreadable(gettext("%(file)s is not a backup of Kartoteka.", file=file))


def _path(engine: Engine) -> Path:
    path = engine.url.database
    if not path or path == ":memory:" or not Path(path).exists():
        raise KartotekaError(gettext("There is no database file yet. Run `kartoteka db upgrade`."))
    return Path(path)


def _run(engine: Engine, command: Sequence[str]) -> None:
    """Run a program of PostgreSQL against the database; the password is not on its command line."""
    program = shutil.which(command[0])
    if program is None:
        raise KartotekaError(
            gettext(
                "%(program)s is not installed here. Install the client programs of PostgreSQL "
                "(Debian: apt-get install postgresql-client).",
                program=command[0],
            )
        )
    url = engine.url
    host = url.host or url.query.get("host", "")
    port = url.port or url.query.get("port", "")
    given = {
        "PGHOST": host if isinstance(host, str) else host[0],
        "PGPORT": str(port) if isinstance(port, str | int) else port[0],
        "PGUSER": url.username or "", "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
    }  # fmt: skip
    environment = {**os.environ, **{key: value for key, value in given.items() if value}}
    target = ["--dbname", url.database or ""] if command[0] == "pg_restore" else []
    done = subprocess.run(
        [program, *command[1:], *target], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise KartotekaError(
            gettext("%(program)s failed: %(reason)s", program=command[0], reason=reason)
        )
