"""The kind of a colour or rule that is kept: what a business dropped since can still be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from kartoteka.api import Choice, Reading

_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PLAIN = Reading()


class KeptCode(Choice):
    """A choice that nobody types: codes kept earlier are read, and shown by name where one is left.

    Movements tell of colours and rules that were dropped, or that a plugin brought which is there
    no more. Their rows must still be found.

    Args:
        options: what there is now, offered in filters.
        ever: and what was dropped.
    """

    def __init__(
        self, options: Callable[[], Mapping[str, str]], ever: Callable[[], Mapping[str, str]]
    ) -> None:
        super().__init__(options)
        self._ever = ever

    def code_of(self, raw: Any) -> str:
        try:
            return super().code_of(raw)
        except ValueError:
            text = str(raw).strip()
            if _CODE.fullmatch(text):
                return text
            raise

    def show(self, value: str | None, reading: Reading = _PLAIN) -> str:
        return "" if value is None else str(self._ever().get(value, value))


__all__ = ["KeptCode"]
