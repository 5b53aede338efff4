"""Serve the application to browsers and programs."""

from __future__ import annotations

import signal
from typing import Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import say
from kartoteka.cli.worker import embedded
from kartoteka.errors import KartotekaError


@click.command(epilog="Example: kartoteka run --port 8080 --host 0.0.0.0")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)  # fmt: skip
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 128))
@click.option("--no-worker", is_flag=True, help="Leave long work to `kartoteka worker`.")
@pass_installation
def run(installation: Installation, host: str, port: int, threads: int, no_worker: bool) -> None:
    """Serve the application until it is stopped with Ctrl+C.

    A worker for long work runs beside it, unless --no-worker says that others do that.

    Nothing is upgraded here: when the database is behind the program, this stops and says so.
    """
    left = installation.made.migrations.orphans()
    for name in sorted(left):
        say(f"Plugin {name!r} is not enabled; its data stays. See `kartoteka plugins list`.")
    config = installation.config
    app = installation.app
    with embedded(config, not no_worker):
        serve(app, host, port, threads, config.log_level, config.trusted_proxies)


def serve(
    app: Any, host: str, port: int, threads: int, log_level: str = "INFO", trusted_proxies: int = 0
) -> None:
    """Run the web server in this process until SIGINT or SIGTERM.

    Args:
        trusted_proxies: how many proxies stand before it, as in `Config`.

    Raises:
        KartotekaError: the address can not be taken.
    """
    from waitress.server import create_server

    from kartoteka.screens import request_log

    request_log.configure(log_level)
    try:
        server: Any = create_server(
            app, host=host, port=port, threads=threads, ident="kartoteka",
            # Waitress would drop X-Forwarded-… before the application can count the proxies.
            clear_untrusted_proxy_headers=not trusted_proxies,
        )  # fmt: skip
    except OSError as error:
        raise KartotekaError(
            f"Port {port} of {host} can not be taken: {error.strerror or error}. "
            "Choose another one with --port."
        ) from error
    signal.signal(signal.SIGTERM, _stop)
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host
    taken = getattr(server, "effective_port", None) or port
    click.echo(f"Kartoteka answers at http://{shown}:{taken}")
    try:
        server.run()
    finally:
        server.close()


def _stop(_number: int, _frame: Any) -> None:
    raise SystemExit(0)
