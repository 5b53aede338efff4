"""Everything a plugin may import. What is not here is not promised to stay."""

from kartoteka.access.actor import Actor, Way
from kartoteka.access.scope import actor_of, as_system, unscoped
from kartoteka.cli.context import with_reading, with_session
from kartoteka.config import Config
from kartoteka.criteria.document import read as read_criteria, write as write_criteria
from kartoteka.criteria.facts import Ask, Fact, Parameter, Tally
from kartoteka.criteria.sql import Joined
from kartoteka.criteria.tree import (
    Condition,
    Group,
    Operand,
    Tree,
    all_of,
    any_of,
    fact_is,
    field_is,
    none_of,
)
from kartoteka.db.bulk import BulkLoad, bulk_connection, put_aside
from kartoteka.db.search import rebuilt_after, text_of
from kartoteka.db.session import settings_of
from kartoteka.errors import (
    AlreadyRunning,
    ConfigError,
    EditConflict,
    FieldConflict,
    Invalid,
    KartotekaError,
    NotAllowed,
    PluginError,
    Refused,
    Rejected,
    Unreadable,
)
from kartoteka.fields.agreement import Agreement, broken, not_before
from kartoteka.fields.field import Field, currency, field, fields_of, key_column
from kartoteka.fields.kinds import (
    Choice,
    Choices,
    Currency,
    Day,
    DecimalNumber,
    Email,
    Integer,
    Kind,
    LongText,
    Moment_ as DateTime,
    Money,
    Percent,
    Phone,
    Reading,
    Reference,
    TaxId,
    Text_ as Text,
    Url,
    YesNo,
)
from kartoteka.fields.plain_phones import plain_phone
from kartoteka.fields.text import digits, fold
from kartoteka.fields.types import CodeSet, Exact, Moment, now
from kartoteka.history.log import changes_of, write as write_history
from kartoteka.hooks.concerning import concerns
from kartoteka.hooks.contributions import (
    ALL_ACTS,
    EVERYBODY,
    HEADS,
    LEDGER,
    READ,
    READ_ONLY,
    REFERENCE,
    Action,
    ActivityKind,
    Asset,
    ClientsHandedOver,
    ContactWay,
    DealMoved,
    DemoBase,
    DmuRole,
    Entity,
    Event,
    FieldGroup,
    FieldStep,
    IndicatorItem,
    Job,
    JobArgument,
    JobEnded,
    JobResult,
    Link,
    LostReasonItem,
    Matcher,
    MenuCategory,
    Norm,
    Notice,
    NotificationKind,
    Panel,
    Permission,
    Pipeline,
    PluginInfo,
    RecordChange,
    RecordSaved,
    RecordWritten,
    Role,
    RowStyle,
    Segment,
    Setting,
    SourceItem,
    Stage,
    View,
)
from kartoteka.hooks.contributions.reports import (
    ALL as WHOLE,
    Chart,
    Derived,
    Figure,
    Given,
    Grid,
    Listing,
    Plain,
    Report,
    Rows,
    Share,
    Span,
)
from kartoteka.hooks.hookspecs import hookimpl, hookspec
from kartoteka.i18n import in_language, translations_of_all
from kartoteka.jobs.context import JobContext
from kartoteka.jobs.stopping import JobCancelled, JobStopped
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.clients import PossibleDuplicate, possible_duplicates
from kartoteka.matching.key_holders import KeyHolder, holders_of_keys
from kartoteka.matching.known_names import KnownNames
from kartoteka.matching.names import normal_name, normal_names
from kartoteka.models import (
    Activity,
    Base,
    Change,
    Client,
    ClientCompetitor,
    ClientSource,
    Competitor,
    Consent,
    Contact,
    ContactPoint,
    Contract,
    Deal,
    Department,
    Dmu,
    DmuMember,
    DmuRelation,
    Document,
    DocumentSending,
    DocumentVersion,
    Employment,
    Indicator,
    IndicatorValue,
    LostReason,
    OfClient,
    Owned,
    Product,
    Purchase,
    Record,
    Region,
    RegionNote,
    Scoped,
    Searchable,
    Source,
    Staff,
    StageChange,
    StartedJob,
    Task,
)
from kartoteka.models.catalog import current as current_registry, use as use_registry
from kartoteka.plugin_texts import _, gettext, ngettext
from kartoteka.reports.ask import ReportAsk, who_asks
from kartoteka.rest.model_api import ModelApi
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.services import consents, criteria
from kartoteka.services.contact_lists import taken_apart
from kartoteka.services.deals import move_deal, next_stages, stage_history, stages_of
from kartoteka.services.derived import completeness, refresh_search
from kartoteka.services.documents import (
    add_version as add_document_version,
    contents_of as document_contents,
    send as send_document,
    upload as upload_document,
)
from kartoteka.services.events import emit
from kartoteka.services.filtering import Filter
from kartoteka.services.handover import hand_over
from kartoteka.services.handover_plan import Taker, takers
from kartoteka.services.import_halves import Halves
from kartoteka.services.import_links import find as links_meant
from kartoteka.services.import_mapping import (
    POINT_WORDS,
    Target as ImportTarget,
    column_pairs,
    target_for as import_target_for,
)
from kartoteka.services.jobs import cancel_job, start_job
from kartoteka.services.listing import Page, Query, fetch
from kartoteka.services.many import collector_waits, create_many, delete_many, update_many
from kartoteka.services.mass_undo import TakenBack, take_back
from kartoteka.services.notices import notify
from kartoteka.services.past_acts import written_by
from kartoteka.services.permissions import holds
from kartoteka.services.records import (
    create,
    delete,
    editable_fields,
    get,
    labels,
    may,
    registry_of,
    update,
    visible_fields,
)
from kartoteka.services.region_names import RegionNames
from kartoteka.services.sheet_file import Sheet
from kartoteka.services.sheet_pipe import write as write_sheet
from kartoteka.services.staff import add_user
from kartoteka.services.totals import refresh_contacts, refresh_purchases

