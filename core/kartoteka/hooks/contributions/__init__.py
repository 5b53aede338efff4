"""What a plugin hands to the framework: one frozen dataclass for each kind of contribution.

Every class takes keywords only and new fields come with defaults, so a plugin written for an
older release keeps working. Codes are stable for ever, titles may change.
"""

from kartoteka.hooks.contributions.happenings import (
    ClientsHandedOver,
    DealMoved,
    Event,
    JobEnded,
    RecordChange,
    RecordSaved,
    RecordWritten,
)
from kartoteka.hooks.contributions.jobs import (
    Job,
    JobArgument,
    JobResult,
)
from kartoteka.hooks.contributions.matching import Matcher
from kartoteka.hooks.contributions.notices import Notice, NotificationKind
from kartoteka.hooks.contributions.pages import (
    Action,
    Asset,
    ContactWay,
    Link,
    MenuCategory,
    Panel,
    RowStyle,
    View,
)
from kartoteka.hooks.contributions.plugin import (
    DemoBase,
    PluginInfo,
    Setting,
)
from kartoteka.hooks.contributions.records import (
    ALL_ACTS,
    CORE_ROLES,
    EVERYBODY,
    HEADS,
    LEDGER,
    READ,
    READ_ONLY,
    REFERENCE,
    Act,
    Entity,
    FieldGroup,
    FieldStep,
    Permission,
    Role,
)
from kartoteka.hooks.contributions.work import (
    ActivityKind,
    DmuRole,
    IndicatorItem,
    Listed,
    LostReasonItem,
    Norm,
    Pipeline,
    Segment,
    SourceItem,
    Stage,
    StageKind,
)

__all__ = [
    "ALL_ACTS",
    "CORE_ROLES",
    "EVERYBODY",
    "HEADS",
    "LEDGER",
    "READ",
    "READ_ONLY",
    "REFERENCE",
    "Act",
    "Action",
    "ActivityKind",
    "Asset",
    "ClientsHandedOver",
    "ContactWay",
    "DealMoved",
    "DemoBase",
    "DmuRole",
    "Entity",
    "Event",
    "FieldGroup",
    "FieldStep",
    "IndicatorItem",
    "Job",
    "JobArgument",
    "JobEnded",
    "JobResult",
    "Link",
    "Listed",
    "LostReasonItem",
    "Matcher",
    "MenuCategory",
    "Norm",
    "Notice",
    "NotificationKind",
    "Panel",
    "Permission",
    "Pipeline",
    "PluginInfo",
    "RecordChange",
    "RecordSaved",
    "RecordWritten",
    "Role",
    "RowStyle",
    "Segment",
    "Setting",
    "SourceItem",
    "Stage",
    "StageKind",
    "View",
]
