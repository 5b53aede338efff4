"""Send a person only to places inside this application."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request


def safe_target(wanted: str | None) -> str:
    """Return the path of a wanted address when it is ours, else the start page.

    Only path and query are kept, so no host, no scheme and no trick with slashes (`//other`,
    `/\\other`, control characters) leads a person away.
    """
    home: str = current_app.extensions["appbuilder"].get_url_for_index
    if not wanted or any(ord(sign) <= 32 or sign == "\\" for sign in wanted):
        return home
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return home
    if parts.scheme not in ("", "http", "https") or parts.netloc not in ("", request.host):
        return home
    if parts.scheme and not parts.netloc:
        return home
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return home
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
