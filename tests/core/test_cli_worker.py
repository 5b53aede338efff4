"""The worker that a server brings along: it starts anywhere and ends in peace."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kartoteka.app import compose
from kartoteka.cli.worker import beside
from kartoteka.config import load
from kartoteka.testing.bases import upgrade_installed
from tests.core.test_cli_commands import SECRET, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation made by `kartoteka init`."""
    folder = tmp_path / "installed"
    made = run("init", folder, "--plugins", "wholesale", "--admin-password", SECRET)
    assert made.exit_code == 0, made.output
    installation = compose(load(folder))
    upgrade_installed(installation)  # columns that other tests of this process attached
    installation.engine.dispose()
    return folder


def test_the_worker_of_a_server_starts_beside_a_folder_of_our_name(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "kartoteka").mkdir()  # as after `git clone … kartoteka`
    command = beside(folder)
    ended = subprocess.run(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def _listens_to(pid: int, number: int) -> bool:
    """Say whether a process has a handler of its own for a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def test_the_worker_of_a_server_ends_in_peace_when_both_are_told_to(folder: Path) -> None:
    with subprocess.Popen(
        beside(folder), stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        _until(lambda: _listens_to(worker.pid, signal.SIGTERM))
        worker.send_signal(signal.SIGTERM)  # its input stays open: the server still lives
        said = worker.stderr.read()
        assert (worker.wait(60), said) == (0, "")
