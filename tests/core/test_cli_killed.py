"""A process that is killed while it writes leaves a clean database with right totals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from kartoteka.api import Client, Purchase
from kartoteka.services import totals
from kartoteka.testing import Firm

BUYING = """
import sys, datetime
from decimal import Decimal
from pathlib import Path
from kartoteka.api import Client, Purchase
from kartoteka.cli.context import Installation

place = Installation(Path(sys.argv[1]), plugins=())
place.demand_schema = lambda: None
for number in range(100_000):
    with place.session() as session:
        client = Client(name=f"Firm {number}")
        session.add(client)
        session.flush()
        for day in range(1, 4):
            session.add(Purchase(client_id=client.id, bought_on=datetime.date(2026, 1, day),
                                 amount=Decimal(day), amount_currency="RUB"))
    print(number, flush=True)
"""


@pytest.fixture
def environment(firm: Firm) -> dict[str, str]:
    config = firm.made.config
    return {
        **os.environ, "KARTOTEKA_DATABASE_URL": config.url, "KARTOTEKA_SECRET_KEY": "s" * 48,
        "KARTOTEKA_DIR": str(config.folder), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip


def _must_be_clean(firm: Firm) -> None:
    with firm.made.engine.connect() as connection:
        if firm.made.engine.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert totals.check(connection) == []


def test_totals_are_right_after_a_kill_in_the_middle_of_writing(
    firm: Firm, environment: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "buying.py"
    script.write_text(BUYING)
    process = subprocess.Popen(
        [sys.executable, str(script), str(firm.made.config.folder)],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for _line in range(5):
        assert process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    _must_be_clean(firm)
    with firm.session() as session:
        clients = session.scalar(select(func.count()).select_from(Client)) or 0
        bought = session.scalar(select(func.count()).select_from(Purchase))
    assert clients >= 5
    assert bought == 3 * clients


def test_killed_import_wrote_nothing_and_runs_again(
    firm: Firm, environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "many.csv"
    rows = 3_000
    path.write_text("name,phone\n" + "".join(f"Firm {n},+7495{n:07}\n" for n in range(rows)))
    command = [sys.executable, "-m", "kartoteka", "import", str(path), "--entity", "client"]
    process = subprocess.Popen(command, env=environment)
    # Kill it while its transaction is open: something is written and not committed yet.
    deadline = time.monotonic() + 120
    while process.poll() is None and not _is_writing(firm) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.poll() is None, "the import ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    _must_be_clean(firm)
    with firm.session() as session:
        assert session.scalar(select(func.count()).select_from(Client)) == 0
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with firm.session() as session:
        assert session.scalar(select(func.count()).select_from(Client)) == rows
    _must_be_clean(firm)


def _is_writing(firm: Firm) -> bool:
    """Say whether another process has written rows that are not committed."""
    with firm.made.engine.connect() as connection:
        if firm.made.engine.dialect.name == "postgresql":
            return bool(
                connection.scalar(
                    text(
                        "SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock' "
                        "AND relation = 'client'::regclass AND pid <> pg_backend_pid()"
                    )
                )
            )
    driver = firm.made.engine.raw_connection()
    try:
        cursor = driver.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except Exception:
            return True
        cursor.execute("ROLLBACK")
        cursor.execute("PRAGMA busy_timeout=30000")
        return False
    finally:
        driver.close()
