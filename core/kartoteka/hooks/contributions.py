"""What a plugin hands to the framework: one frozen dataclass for each kind of contribution.

Every class takes keywords only and new fields come with defaults, so a plugin written for an
older release keeps working. Codes are stable for ever, titles may change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, field as dataclass_field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from kartoteka.criteria.tree import Tree
from kartoteka.i18n import Text, _

StageKind = Literal["open", "deferred", "won", "delivery", "done", "lost"]
Act = Literal["list", "show", "add", "edit", "delete"]
ALL_ACTS: tuple[Act, ...] = ("list", "show", "add", "edit", "delete")
READ: tuple[Act, ...] = ("list", "show")
EVERYBODY: Mapping[str, Sequence[Act]] = {
    "director": ALL_ACTS,
    "curator": ALL_ACTS,
    "manager": ALL_ACTS,
    "assistant": ("list", "show", "add", "edit"),
}
REFERENCE: Mapping[str, Sequence[Act]] = {
    "director": ALL_ACTS,
    "curator": ("list", "show", "add", "edit"),
    "manager": READ,
    "assistant": READ,
}
#: Rows are added and stay as they are.
LEDGER: Mapping[str, Sequence[Act]] = dict.fromkeys(EVERYBODY, (*READ, "add"))
READ_ONLY: Mapping[str, Sequence[Act]] = dict.fromkeys(EVERYBODY, READ)
HEADS: Mapping[str, Sequence[Act]] = {"director": ALL_ACTS, "curator": READ}


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One configuration key of a plugin, checked when the application starts."""

    name: str
    kind: type[Any]
    default: Any = None
    required: bool = False
    help: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginInfo:
    """The plugin's description of itself; read before any of its hooks is called.

    Args:
        name: stable code; prefix of its fields, tables, settings and commands.
        requires_core: versions of kartoteka it works with, such as `>=0.1,<1`.
        requires: plugins that must be listed before it.
        migrations: package with its Alembic revisions; empty when it owns no schema.
        translations: folder beside its `plugin.py` with compiled catalogues, if it has any.
    """

    name: str
    title: Text
    version: str
    requires_core: str
    requires: Sequence[str] = ()
    settings: Sequence[Setting] = ()
    migrations: str = ""
    translations: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """A kind of record that gets screens, REST, rights, search and history.

    Args:
        code: stable code: address of its screens (`/<code>/list/`) and REST (`/api/v1/<code>/`).
        model: mapped class (subclass of `Record`).
        label: column shown wherever the record is referred to.
        menu: menu category; empty keeps it off the menu.
        rights: acts allowed to each role from the start.
        order: name of the field a list is sorted by; `-` before it means descending.
        parent: reference field through which the record belongs to another one's page.
        addable: False when only services make such records.
    """

    code: str
    model: type[Any]
    title: Text
    plural: Text
    label: str = "name"
    menu: str = ""
    icon: str = "fa-table"
    weight: int = 100
    rights: Mapping[str, Sequence[Act]] = field(default_factory=lambda: EVERYBODY)
    order: str = ""
    parent: str = ""
    addable: bool = True
    empty: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldGroup:
    """A block of fields on forms and cards."""

    code: str
    title: Text
    weight: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldStep:
    """The step at which this business expects a field that somebody else declared.

    Args:
        entity: code of the entity.
        field: name of its field; not one that is computed.
        step: 1 is the minimum, 2 and 3 come later; 0: never asked for.
        step_for: values of other fields with which the step holds, as in `Field`; empty: always.
    """

    entity: str
    field: str
    step: int
    step_for: Mapping[str, Sequence[Any]] = dataclass_field(
        default_factory=dict[str, Sequence[Any]]
    )

    @property
    def code(self) -> str:
        """One business says once where a field belongs."""
        return f"{self.entity}.{self.field}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage of a pipeline.

    Args:
        kind: open, deferred (comes back on a recheck date), won, delivery, done or lost.
        color: CSS colour of the stage.
        requires: deal fields that must be filled to enter.
        max_days: a deal that stays longer is overdue; None for no limit.
        next: codes of stages a deal may move to; None for any.
        recheck_days: deferred only: proposed days until the recheck date.
        lost_reasons: lost only: codes of reasons that may be given; empty for any.
    """

    code: str
    title: Text
    kind: StageKind = "open"
    color: str = "#64748b"
    requires: Sequence[str] = ()
    max_days: int | None = None
    next: Sequence[str] | None = None
    recheck_days: int = 180
    lost_reasons: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """The stages a kind of deal goes through, in order; a new deal starts in the first."""

    code: str
    title: Text
    stages: Sequence[Stage]


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityKind:
    """A kind of entry in the history of cooperation."""

    code: str
    title: Text
    icon: str = "fa-circle"
    is_contact: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class DmuRole:
    """A role in a decision-making unit; `required` when every DMU needs somebody in it."""

    code: str
    title: Text
    required: bool = False
    weight: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A row put into a reference table by `kartoteka db upgrade`: a source, a lost reason."""

    code: str
    title: Text


