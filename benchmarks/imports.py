"""How long does it take to import a long list, from the workbook to the last row of its account?

Our whole way (read, mapped, checked, matched, written with history, search index and account) is
held against the floor: python-calamine reads the list, the bare driver writes the same rows of the
same tables; and against imports as others write them (`import_peers`). The measure is the time of
processors, of child processes and the server included: what else the machine does takes away only
time of the clock.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from benchmarks import import_peers
from benchmarks.base import Place
from benchmarks.client_list import list_of
from benchmarks.import_peers import Left, Peer
from benchmarks.import_runs import PLUGINS
from benchmarks.memory import Peak

ROWS = 100_000
BOUND, PEER_BOUND, MEMORY_BOUND = 2.5, 15.0, 1500.0
#: The shortest of some runs counts, of ours and of peers; of longer lists there is one run.
_ROUNDS, _LONG = 3, 200_000
_PEAKS = ("own", "child", "together")


@dataclass(frozen=True, kw_only=True, slots=True)
class Floor:
    """What calamine and the bare driver cost; `bare` without search, history and account."""

    cpu: float
    elapsed: float
    bare: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What it cost, in seconds of processors and of the clock, and in memory.

    Args:
        floor: None: not measured.
        peak: megabytes of the process that imports, of the one that reads, of both at one moment.
        mapping: part of ours that went into recognising the list.
        verdicts: rows by what became of them.
        peers: what they need for a slice of `import_peers.SLICE` rows.
        left: what ours leaves of that slice.
    """

    rows: int
    ours: float
    ours_elapsed: float
    mapping: float
    floor: Floor | None
    peak: Peak
    verdicts: Mapping[str, int]
    peers: tuple[Peer, ...]
    left: Left | None

    @property
    def ratio(self) -> float:
        """How many times longer than the floor ours takes; 0 where there is none."""
        return self.ours / self.floor.cpu if self.floor else 0.0

    @property
    def is_small(self) -> bool:
        """Whether no process took too much memory."""
        return max(self.peak.own, self.peak.child) <= MEMORY_BOUND

    @property
    def is_quick(self) -> bool:
        """Whether it was quick enough."""
        return self.ratio <= BOUND

    def times_of(self, peer: Peer) -> float:
        """Return how many times quicker ours is than a peer, whose slice stands for all rows."""
        return peer.cpu * self.rows / import_peers.SLICE / self.ours


def measure(place: Place, rows: int, *, with_peers: bool, with_floor: bool = True) -> Imported:
    """Import the list into an empty base, and do as the floor and the peers do.

    Args:
        place: with an empty base; it stays empty, each import goes into a copy.
    """
    folder = place.config.folder
    path = list_of(folder, rows)
    place.made.engine.dispose()
    empty = place.config.url
    found: list[dict[str, Any]] = []
    floors: list[Floor] = []
    for _ in range(_ROUNDS if rows <= _LONG else 1):
        ours = _copy(empty, "ours")
        found.append(_run("ours", str(folder), ours, str(path)))
        if with_floor:
            floor = _copy(empty, "floor")
            floors.append(Floor(**_run("floor", str(folder), floor, str(path), ours)))
    left, peers = _of_slice(folder, empty) if with_peers else (None, ())
    for name in ("ours", "floor", "peer"):
        _drop(_beside(empty, name))
    mine = min(found, key=lambda one: one["cpu"])
    return Imported(
        rows=rows, ours=mine["cpu"], ours_elapsed=mine["elapsed"], mapping=mine["mapping"],
        floor=min(floors, key=lambda one: one.cpu) if floors else None,
        peak=Peak(**{name: max(one["peak"][name] for one in found) for name in _PEAKS}),
        verdicts=mine["verdicts"], peers=peers, left=left,
    )  # fmt: skip


def _of_slice(folder: Path, empty: str) -> tuple[Left, tuple[Peer, ...]]:
    """Return what ours leaves of the slice, and what the peers need for it."""
    path = list_of(folder, import_peers.SLICE)
    ours = _copy(empty, "ours")
    verdicts = _run("ours", str(folder), ours, str(path))["verdicts"]
    left = Left(**import_peers.left_in(ours), rejected=verdicts["rejected"])
    peers: list[Peer] = []
    for is_flat in (False, True):
        for work in (import_peers.django_import_export, import_peers.marshmallow):
            runs = [
                work(folder, _copy(empty, "peer"), path, is_flat=is_flat) for _ in range(_ROUNDS)
            ]
            peers.append(min(runs, key=lambda one: (bool(one.why_not), one.cpu)))
    return left, tuple(peers)


def _run(*given: str) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_runs", *given],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(told.stdout.splitlines()[-1])


def _beside(url: str, name: str) -> str:
    place = make_url(url)
    old = str(place.database)
    new = f"{old.removesuffix('.db')}-{name}.db" if _is_file(url) else f"{old}_{name}"
    return place.set(database=new).render_as_string(hide_password=False)


def _is_file(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _copy(url: str, name: str) -> str:
    """Return the address of a copy of a base nobody uses."""
    copy = _beside(url, name)
    _drop(copy)
    if _is_file(url):
        # What was written last may still lie beside the file.
        with (
            closing(sqlite3.connect(str(make_url(url).database))) as source,
            closing(sqlite3.connect(str(make_url(copy).database))) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=WAL")
    else:
        base = make_url(url).database
        _on_server(
            url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{base}'"
        )
        _on_server(url, f"CREATE DATABASE {make_url(copy).database} TEMPLATE {base}")
    return copy


def _drop(url: str) -> None:
    base = str(make_url(url).database)
    if _is_file(url):
        for end in ("", "-wal", "-shm"):
            Path(f"{base}{end}").unlink(missing_ok=True)
    else:
        _on_server(url, f"DROP DATABASE IF EXISTS {base}")


def _on_server(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


__all__ = ["BOUND", "MEMORY_BOUND", "PEER_BOUND", "PLUGINS", "ROWS", "Floor", "Imported", "measure"]
