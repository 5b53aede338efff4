"""How long an application with 60 views and five plugins takes to start, in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = """
import sys, time
from pathlib import Path
begun = time.perf_counter()
from types import SimpleNamespace
from sqlalchemy.orm import Mapped
from kartoteka.api import (
    Entity, LongText, Money, OfClient, PluginInfo, Record, Text, currency, field, hookimpl,
)
from kartoteka.app import compose, create_app
from kartoteka.config import Config

def plugin(number, views):
    def entity(name):
        model = type(name.title().replace("_", ""), (OfClient, Record), {
            "__tablename__": name, "__module__": __name__,
            "name": field(Text(80), "Name", required=True, listed=True),
            "note": field(LongText(), "Note"), "amount": field(Money(), "Amount"),
            "amount_currency": currency(),
        })
        return Entity(code=name, model=model, title=name, plural=name, menu="sales")
    found = [entity(f"p{number}_thing{n}") for n in range(views)]
    return SimpleNamespace(
        PLUGIN=PluginInfo(name=f"p{number}", title="P", version="1", requires_core=">=0"),
        entities=hookimpl(lambda: found))

wanted = int(sys.argv[2]) - 25
plugins = [plugin(n, wanted // 5 + (n < wanted % 5)) for n in range(5)]
config = Config(folder=Path(sys.argv[1]), database_url="sqlite:///start.db", secret_key="s" * 48,
                rate_limits=False)
if len(sys.argv) > 3:
    from kartoteka.services import setup
    setup.upgrade(compose(config))
app = create_app(config, *plugins)
if len(sys.argv) > 3:
    setup.synchronise(app)
else:
    print(time.perf_counter() - begun)
"""
BOUND = 2.0


def measure() -> tuple[float, int]:
    """Return seconds from the first import to a finished application, and its views."""
    views = 60
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "start.py"
        script.write_text(SCRIPT)
        command = [sys.executable, str(script), folder, str(views)]
        # Like any installation, with modules compiled by the run before.
        own = {"PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
        around = {**os.environ, **own}
        subprocess.run([*command, "set-up"], check=True, capture_output=True, env=around)
        runs = [
            subprocess.run(command, check=True, capture_output=True, text=True, env=around)
            for _ in range(5)
        ]
        times = [float(run.stdout) for run in runs]
    return min(times), views
