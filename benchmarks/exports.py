"""Measure the export of all clients against the writer alone, fed with rows that are ready.

The floor is rustpy-xlsxwriter in one process, a compiled writer that takes rows as they come. The
export runs in a process of its own, so that its peak of memory is its own; the process that writes
the sheet for it is added.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from benchmarks.base import SECRET, Place
from benchmarks.memory import peak_of_processes
from kartoteka.access.actor import system
from kartoteka.app import create_app
from kartoteka.config import Config
from kartoteka.hooks.contributions import Entity
from kartoteka.services import exporting, sheet_file
from kartoteka.services.selection import Selection

BOUND = 1.5
MEMORY_BOUND = 300.0
#: With the number of the record and the currency of the amount: fifteen columns.
COLUMNS = (
    "name", "kind", "industry", "size_class", "region_id", "address", "important", "owner_id",
    "first_purchase_on", "last_purchase_on", "purchase_count", "purchase_total", "last_contact_at",
)  # fmt: skip
#: The quickest of so many counts, of both: what else runs on the machine only adds.
ROUNDS = 2
#: So many rows are made ready; the writer gets them again and again.
READY = 50_000


@dataclass(frozen=True, kw_only=True)
class Result:
    """Seconds of an export and of the writer alone, over the same number of rows."""

    name: str
    rows: int
    ours: float
    floor: float
    megabytes: float

    @property
    def ratio(self) -> float:
        """How many times the writer's time the export took."""
        return self.ours / self.floor

    @property
    def holds(self) -> bool:
        """Say whether both bounds hold."""
        return self.ratio <= BOUND and self.megabytes <= MEMORY_BOUND


def measure(place: Place) -> Result:
    """Export every client to xlsx, then write as many ready rows with the bare writer."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.exports", str(place.config.folder), place.config.url],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return Result(
        name=f"export to xlsx, {found['columns']} columns", rows=found["rows"],
        ours=found["ours"], floor=found["floor"], megabytes=found["megabytes"],
    )  # fmt: skip


def main(folder: str, url: str) -> None:
    """Measure in this process and print the figures as JSON."""
    config = Config(
        folder=Path(folder), database_url=url, plugins=("wholesale",), secret_key=SECRET,
        rate_limits=False,
    )  # fmt: skip
    app = create_app(config)
    made = app.extensions["kartoteka"]
    entity = made.registry.entity("client")
    rounds: list[Result] = []
    with tempfile.TemporaryDirectory(dir=folder) as place, app.app_context():
        path = Path(place) / "clients.xlsx"
        for _ in range(ROUNDS):
            with made.sessions() as session:
                session.info["actor"] = system("job")
                rounds.append(_round(session, entity, path))
    figures = {"rows": rounds[0].rows, "columns": 2 + len(COLUMNS),
               "ours": min(one.ours for one in rounds), "floor": min(one.floor for one in rounds),
               "megabytes": rounds[0].megabytes}  # fmt: skip
    print(json.dumps(figures))


def _round(session: Session, entity: Entity, path: Path) -> Result:
    """Export, then write the same columns by the writer alone."""
    columns = exporting.columns_of(session, entity, COLUMNS)
    begun = time.perf_counter()
    with peak_of_processes() as peak:
        rows = exporting.write(session, entity, Selection(), columns, path, "xlsx")
    ours = time.perf_counter() - begun
    work = exporting.Rows(session, entity, Selection(), columns, "xlsx", lambda done: None)
    heads = [column.head for column in columns]
    every = chain.from_iterable(zip(*chunk, strict=True) for chunk in work.chunks())
    ready = [dict(zip(heads, row, strict=True)) for row in islice(every, READY)]
    sheet = exporting.sheet_of(path, columns, work.reading, "Clients")
    begun = time.perf_counter()
    sheet_file.fill(sheet, again(ready, rows))
    floor = time.perf_counter() - begun
    return Result(name="", rows=rows, ours=ours, floor=floor,
                  megabytes=peak.own + peak.child)  # fmt: skip


def again(ready: list[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """Yield ready rows over and over, so many in all."""
    return islice(chain.from_iterable(repeat(ready)), count)


if __name__ == "__main__":
    main(*sys.argv[1:])
