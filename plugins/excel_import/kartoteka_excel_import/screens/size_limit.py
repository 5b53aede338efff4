"""Let a list be larger than other forms may be; what is larger still is refused in a sentence."""

from __future__ import annotations

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from kartoteka.api import db
from kartoteka_excel_import.running.uploads import most_bytes

#: The form around the file.
_ENVELOPE = 64 * 1024
_ENDPOINT = "ImportView.upload"


def install(app: Flask) -> None:
    """Set the limit before anything reads what was sent."""

    def allow() -> Response | None:
        if request.endpoint != _ENDPOINT:
            return None
        limit = most_bytes(db()) + _ENVELOPE
        if (request.content_length or 0) > limit:
            # Nobody is named yet at this point; the page says it in the person's language.
            return redirect(url_for("ImportView.index", too_large=1))
        request.max_content_length = limit
        return None

    app.before_request_funcs.setdefault(None, []).insert(0, allow)


__all__ = ["install"]
