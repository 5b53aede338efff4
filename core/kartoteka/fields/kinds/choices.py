"""Kinds that keep a choice: yes or no, one of several, several of several."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Boolean, String
from sqlalchemy.types import TypeEngine

from kartoteka.fields.kinds.kind import PLAIN, Kind, Reading
from kartoteka.fields.kinds.typed import text_of
from kartoteka.fields.text import quoted
from kartoteka.fields.types import CodeSet
from kartoteka.i18n import Text, gettext


class YesNo(Kind[bool]):
    """Yes or no."""

    code = "yes_no"
    widget = "checkbox"
    operators = ("eq",)

    def column_type(self) -> TypeEngine[Any]:
        return Boolean()

    def read(self, raw: Any, reading: Reading) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().casefold()
        if word in {"1", "y", "yes", "true", "on", "да", "+"}:
            return True
        if word in {"0", "n", "no", "false", "off", "нет", "не", "-"}:
            return False
        raise ValueError(gettext("%(value)r is neither yes nor no.", value=quoted(raw)))

    def show(self, value: bool | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else gettext("Yes") if value else gettext("No")

    def edit(self, value: bool | None, reading: Reading = PLAIN) -> str:
        return "1" if value else ""


Choices_ = Mapping[str, Text]


class Choice(Kind[str]):
    """One of several codes. `options` maps code to title; it may be a function, asked when used."""

    code = "choice"
    widget = "select"
    operators = ("eq", "ne", "empty", "filled")
    max_length = 60

    def __init__(self, options: Choices_ | Callable[[], Choices_]) -> None:
        self._options = options

    @property
    def options(self) -> Choices_:
        """Codes and titles in their order."""
        return self._options() if callable(self._options) else self._options

    def column_type(self) -> TypeEngine[Any]:
        return String(60)

    def code_of(self, raw: Any) -> str:
        """Return the code for a code or for a title in the reader's language."""
        text = text_of(raw).strip()
        options = self.options
        if text in options:
            return text
        wanted = text.casefold()
        for code, title in options.items():
            if wanted in {code.casefold(), str(title).casefold()}:
                return code
        raise ValueError(
            gettext(
                "%(value)r is not one of: %(options)s.",
                value=quoted(text),
                options=", ".join(str(title) for title in options.values()),
            )
        )

    def read(self, raw: Any, reading: Reading) -> str:
        return self.code_of(raw)

    def show(self, value: str | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else str(self.options.get(value, value))


class Choices(Kind[tuple[str, ...]]):
    """Several of several codes."""

    code = "choices"
    widget = "checkboxes"
    operators = ("has", "has_any", "empty", "filled")

    def __init__(self, options: Choices_ | Callable[[], Choices_]) -> None:
        self._one = Choice(options)

    @property
    def options(self) -> Choices_:
        """Codes and titles in their order."""
        return self._one.options

    def column_type(self) -> TypeEngine[Any]:
        return CodeSet(1000)

    def parse(self, raw: Any, reading: Reading = PLAIN) -> tuple[str, ...] | None:
        parts: Sequence[Any]
        if isinstance(raw, str):
            parts = [part for part in re.split(r"[,;|]", raw) if part.strip()]
        elif raw is None or isinstance(raw, list | tuple | set | frozenset):
            parts = [part for part in cast("Sequence[Any]", raw or ()) if str(part).strip()]
        else:
            raise ValueError(gettext("%(value)r is not a list of choices.", value=quoted(raw)))
        return tuple(dict.fromkeys(self._one.code_of(part) for part in parts)) or None

    def show(self, value: tuple[str, ...] | None, reading: Reading = PLAIN) -> str:
        return ", ".join(self._one.show(code, reading) for code in value or ())

    def edit(self, value: tuple[str, ...] | None, reading: Reading = PLAIN) -> str:
        return ",".join(value or ())

    def plain(self, value: tuple[str, ...] | None) -> Any:
        return list(value or ())
