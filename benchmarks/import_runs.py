"""One import of a long list, or the floor beneath it, in a process of its own.

    python -m benchmarks.import_runs ours FOLDER URL LIST
    python -m benchmarks.import_runs floor FOLDER URL LIST URL-OF-WHAT-OURS-WROTE

It prints its figures as JSON. The floor reads the list by python-calamine and writes, ready in
memory, every row that ours wrote: of the records, of the search, of the history and of the account.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from python_calamine import load_workbook
from sqlalchemy import Engine, create_engine, text

from benchmarks.base import SECRET
from benchmarks.client_list import COLUMNS
from benchmarks.memory import peak_of_processes
from kartoteka.access.actor import system
from kartoteka.app import create_app
from kartoteka.config import Config
from kartoteka_excel_import.commands_preview import plan_for
from kartoteka_excel_import.models import ImportAccount, ImportProblem, ImportRun
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.table import Begun, open_table
from kartoteka_excel_import.running.foreground import Foreground
from kartoteka_excel_import.running.start import begin
from kartoteka_excel_import.running.uploads import keep, path_of
from kartoteka_excel_import.running.work import import_rows

PLUGINS = ("wholesale", "excel_import")
#: What an import of clients writes. `completeness` and the like are part of the rows.
RECORDS = ("client", "contact_point")
DERIVED = ("change", *(one.__tablename__ for one in (ImportRun, ImportAccount, ImportProblem)))
CHUNK = 10_000
#: Columns that only derive from others, and belong to no bare writer.
SEARCH = "search_text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Seconds by the clock, and of processors: own, of children, of the server for this base."""

    elapsed: float
    cpu: float


