"""`kartoteka worker`: run long work; and the worker that `kartoteka run` brings along."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import say

if TYPE_CHECKING:
    from pathlib import Path

    from kartoteka.config import Config

#: Seconds the worker of `kartoteka run` gets to lay its jobs down.
GRACE = 5
AGAIN_AFTER = 5.0


@click.command(epilog="Example: kartoteka worker --threads 4")
@click.option(
    "--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="Jobs at once."
)
@click.option(
    "--grace", default=20.0, show_default=True, type=click.FloatRange(0, 3600),
    help="Seconds that jobs get to end when the worker is stopped.",
)  # fmt: skip
@click.option("--tied", is_flag=True, hidden=True, help="Stop when standard input is closed.")
@pass_installation
def worker(installation: Installation, threads: int, grace: float, tied: bool) -> None:
    """Run exports, recalculations and other long work until it is stopped with Ctrl+C.

    Start as many as you like, on several machines too (see docs/jobs.md). A worker that is stopped
    or dies loses nothing: another one goes on from the last finished part.
    """
    from kartoteka.jobs.worker import Worker
    from kartoteka.screens import request_log

    app = installation.app
    request_log.configure(installation.config.log_level)
    logging.getLogger("huey").setLevel(logging.WARNING)  # two lines for each message
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: Any) -> None:
        if stop.is_set():
            raise SystemExit(1)  # asked twice: at once
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    if tied:
        threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    else:
        say(f"The worker runs, {threads} jobs at once.")
    Worker(app, threads, grace).run(stop)


@contextmanager
def embedded(config: Config, wanted: bool = True, log_level: str = "") -> Generator[None]:
    """Keep a worker running beside the server, as a process of its own.

    A process and not a thread: a long export would slow every page down, and its memory would not
    be given back. It ends with the server, however that ends.

    Args:
        log_level: instead of the one of the configuration.
    """
    if not wanted:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(
        target=_tend, args=(config, stop, log_level), name="worker", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(GRACE + 5)


def beside(folder: Path) -> list[str]:
    """Return the command of the worker that a server brings along; it ends with its input."""
    # -P: a folder called `kartoteka` where the server was started is not the package.
    command = [sys.executable, "-P", "-m", "kartoteka", "--dir", str(folder), "worker"]
    return [*command, "--threads", "2", "--grace", str(GRACE), "--tied"]


def _tend(config: Config, stop: threading.Event, log_level: str) -> None:
    """Start the worker, and start it again when it died."""
    command = beside(config.folder)
    # What was given on the command line of the server holds for its worker too.
    environment = {
        **os.environ, "KARTOTEKA_DATABASE_URL": config.database_url,
        "KARTOTEKA_PLUGINS": ",".join(config.plugins),
        "KARTOTEKA_LOG_LEVEL": log_level or config.log_level,
    }  # fmt: skip
    while not stop.is_set():
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as child:
            while child.poll() is None and not stop.wait(0.5):
                pass
            if child.stdin is not None:
                child.stdin.close()
            try:
                child.wait(GRACE + 3)
            except subprocess.TimeoutExpired:
                child.kill()
        if stop.is_set():
            return
        say(f"The worker ended with code {child.returncode} and is started again.")
        stop.wait(AGAIN_AFTER)


def _stop_with_parent(stop: threading.Event) -> None:
    # Not through sys.stdin: Python can not end while another thread reads it.
    while os.read(0, 4096):
        pass
    stop.set()
