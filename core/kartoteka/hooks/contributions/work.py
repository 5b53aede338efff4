"""How a firm works: pipelines, kinds of entry, reference rows, norms, segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kartoteka.criteria.tree import Tree
from kartoteka.i18n import Text

StageKind = Literal["open", "deferred", "won", "delivery", "done", "lost"]


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
    """A kind of entry in the history of cooperation.

    Args:
        is_contact: whether such an entry counts as a contact with the client.
        key: the letter (a to z) that opens the form with this kind on the pages of clients and
            deals; empty for none. Of two kinds with one letter the first has it.
    """

    code: str
    title: Text
    icon: str = "fa-circle"
    is_contact: bool = True
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DmuRole:
    """A role in a decision-making unit; `required` when every DMU needs somebody in it."""

    code: str
    title: Text
    required: bool = False


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