__all__ = [
    "ALL_ACTS", "EVERYBODY", "HEADS", "LEDGER", "POINT_WORDS", "READ", "READ_ONLY", "REFERENCE",
    "WHOLE", "Action", "Activity", "ActivityKind", "Actor", "Agreement", "AlreadyRunning", "Ask",
    "Asset", "Base", "BulkLoad", "Candidate", "Change", "Chart", "Choice", "Choices", "Client",
    "ClientCompetitor", "ClientSource", "ClientsHandedOver", "CodeSet", "Competitor", "Condition",
    "Config", "ConfigError", "Consent", "Contact", "ContactPoint", "ContactWay", "Contract",
    "Currency", "DateTime", "Day", "Deal", "DealMoved", "DecimalNumber", "DemoBase", "Department",
    "Derived", "Dmu", "DmuMember", "DmuRelation", "DmuRole", "Document", "DocumentSending",
    "DocumentVersion", "EditConflict", "Email", "Employment", "Entity", "EntityView", "Event",
    "Exact", "Fact", "Field", "FieldConflict", "FieldGroup", "FieldStep", "Figure", "Filter",
    "Given", "Grid", "Group", "Halves", "ImportTarget", "Indicator", "IndicatorItem",
    "IndicatorValue", "Integer", "Invalid", "Job", "JobArgument", "JobCancelled", "JobContext",
    "JobEnded", "JobResult", "JobStopped", "Joined", "KartotekaError", "KeyHolder", "Kind",
    "KnownNames", "Link", "Listing", "LongText", "LostReason", "LostReasonItem", "Matcher",
    "MenuCategory", "ModelApi", "Moment", "Money", "Norm", "NotAllowed", "Notice",
    "NotificationKind", "OfClient", "Operand", "Owned", "Page", "PageView", "Panel", "Parameter",
    "Percent", "Permission", "Phone", "Pipeline", "Plain", "PluginError", "PluginInfo",
    "PossibleDuplicate", "Product", "Purchase", "Query", "Reading", "Record", "RecordChange",
    "RecordSaved", "RecordWritten", "Reference", "Refused", "Region", "RegionNames", "RegionNote",
    "Rejected", "Report", "ReportAsk", "Role", "RowStyle", "Rows", "Scoped", "Searchable",
    "Segment", "Setting", "Share", "Sheet", "Source", "SourceItem", "Span", "Staff", "Stage",
    "StageChange", "StartedJob", "TakenBack", "Taker", "Tally", "Task", "TaxId", "Text", "Tree",
    "Unreadable", "Url", "View", "Way", "YesNo", "_", "access", "actor_of", "add_document_version",
    "add_user", "all_of", "any_of", "as_system", "broken", "bulk_connection", "cancel_job",
    "changes_of", "collector_waits", "column_pairs", "completeness", "concerns", "consents",
    "create", "create_many", "criteria", "currency", "current_registry", "db", "delete",
    "delete_many", "digits", "document_contents", "editable_fields", "emit", "expose", "fact_is",
    "fetch", "field", "field_is", "fields_of", "fold", "get", "gettext", "hand_over",
    "holders_of_keys", "holds", "hookimpl", "hookspec", "import_target_for", "in_language",
    "key_column", "labels", "links_meant", "may", "move_deal", "next_stages", "ngettext", "none_of",
    "normal_name", "normal_names", "not_before", "notify", "now", "plain_phone",
    "possible_duplicates", "put_aside", "read_criteria", "rebuilt_after", "refresh_contacts",
    "refresh_purchases", "refresh_search", "registry_of", "send_document", "settings_of",
    "stage_history", "stages_of", "start_job", "take_back", "taken_apart", "takers", "text_of",
    "translations_of_all", "unscoped", "update", "update_many", "upload_document", "use_registry",
    "visible_fields", "who_asks", "with_reading", "with_session", "write_criteria", "write_history",
    "write_sheet", "written_by",
]  # fmt: skip
