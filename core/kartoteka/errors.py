"""What can go wrong, as a tree. Every message says who, what and what to do.

KartotekaError
├── ConfigError            kartoteka.toml or the environment is wrong
├── Unreadable             a file is not what it should be
├── PluginError            a plugin broke its contract; names the plugin
│   └── FieldConflict      two fields claim one place
├── NoActor                a session was used before it was told who acts
└── Refused                the rules forbid what a person asked for; shown to the person
    ├── Rejected           a rule of the business or of a plugin says no
    │   └── AlreadyRunning  only one such job may run at a time
    ├── Invalid            values do not pass; carries the sentence for each field
    ├── NotAllowed         rights say no
    │   └── Merged         the record is one with another now; carries its number
    └── EditConflict       somebody else changed the record first
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class KartotekaError(Exception):
    """The root of all errors of the framework."""


class ConfigError(KartotekaError):
    """The configuration can not be used as it is."""


class Unreadable(KartotekaError):
    """A file, or what was said about it, can not be read as what it should be."""


class PluginError(KartotekaError):
    """A plugin broke its contract; always names the plugin."""

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f"Plugin {plugin!r}: {message}")
        self.plugin = plugin


class FieldConflict(PluginError):
    """Two fields claim one attribute of one record."""


class NoActor(KartotekaError):
    """Records were asked for in a session that was not told who acts."""


class Refused(KartotekaError):
    """The rules forbid what a person asked for; the text is shown to the person."""


class Rejected(Refused):
    """A rule of the business refuses a change; `field` names the field to mend, if there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class AlreadyRunning(Rejected):
    """Only one job of this kind may run; `job_id` is the one there is, if the person sees it."""

    def __init__(self, message: str, job_id: int | None = None) -> None:
        super().__init__(message)
        self.job_id = job_id


class Invalid(Refused):
    """Values that do not pass their checks, with a sentence for each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors: dict[str, str] = dict(errors)


class NotAllowed(Refused):
    """The person has no right to a record or an act; `field` names the field that caused it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Merged(NotAllowed):
    """The record is one with another one now: whoever asks for it is sent there."""

    def __init__(self, message: str, entity: str, record_id: int, kept_id: int) -> None:
        super().__init__(message)
        self.entity = entity
        self.record_id = record_id
        self.kept_id = kept_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """One field that two people changed: where both began, what each wants."""

    name: str
    base: Any
    theirs: Any
    mine: Any


class EditConflict(Refused):
    """Somebody saved the record after this person had opened it."""

    def __init__(self, clashes: tuple[Clash, ...], version: int, by: str = "") -> None:
        super().__init__("The record was changed by somebody else while you were editing it.")
        self.clashes = clashes
        self.version = version
        self.by = by
