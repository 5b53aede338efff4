"""The words the core brings: groups, kinds, roles, sources, reasons, indicators."""

from __future__ import annotations

from kartoteka.hooks.contributions import (
    ActivityKind,
    DmuRole,
    FieldGroup,
    IndicatorItem,
    LostReasonItem,
    MenuCategory,
    SourceItem,
)
from kartoteka.i18n import _

FIELD_GROUPS = (
    FieldGroup(code="main", title=_("Main"), weight=10),
    FieldGroup(code="stage", title=_("Stage"), weight=15),
    FieldGroup(code="value", title=_("Value to us"), weight=20),
    FieldGroup(code="place", title=_("Place"), weight=30),
    FieldGroup(code="codes", title=_("Codes"), weight=35),
    FieldGroup(code="money", title=_("Money"), weight=40),
    FieldGroup(code="flags", title=_("Flags"), weight=50),
    FieldGroup(code="origin", title=_("Where it came from"), weight=55),
    FieldGroup(code="limits", title=_("Limits"), weight=56),
    FieldGroup(code="loss", title=_("Loss"), weight=60),
    FieldGroup(code="note", title=_("Notes"), weight=70),
    FieldGroup(code="responsible", title=_("Responsible"), weight=80),
    FieldGroup(code="record", title=_("Record"), weight=90),
)

MENU = (
    MenuCategory(code="work", title=_("Work"), weight=10),
    MenuCategory(code="clients", title=_("Clients"), weight=20),
    MenuCategory(code="sales", title=_("Sales"), weight=30),
    MenuCategory(code="market", title=_("Market"), weight=40),
    MenuCategory(code="settings", title=_("Settings"), weight=90),
)

ACTIVITY_KINDS = (
    ActivityKind(code="call", title=_("Call"), icon="fa-phone", key="c"),
    ActivityKind(code="meeting", title=_("Meeting"), icon="fa-handshake", key="m"),
    ActivityKind(code="letter", title=_("Letter"), icon="fa-envelope", key="l"),
    ActivityKind(code="message", title=_("Message"), icon="fa-comment", key="s"),
    ActivityKind(code="mailing", title=_("Mailing"), icon="fa-paper-plane", is_contact=False),
    ActivityKind(code="document", title=_("Document"), icon="fa-file", is_contact=False),
    ActivityKind(code="note", title=_("Note"), icon="fa-note-sticky", is_contact=False, key="n"),
    ActivityKind(code="handover", title=_("Handover"), icon="fa-right-left", is_contact=False),
)

DMU_ROLES = (
    DmuRole(code="initiator", title=_("Initiator")),
    DmuRole(code="user", title=_("User")),
    DmuRole(code="influencer", title=_("Influencer")),
    DmuRole(code="decider", title=_("Decider"), required=True),
    DmuRole(code="approver", title=_("Approver")),
    DmuRole(code="buyer", title=_("Buyer"), required=True),
    DmuRole(code="gatekeeper", title=_("Gatekeeper")),
    DmuRole(code="champion", title=_("Champion")),
    DmuRole(code="blocker", title=_("Blocker")),
)

SOURCES = (
    SourceItem(code="internet", title=_("Internet")),
    SourceItem(code="directory", title=_("Directory")),
    SourceItem(code="bought_list", title=_("Bought list")),
    SourceItem(code="acquaintance", title=_("Acquaintance")),
    SourceItem(code="recommendation", title=_("Recommendation")),
    SourceItem(code="advert", title=_("Media advert")),
    SourceItem(code="exhibition", title=_("Exhibition")),
    SourceItem(code="seminar", title=_("Seminar")),
    SourceItem(code="sign", title=_("Sign on the building")),
    SourceItem(code="packaging", title=_("Packaging")),
    SourceItem(code="vehicle", title=_("Advert on a vehicle")),
    SourceItem(code="inbound_call", title=_("Inbound call")),
    SourceItem(code="web_form", title=_("Web form")),
    SourceItem(code="affiliate", title=_("Affiliate")),
)

LOST_REASONS = (
    LostReasonItem(code="not_needed", title=_("Not needed")),
    LostReasonItem(code="chose_elsewhere", title=_("Chose elsewhere")),
    LostReasonItem(code="too_expensive", title=_("Too expensive")),
    LostReasonItem(code="competitor", title=_("Went to a competitor")),
    LostReasonItem(code="bad_service", title=_("Was not satisfied with us")),
    LostReasonItem(code="closed_down", title=_("Closed down")),
    LostReasonItem(code="no_answer", title=_("No longer answers")),
)

INDICATORS = (
    IndicatorItem(code="population", title=_("Population"), section="society",
                  unit=_("people"), fresh_months=24),
    IndicatorItem(code="grp", title=_("Gross regional product"), section="economy",
                  unit=_("million roubles"), fresh_months=36),
    IndicatorItem(code="unemployment", title=_("Unemployment rate"), section="economy",
                  unit="%", fresh_months=24),
    IndicatorItem(code="average_wage", title=_("Average wage"), section="society",
                  unit=_("per month"), fresh_months=18),
    IndicatorItem(code="retail_turnover", title=_("Retail turnover"), section="market",
                  unit=_("million"), fresh_months=24),
    IndicatorItem(code="enterprises", title=_("Enterprises"), section="economy",
                  unit=_("enterprises"), fresh_months=24),
    IndicatorItem(code="road_density", title=_("Road density"), section="infrastructure",
                  unit=_("km per 1000 km²"), fresh_months=60),
    IndicatorItem(code="internet_access", title=_("Households with internet"),
                  section="infrastructure", unit="%", fresh_months=36),
    IndicatorItem(code="election_turnout", title=_("Election turnout"), section="politics",
                  unit="%", fresh_months=72),
)  # fmt: skip
