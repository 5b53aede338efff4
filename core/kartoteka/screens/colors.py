"""Tell CSS colours from other text, so that a plugin's word can not become a style."""

from __future__ import annotations

import re

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|[a-zA-Z]{3,30}")


def is_color(text: str) -> bool:
    """Say whether a text is a CSS colour: `#f00`, `#ff0000` or a name."""
    return bool(_COLOR.fullmatch(text))
