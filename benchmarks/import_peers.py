"""The peers of our import, each in a process of its own: they import a slice of the same list.

Two of them leave behind what ours does: the clients, their phones and addresses as records of
their own, the history of both, a search text with the index Kartoteka has; they check every cell
and know existing clients by code, tax number, phone or e-mail. The bound is for these:

* django-import-export in bulk mode with django-simple-history, everything written a thousand rows
  at a time (`peers/django_full.py`). Its result lacks what ours has besides: the account of each
  row, rights, derived values of a card, equal names without a key, a list whose columns nobody
  named. Rows of one batch that complete each other leave one act in its history instead of two;
* a marshmallow schema and Kartoteka's own records row by row, through its own sessions
  (`peers/marshmallow_full.py`): the same records to the last column, but for the account.

The floor of our import (`imports`) is itself no more than some 6 times quicker than the first, for
both write the same rows: a bound of 15 can not be kept against it without writing less.

What each left behind is counted beside what ours leaves of the same slice. Two more write one flat
table, without contact points, history, search and most look-ups (`peers/django_flat.py`,
`peers/marshmallow_flat.py`): that is another result, shown to tell what these cost, under no bound.

Seconds of processors count: of the process and of the database's process that serves it, as for
ours. Ours takes 100,000 rows and a peer 3,000, so ours searches and writes into longer tables.
django-import-export is no dependency of ours: it gets an environment of its own in the folder of
the benchmark.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

#: A row costs a peer the same however many there are.
SLICE = 3_000
_WANTED = (
    "django>=5.2,<5.3", "django-import-export>=4.4,<4.5", "django-simple-history>=3.13,<3.14",
    "openpyxl", "phonenumbers", "python-stdnum", "psycopg[binary]",
)  # fmt: skip
_NEEDED = "import import_export, simple_history, openpyxl, phonenumbers, stdnum, psycopg"
#: As Kartoteka opens its own files.
_PRAGMAS = "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY"
_POINTED = "entity IN ('client', 'contact_point')"


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """Rows that an import left behind: of records, of history, of the search index."""

    clients: int
    points: int
    history: int
    searched: int
    rejected: int

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.clients:,} clients, {self.points:,} points, {self.history:,} acts of history, "
            f"{self.searched:,} texts in the index; {self.rejected:,} rows rejected"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """What a peer needs for a slice.

    Args:
        cpu: seconds of its process and of its server.
        left: of a peer whose result is like ours; another is under no bound.
        lacks: what its result lacks.
        why_not: why it could not be measured.
    """

    name: str
    cpu: float = 0.0
    elapsed: float = 0.0
    left: Left | None = None
    lacks: str = ""
    why_not: str = ""


def django_import_export(folder: Path, url: str, path: Path, *, is_flat: bool) -> Peer:
    """Import the slice by django-import-export in bulk mode, as it reads workbooks by itself.

    Args:
        folder: its environment is kept here.
        url: of a base, where it makes tables of its own.
        is_flat: into one table, and nothing else.
    """
    name = "django-import-export, bulk"
    python = folder / "peer-environment" / "bin" / "python"
    if not python.exists() or _call(python, "-c", _NEEDED)[1]:
        venv.create(python.parents[1], with_pip=True)
        _said, error = _call(python, "-m", "pip", "install", "--quiet", *_WANTED)
        if error:
            return Peer(name=name, why_not=f"it can not be installed: {error}")
    given = str(path), json.dumps(_database(url))
    if is_flat:
        return _flat(name, python, "benchmarks.peers.django_flat", *given)
    said, error = _run(python, "benchmarks.peers.django_full", *given)
    return _full(f"{name}, simple-history", said, error)


def marshmallow(folder: Path, url: str, path: Path, *, is_flat: bool) -> Peer:
    """Import the slice row by row: a marshmallow schema, the ORM of SQLAlchemy, calamine.

    Args:
        folder: as an application needs one.
        url: of a copy of the empty base.
        is_flat: into one table of its own, and nothing else; otherwise into Kartoteka's records.
    """
    python = Path(sys.executable)
    if is_flat:
        name = "marshmallow + ORM, by rows"
        return _flat(name, python, "benchmarks.peers.marshmallow_flat", str(path), url)
    given = str(folder), url, str(path)
    said, error = _run(python, "benchmarks.peers.marshmallow_full", *given)
    if not error:
        said = {**said, **left_in(url)}
    return _full("marshmallow + Kartoteka's ORM, by rows", said, error)


def left_in(url: str) -> dict[str, int]:
    """Count what an import left in tables of Kartoteka that were empty before."""
    engine = create_engine(url)
    searched = (
        "client_search_docsize" if engine.dialect.name == "sqlite"
        else "client WHERE search_text IS NOT NULL"
    )  # fmt: skip
    counted = {
        "clients": "client", "points": "contact_point", "history": f"change WHERE {_POINTED}",
        "searched": searched,
    }  # fmt: skip
    with engine.connect() as connection:
        found = {
            name: connection.scalar(text(f"SELECT count(*) FROM {rows}")) or 0
            for name, rows in counted.items()
        }
    engine.dispose()
    return found


def _database(url: str) -> dict[str, Any]:
    """Return an address as Django takes it."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3", "NAME": place.database,
            "OPTIONS": {"init_command": _PRAGMAS},
        }  # fmt: skip
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": place.database,
        "USER": place.username or "", "PASSWORD": place.password or "",
        "HOST": place.query.get("host", place.host or ""),
        "PORT": place.query.get("port", place.port or ""),
    }  # fmt: skip


def _full(name: str, said: Mapping[str, Any], error: str) -> Peer:
    if error:
        return Peer(name=name, why_not=f"it failed: {error}")
    left = Left(**{one: said[one] for one in Left.__slots__})
    return Peer(name=name, cpu=said["cpu"], elapsed=said["elapsed"], left=left)


def _flat(name: str, python: Path, module: str, *given: str) -> Peer:
    said, error = _run(python, module, *given)
    name, lacks = f"{name}, one flat table", "no contact points, history, search"
    if error:
        return Peer(name=name, lacks=lacks, why_not=f"it failed: {error}")
    return Peer(name=name, cpu=said["cpu"], elapsed=said["elapsed"], lacks=lacks)


def _run(python: Path, module: str, *given: str) -> tuple[Mapping[str, Any], str]:
    said, error = _call(python, "-W", "ignore", "-m", module, *given)
    return (json.loads(said.splitlines()[-1]) if not error else {}), error


def _call(python: Path, *given: str) -> tuple[str, str]:
    """Return what a program said, and the last line of its complaint when it failed."""
    done = subprocess.run([python, *given], capture_output=True, text=True, timeout=1800)
    if not done.returncode:
        return done.stdout, ""
    lines = done.stderr.strip().splitlines()
    return done.stdout, lines[-1] if lines else f"exit code {done.returncode}"


__all__ = ["SLICE", "Left", "Peer", "django_import_export", "left_in", "marshmallow"]
