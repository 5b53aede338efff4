"""The kinds of field: how each is stored, read from what people type, and shown."""

from kartoteka.fields.kinds.choices import Choice, Choices, YesNo
from kartoteka.fields.kinds.kind import PLAIN, Kind, Reading, Widget
from kartoteka.fields.kinds.moments import Day, Moment_
from kartoteka.fields.kinds.numbers import (
    Currency,
    DecimalNumber,
    Integer,
    Money,
    Percent,
    as_grouped,
    as_typed,
    code_apart,
)
from kartoteka.fields.kinds.references import Reference
from kartoteka.fields.kinds.texts import Email, LongText, Phone, TaxId, Text_, Url
from kartoteka.fields.kinds.typed import MAX_INTEGER

__all__ = [
    "MAX_INTEGER", "PLAIN", "Choice", "Choices", "Currency", "Day", "DecimalNumber", "Email",
    "Integer", "Kind", "LongText", "Moment_", "Money", "Percent", "Phone", "Reading", "Reference",
    "TaxId", "Text_", "Url", "Widget", "YesNo", "as_grouped", "as_typed",
    "code_apart",
]  # fmt: skip