class Meter:
    """Measures a stretch of work; the engine's connections stay open meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._at = (time.perf_counter(), self._cpu())

    def cost(self) -> Cost:
        """Return what it cost since the beginning."""
        return Cost(elapsed=time.perf_counter() - self._at[0], cpu=self._cpu() - self._at[1])

    def _cpu(self) -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime + self._of_server()

    def _of_server(self) -> float:
        """Return the seconds of the server processes of this base, when they run here."""
        if self._engine.dialect.name != "postgresql":
            return 0.0
        with self._engine.connect() as connection:
            pids = connection.scalars(
                text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            ).all()
        ticks = 0
        for pid in pids:
            with suppress(OSError):
                parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(parts[11]) + int(parts[12])
        return ticks / 100


def ours(folder: str, url: str, path: str) -> dict[str, Any]:
    """Import the list as the command does, from the file to the last row of its account."""
    config = Config(
        folder=Path(folder), database_url=url, plugins=PLUGINS, secret_key=SECRET,
        language="ru", rate_limits=False,
    )  # fmt: skip
    app = create_app(config)
    made = app.extensions["kartoteka"]
    source = Path(path)
    with app.app_context(), made.sessions() as session:
        session.info["actor"] = system("cli")
        session.connection(execution_options={"writes": True})
        meter = Meter(made.engine)
        with (
            peak_of_processes() as peak,
            open_table(source, readers=readers_of(made.registry)) as table,
        ):
            plan, rows = plan_for(session, table, list(COLUMNS.items()))
            mapped = meter.cost()
            kept = Path(folder) / "imports-kept"
            with source.open("rb") as file:
                run = keep(session, kept, source.name, file)
            run.plan = plan.as_json()
            begin(session, run)
            run.state, number = "running", run.id
            where = path_of(kept, run)
            run = import_rows(
                Foreground(session), number, where, Begun(table=table, chunks=rows)
            )  # fmt: skip
            session.commit()
        whole = meter.cost()
        where.unlink()
        return {
            "elapsed": whole.elapsed, "cpu": whole.cpu, "mapping": mapped.cpu,
            "peak": asdict(peak),
            "verdicts": {
                "created": run.created, "updated": run.updated, "unchanged": run.unchanged,
                "duplicate": run.duplicate, "possible": run.possible, "rejected": run.rejected,
            },
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """The rows of one table as the driver takes them, in parts."""

    table: str
    columns: Sequence[str]
    parts: Sequence[Any]


def floor(folder: str, url: str, path: str, written: str) -> dict[str, Any]:
    """Read the list and write what ours wrote, as quickly as the libraries can.

    Returns:
        the cost with all that ours keeps (`elapsed`, `cpu`), and of the records alone (`bare`).
    """
    del folder
    source, engine = create_engine(written), create_engine(url)
    records = [_ready(source, name, leave={SEARCH}) for name in RECORDS]
    bare = _measured(engine, path, lambda driver: _write(engine, driver, records), keep=False)
    records.clear()
    everything = [_ready(source, name) for name in (*RECORDS, *DERIVED)]
    whole = _measured(engine, path, lambda driver: _write_all(engine, driver, everything))
    return {"elapsed": whole.elapsed, "cpu": whole.cpu, "bare": bare.cpu}


def _measured(
    engine: Engine, path: str, write: Callable[[Any], None], *, keep: bool = True
) -> Cost:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        driver: Any = connection.connection.driver_connection
        if engine.dialect.name == "sqlite":
            connection.rollback()
            driver.execute("BEGIN IMMEDIATE")
            driver.execute("DROP TRIGGER client_search_insert")
        driver.execute("DELETE FROM change")  # the empty base tells of its own making
        meter = Meter(engine)
        rows = load_workbook(path).get_sheet_by_index(0).to_python()
        del rows
        write(driver)
        (driver.commit if keep else driver.rollback)()
        return meter.cost()


def _ready(engine: Engine, table: str, leave: frozenset[str] | set[str] = frozenset()) -> Ready:
    with engine.connect() as connection:
        every = connection.execute(text(f"SELECT * FROM {table} LIMIT 0")).keys()
        columns = [name for name in every if name not in leave]
        counts = ", ".join(f'count("{name}")' for name in columns)
        filled = connection.execute(text(f"SELECT {counts} FROM {table}")).one()
        if connection.dialect.name == "postgresql":
            # What the database computes by itself can not be given to it.
            computed = set(
                connection.scalars(
                    text(
                        "SELECT column_name FROM information_schema.columns WHERE "
                        "table_name = :table AND is_generated = 'ALWAYS'"
                    ),
                    {"table": table},
                )
            )
        else:
            asked = text("SELECT name FROM pragma_table_xinfo(:table) WHERE hidden > 0")
            computed = set(connection.scalars(asked, {"table": table}))
        columns = [
            name
            for name, count in zip(columns, filled, strict=True)
            if count and name not in computed
        ]
        named = ", ".join(f'"{name}"' for name in columns)
        driver: Any = connection.connection.driver_connection
        asked_rows = f"SELECT {named} FROM {table} ORDER BY id"
        if connection.dialect.name == "postgresql":
            with driver.cursor() as cursor, cursor.copy(f"COPY ({asked_rows}) TO STDOUT") as copy:
                lines = b"".join(bytes(part) for part in copy).splitlines(keepends=True)
            parts: list[Any] = [
                b"".join(lines[at : at + CHUNK]) for at in range(0, len(lines), CHUNK)
            ]
        else:
            rows = driver.execute(asked_rows).fetchall()
            parts = [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]
    return Ready(table=table, columns=columns, parts=parts)


def _write(engine: Engine, driver: Any, tables: Sequence[Ready]) -> None:
    for one in tables:
        named = ", ".join(f'"{name}"' for name in one.columns)
        for part in one.parts:
            if engine.dialect.name == "postgresql":
                statement = f"COPY {one.table} ({named}) FROM STDIN"
                with driver.cursor() as cursor, cursor.copy(statement) as copy:
                    copy.write(part)
            else:
                marks = ", ".join("?" * len(one.columns))
                driver.executemany(f"INSERT INTO {one.table} ({named}) VALUES ({marks})", part)


def _write_all(engine: Engine, driver: Any, tables: Sequence[Ready]) -> None:
    _write(engine, driver, tables)
    if engine.dialect.name == "sqlite":
        driver.execute(
            "INSERT INTO client_search(rowid, search_text) SELECT id, search_text FROM client"
        )


def main(what: str, *given: str) -> None:
    """Measure in this process and print the figures as JSON."""
    works: Mapping[str, Callable[..., dict[str, Any]]] = {"ours": ours, "floor": floor}
    print(json.dumps(works[what](*given)))


if __name__ == "__main__":
    main(*sys.argv[1:])
