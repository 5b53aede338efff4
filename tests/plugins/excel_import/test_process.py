"""The process that reads: held to its limits, ended with whoever asked, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kartoteka.api import Unreadable
from kartoteka_excel_import.reading.limits import MB, Limits
from kartoteka_excel_import.reading.shapes import Reader
from kartoteka_excel_import.reading.table import OWN_READERS, open_table
from tests.plugins.excel_import.making import contents, text_file

#: What a reader might do, and what a person is told.
DEEDS = {
    "raise ValueError('internal detail')": "is damaged",
    "raise BaseException('panicked at src/lib.rs')": "is damaged",
    "import os; os.abort()": "is damaged",
    "import os; os._exit(3)": "is damaged",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "is damaged",
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": "is damaged",
    "import sys; sys.exit(0)": "is damaged",
    "x = [0] * 10**9": "more memory",
    "x = b'x' * (300 << 20)": "more memory",
    "while True: pass": "took too long",
    "import time; time.sleep(600)": "took too long",
    "import sys; sys.stdout.buffer.write(b'x' * 100); sys.stdout.flush(); raise SystemExit":
        "is damaged",
    "import sys; sys.setrecursionlimit(10**9)\n    def f(): f()\n    f()":
        "is damaged|more memory|took too long",
}  # fmt: skip


def reader(folder: Path, monkeypatch: pytest.MonkeyPatch, deed: str) -> tuple[Reader, ...]:
    """Return readers, the first of which does a deed with every file."""
    code = f"def recognises(source):\n    return True\n\ndef open_book(source, wish):\n    {deed}\n"
    (folder / "deed_reader.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    return (Reader(code="deed", title="Deed", module="deed_reader"), *OWN_READERS)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(("deed", "why"), DEEDS.items())
def test_whatever_a_reader_does_becomes_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str, why: str
) -> None:
    readers = reader(tmp_path, monkeypatch, deed)
    path = text_file(tmp_path / "list.csv", "name\nAlfa\n")
    with pytest.raises(Unreadable, match=why) as refusal:
        contents(path, readers=readers, limits=Limits(seconds=2))
    assert "internal detail" not in str(refusal.value)
    assert "panicked" not in str(refusal.value)


def test_advice_for_those_who_write_readers_is_not_given_to_those_who_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said = "memory allocation of 549755813888 bytes failed"
    note = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
    deed = f"import os, sys; sys.stderr.write({said!r} + chr(10) + {note!r}); "
    deed += "sys.stderr.flush(); os.abort()"
    path = text_file(tmp_path / "list.csv", "a;b\n1;2\n")
    with (
        caplog.at_level("INFO"),
        pytest.raises(Unreadable, match="more memory"),
        open_table(path, readers=reader(tmp_path, monkeypatch, deed)),
    ):
        pass
    (told,) = [one for one in caplog.records if "ended with" in one.getMessage()]
    assert told.levelname == "INFO"  # the command line shows warnings
    assert said in told.getMessage()
    assert "RUST" not in told.getMessage()


def test_the_limits_of_a_small_file_are_those_promised() -> None:
    assert Limits().memory <= 300 * MB
    assert Limits().seconds <= 10


def test_a_reader_knows_nothing_of_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KARTOTEKA_SECRET_KEY", "secret")
    deed = (
        "import os, sys\n    from kartoteka_excel_import.reading.book import Refusal\n"
        "    names = [name for name in os.environ if 'KARTOTEKA' in name]\n"
        "    heavy = {'flask', 'sqlalchemy', 'kartoteka'} & set(sys.modules)\n"
        "    raise Refusal('closed', why=f'{names} {heavy}')"
    )
    readers = reader(tmp_path, monkeypatch, deed)
    with pytest.raises(Unreadable, match=r"\[\] set\(\)"):
        contents(text_file(tmp_path / "list.csv", "a\n"), readers=readers)


def test_a_reader_writes_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "written"
    deed = f"open({str(target)!r}, 'wb').write(b'x' * (9 << 20))"
    with pytest.raises(Unreadable):
        contents(
            text_file(tmp_path / "list.csv", "a\n"), readers=reader(tmp_path, monkeypatch, deed)
        )
    assert not target.exists() or target.stat().st_size <= MB


def test_closing_ends_the_process_at_once(tmp_path: Path) -> None:
    text = "name,city\n" + "Alfa,Ufa\n" * 300_000
    table = open_table(text_file(tmp_path / "list.csv", text))
    next(table.chunks())
    pid = table.pid
    assert is_running(pid)
    table.close()
    table.close()
    assert not is_running(pid)


def test_a_killed_process_becomes_a_sentence_in_the_middle_of_rows(tmp_path: Path) -> None:
    text = "name,city\n" + "Alfa,Ufa\n" * 300_000
    with open_table(text_file(tmp_path / "list.csv", text)) as table:
        chunks = table.chunks()
        next(chunks)
        os.kill(table.pid, signal.SIGKILL)
        with pytest.raises(Unreadable, match="is damaged"):
            list(chunks)


@pytest.mark.parametrize("deed", ["while True: pass", "import time; time.sleep(60)"])
def test_the_process_ends_with_a_killed_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    reader(tmp_path, monkeypatch, f"open({str(tmp_path / 'began')!r}, 'w').close()\n    {deed}")
    script = (
        "from pathlib import Path\n"
        "from kartoteka_excel_import.reading.shapes import Reader\n"
        "from kartoteka_excel_import.reading.table import open_table\n"
        f"path = Path({str(text_file(tmp_path / 'list.csv', 'a'))!r})\n"
        "readers = [Reader(code='deed', title='', module='deed_reader')]\n"
        "open_table(path, readers=readers)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        children = _waited(lambda: (tmp_path / "began").exists() and _children(parent.pid))
        parent.kill()
        parent.wait()
        assert _waited(lambda: not any(is_running(pid) for pid in children))
    finally:
        parent.kill()
        parent.wait()


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [
        int(child)
        for task in tasks
        for child in (task / "children").read_text(encoding="utf-8").split()
    ]


def _waited(condition: Callable[[], Any]) -> Any:
    """Return what a condition becomes; it fails the test when that takes half a minute."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("It never came.")
