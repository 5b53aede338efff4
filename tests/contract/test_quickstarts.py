"""The quick starts do what they say: their files are written and their commands run, in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```", re.M | re.S)


def _follow(page: Path, folder: Path) -> None:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KARTOTEKA_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for language, name, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "sh" and name == "serve":
            continue
        if language == "sh":
            for line in text.strip().splitlines():
                if line.startswith("cd "):
                    folder = folder / line.removeprefix("cd ")
                    continue
                done = subprocess.run(
                    ["bash", "-c", line], cwd=folder, env=env, capture_output=True, text=True
                )
                assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        elif name:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["quickstart-integrator", "quickstart-plugin-author"])
def test_a_quick_start_can_be_followed(name: str, tmp_path: Path) -> None:
    _follow(DOCS / f"{name}.md", tmp_path)
