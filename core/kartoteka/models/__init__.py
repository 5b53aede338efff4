"""The tables of the core, and nothing but tables."""

from kartoteka.models.change import Change
from kartoteka.models.client import (
    Client,
    ClientCompetitor,
    ClientSource,
    Competitor,
    LostReason,
    Source,
)
from kartoteka.models.consent import Consent
from kartoteka.models.contact import Contact, ContactPoint, Employment
from kartoteka.models.deal import Deal, Product, StageChange, StageSetting
from kartoteka.models.dmu import Dmu, DmuMember, DmuRelation
from kartoteka.models.document import Document, DocumentSending, DocumentVersion, StoredFile
from kartoteka.models.intake import IntakeRequest, IntakeSite
from kartoteka.models.job import StartedJob
from kartoteka.models.letter import LetterLine, StaffLetter
from kartoteka.models.money import Contract, Purchase
from kartoteka.models.norm import NormSetting
from kartoteka.models.notification import Notification, NotificationSetting
from kartoteka.models.people import Department, EndedLogin, Staff
from kartoteka.models.record import Base, OfClient, Owned, Record, Scoped, Searchable
from kartoteka.models.region import Indicator, IndicatorValue, Region, RegionNote
from kartoteka.models.region_map import RegionMap, RegionShape
from kartoteka.models.removal import DuplicatePair, Removal
from kartoteka.models.view import DefaultView, SavedView
from kartoteka.models.work import Activity, Task

__all__ = [
    "Activity", "Base", "Change", "Client", "ClientCompetitor", "ClientSource", "Competitor",
    "Consent", "Contact", "ContactPoint", "Contract", "Deal", "DefaultView", "Department", "Dmu",
    "DmuMember", "DmuRelation", "Document", "DocumentSending", "DocumentVersion", "DuplicatePair",
    "Employment", "EndedLogin", "Indicator", "IndicatorValue", "IntakeRequest", "IntakeSite",
    "LetterLine", "LostReason", "NormSetting", "Notification", "NotificationSetting", "OfClient",
    "Owned", "Product", "Purchase", "Record", "Region", "RegionMap", "RegionNote", "RegionShape",
    "Removal", "SavedView", "Scoped", "Searchable", "Source", "Staff", "StaffLetter", "StageChange",
    "StageSetting", "StartedJob", "StoredFile", "Task",
]  # fmt: skip