class SourceItem(Listed):
    """A way by which clients come."""

    __slots__ = ()


class LostReasonItem(Listed):
    """A reason for which clients leave and deals are lost."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorItem:
    """Something measured about regions."""

    code: str
    title: Text
    section: Literal["economy", "society", "politics", "infrastructure", "market"]
    unit: Text = ""
    fresh_months: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Norm:
    """How often something should be done, with its numbers; staff may change them.

    A norm about clients names a fact that counts days: a client for whom it is above `most` stands
    in the queue of its manager, with the reason. A norm about people has a `subject` that the core
    measures: `calls_per_day`, `calls_per_day_new_seller`, `clients_in_list`, `share_of_contacts`.
    Other subjects are only shown.

    Args:
        subject: what the norm counts: days between calls, months between data refreshes …
        least, most: bounds; None for no bound.
        unit: what the bounds are measured in.
        about: criteria of the clients it is for; None: all.
        fact: code of the fact whose days may not be above `most`; empty: a norm about people.
        reason: why to call now, with `%(value)s` days found and `%(most)s` allowed.
        never: why, when there is no value: it was never done.
    """

    code: str
    title: Text
    subject: str = ""
    least: float | None = None
    most: float | None = None
    unit: Text = ""
    about: Tree | None = None
    fact: str = ""
    reason: Text = ""
    never: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Records that belong together: counted, listed, and named on their cards.

    Args:
        code: stable code; a plugin's starts with `<plugin>_`.
        criteria: which records; of the criteria language.
        description: a sentence on what it is good for.
        entity: code of the entity whose records they are.
    """

    code: str
    title: Text
    criteria: Tree
    description: Text = ""
    entity: str = "client"


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A role of staff. `reach`: whose records it sees."""

    code: str
    title: Text
    reach: Literal["all", "department", "own"] = "own"


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A Flask-AppBuilder view and its menu entry; an empty menu keeps it off the menu.

    The class derives from `kartoteka.api.PageView` or `kartoteka.api.EntityView`.
    """

    view: type[Any]
    title: Text
    menu: str = ""
    icon: str = "fa-circle"
    weight: int = 100
    roles: Sequence[str] = ("director", "curator", "manager", "assistant")

    @property
    def code(self) -> str:
        """Two views of one name would hide each other."""
        return self.view.__name__


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A menu entry that leads to an address instead of a view."""

    code: str
    title: Text
    href: str
    menu: str
    icon: str = "fa-link"
    weight: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class MenuCategory:
    """A heading in the navigation."""

    code: str
    title: Text
    weight: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A block on a record's page or on the home page (`place="home"`).

    Args:
        place: code of the entity whose page shows it, or `home`.
        data: runs when the page opens; its result fills `template`.
        permission: code of a permission the reader needs; empty for none.
        late: the block of a record's page is fetched once the page stands, so that what it costs
            keeps nobody waiting.
    """

    code: str
    title: Text
    template: str
    data: Callable[[Session, Any], Mapping[str, Any]]
    place: str = "client"
    weight: int = 100
    permission: str = ""
    late: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """A button over one record or over the selected rows of a list.

    `run` gets the session and the records, does its work in the transaction of the request and
    returns a sentence for the person. An action that must ask first has a `page` instead: the
    address of a page that gets the chosen records as `ids=1,2,3`.

    With `many` it is also a mass action: offered where many records are changed, for the ticked
    rows or the whole filter, and run by a job with some hundred records at a time. Where `run`
    refuses, it is called with each record by itself, so that the others are done.

    Args:
        place: code of the entity whose records it is for.
        confirm: what is asked before it is done.
        permission: code of a `Permission` the person needs; empty for none.
        many: it is a mass action too.
    """

    code: str
    title: Text
    run: Callable[[Session, Sequence[Any]], str] | None = None
    page: str = ""
    place: str = "client"
    confirm: Text = ""
    icon: str = "fa-bolt"
    permission: str = ""
    many: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """A right that no entity implies, and the roles that have it from the start."""

    code: str
    title: Text
    roles: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A style sheet (.css) or script (.js) from the plugin's static folder, on every page."""

    path: str

    @property
    def code(self) -> str:
        """The path names the asset."""
        return self.path


