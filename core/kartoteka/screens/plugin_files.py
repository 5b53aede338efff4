"""Serve our static files and those of plugins, and let plugins bring templates."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Blueprint, Flask, request, url_for

from kartoteka.hooks.registry import Registry

OWN = Path(__file__).parents[1] / "static"


def install(app: Flask, registry: Registry) -> None:
    """Put static files under `/static/<plugin>/` and templates on the search path."""
    app.register_blueprint(
        Blueprint(
            "kartoteka", __name__, static_folder=str(OWN), static_url_path="/static/kartoteka"
        )
    )
    for name, module in registry.plugins.modules.items():
        folder = folder_of(module)
        if name == "core" or folder is None:
            continue
        static, templates = folder / "static", folder / "templates"
        if static.is_dir() or templates.is_dir():
            app.register_blueprint(
                Blueprint(
                    f"{name}_files", __name__,
                    static_folder=str(static) if static.is_dir() else None,
                    static_url_path=f"/static/{name}" if static.is_dir() else None,
                    template_folder=str(templates) if templates.is_dir() else None,
                )
            )  # fmt: skip


def folder_of(module: Any) -> Path | None:
    """Return the folder a plugin lives in; None for one that is no module (in tests)."""
    file = getattr(module, "__file__", None) if isinstance(module, ModuleType) else None
    return Path(file).parent if file else None


class StaticAddresses:
    """Addresses of static files that change with their content, so that browsers may keep them."""

    def __init__(self, registry: Registry) -> None:
        self._kept: dict[tuple[str, str], str] = {}
        self.styles: list[tuple[str, str]] = []
        self.scripts: list[tuple[str, str]] = []
        for path, asset in registry.assets.items():
            plugin = registry.plugin_of("assets", path)
            kind = self.styles if asset.path.endswith(".css") else self.scripts
            kind.append((f"{plugin}_files.static", asset.path))

    def own(self, path: str) -> str:
        """Return the address of one of our files."""
        key = request.script_root, path
        if key not in self._kept:
            file = OWN / path
            content = file.read_bytes() if file.is_file() else b""
            version = hashlib.blake2s(content, digest_size=6).hexdigest()
            self._kept[key] = url_for("kartoteka.static", filename=path, v=version)
        return self._kept[key]

    def plugin_styles(self) -> list[str]:
        """Return the addresses of style sheets plugins bring."""
        return [url_for(endpoint, filename=path) for endpoint, path in self.styles]

    def plugin_scripts(self) -> list[str]:
        """Return the addresses of scripts plugins bring."""
        return [url_for(endpoint, filename=path) for endpoint, path in self.scripts]


__all__ = ["StaticAddresses", "folder_of", "install"]