@dataclass(frozen=True, kw_only=True, slots=True)
class RowStyle:
    """How one row of a list is marked: a CSS colour, the reason in words, and a shape.

    Not everybody tells colours apart: `mark` is one sign, as ★, shown before the name on `paint`
    (a light CSS colour; default: `color`). Of several plugins the first with a colour and the first
    with a mark are shown.
    """

    color: str
    hint: Text = ""
    mark: str = ""
    paint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoBase:
    """A realistic base for `kartoteka demo <code>`.

    `build` gets a system session and keywords: clients (int), seed (int), password (str).
    `language` is that of its records and its staff.
    `plugins` names further plugins that are shown with it.
    """

    code: str
    title: Text
    build: Callable[..., None]
    language: str = "en"
    plugins: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class JobArgument:
    """One value a job is started with: a key of its JSON object, checked before it is kept.

    Args:
        kind: str, int, float, bool, list or dict.
        choices: the values that are possible; empty for any.
    """

    name: str
    kind: type[Any] = str
    default: Any = None
    required: bool = False
    choices: Sequence[Any] = ()
    help: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Long work that runs in a worker and is shown with its progress on the screen of jobs.

    Args:
        code: stable code; a plugin's starts with `<plugin>.`.
        run: does the work; gets a `JobContext`, returns a sentence, a `JobResult` or None.
        arguments: what it is started with; anything else is refused.
        check: raises `Invalid` or `Rejected` when the values do not fit together.
        at_most_one: how many may wait or run at once: any number (empty), one in all
            (`firm`), one for each person (`person`), one with the same values (`arguments`).
        schedule: five words of cron in the time zone of the firm (`30 3 * * *`); empty for none.
        roles: who may start it on screen and by REST; the system and Admin always may.
        permission: code of a `Permission` that whoever starts it must hold too; empty for none.
        as_system: works with all rows whoever asked; otherwise with the rights of who asked.
    """

    code: str
    title: Text
    run: Callable[[Any], Any]
    arguments: Sequence[JobArgument] = ()
    check: Callable[[Session, Mapping[str, Any]], None] | None = None
    at_most_one: Literal["", "firm", "person", "arguments"] = ""
    schedule: str = ""
    roles: Sequence[str] = ()
    permission: str = ""
    as_system: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class JobResult:
    """What came of a job: a sentence for people, values for programs, a file to download.

    `file` is a path that `JobContext.file` gave.
    """

    words: str = ""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    file: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordChange:
    """A record about to be written; `old` is empty when the record is new."""

    record: Any
    entity: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordWritten:
    """A record that was just written; the transaction is still open.

    `client_ids`: the client itself, or those the record belongs to and belonged to before.
    """

    entity: str
    record_id: int
    action: Literal["create", "update", "delete"]
    client_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that has happened and is committed. Carries ids, never live records."""

    user_id: int | None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordSaved(Event):
    """A record was created, updated or deleted."""

    entity: str
    record_id: int
    action: Literal["create", "update", "delete"]
    fields: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DealMoved(Event):
    """A deal changed its stage."""

    deal_id: int
    client_id: int
    pipeline: str
    old: str | None
    new: str
    kind: StageKind


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientsHandedOver(Event):
    """Clients got another responsible manager."""

    client_ids: Sequence[int]
    new_owner_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class JobEnded(Event):
    """A job is over; `user_id` is who asked for it."""

    job_id: int
    kind: str
    state: Literal["done", "failed", "cancelled"]


CORE_ROLES = (
    Role(code="director", title=_("Director"), reach="all"),
    Role(code="curator", title=_("Curator (head of department)"), reach="department"),
    Role(code="manager", title=_("Manager"), reach="own"),
    Role(code="assistant", title=_("Assistant"), reach="own"),
)
