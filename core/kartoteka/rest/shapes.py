"""Shapes that the OpenAPI document names: of refusals, of acts and what they answer."""

from __future__ import annotations

from typing import Any

from kartoteka.fields.kinds import MAX_INTEGER
from kartoteka.rest.totals import FIGURES

Doc = dict[str, Any]
ID: Doc = {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER}
NAMES: Doc = {
    "type": "object",
    "description": "For each reference: what the records it points at are called, by id.",
    "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
}
PROBLEM: Doc = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "message": {"type": "string", "description": "What is wrong, in the reader's language."},
        "errors": {
            "type": "object",
            "description": "A sentence for each field or parameter.",
            "additionalProperties": {"type": "string"},
        },
        "merged_into": {"type": "integer", "description": "The record that is left of two."},
    },
}
POSSIBLE: Doc = {
    "type": "array",
    "description": "In the answer about a new client: the clients it may be, the surest first. "
    "Of one the person does not see neither id nor name.",
    "items": {
        "type": "object",
        "properties": {
            "client_id": {"type": ["integer", "null"]},
            "name": {"type": "string"},
            "owner_id": {"type": ["integer", "null"]},
            "score": {"type": "number"},
            "same": {"type": "array", "items": {"type": "string"}},
            "similar": {"type": "array", "items": {"type": "string"}},
        },
    },
}
CONFLICT: Doc = {
    "type": "object",
    "required": ["message", "version", "clashes"],
    "properties": {
        "message": {"type": "string"},
        "version": {"type": "integer", "description": "The version of the record now."},
        "by": {"type": "string", "description": "Who changed it."},
        "clashes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "base": {}, "theirs": {}, "mine": {}},
            },
        },
    },
}
MESSAGE: Doc = {"type": "object", "properties": {"message": {"type": "string"}}}
HANDOVER: Doc = {
    "type": "object",
    "required": ["client_ids", "owner_id"],
    "additionalProperties": False,
    "properties": {
        "client_ids": {"type": "array", "items": ID, "minItems": 1, "maxItems": 1000},
        "owner_id": ID,
        "note": {"type": ["string", "null"], "maxLength": 500},
    },
    "examples": [{"client_ids": [1, 2], "owner_id": 3, "note": "Went on leave"}],
}
DONE: Doc = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "result": {"type": ["string", "null"], "maxLength": 500},
        "follow_up": {
            "type": ["string", "null"],
            "maxLength": 500,
            "description": "The next task in one line, a day in it: `tomorrow 10:00 call back`.",
        },
    },
    "examples": [{"result": "Agreed on the price"}],
}
READ: Doc = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "ids": {"type": ["array", "null"], "items": ID, "minItems": 1, "maxItems": 1000,
                "description": "Left out: all."},
    },
    "examples": [{"ids": [7]}],
}  # fmt: skip
TOLD: Doc = {
    "type": "object",
    "required": ["unread", "result"],
    "properties": {
        "unread": {"type": "integer", "description": "Counted to 100."},
        "result": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": ID,
                    "kind": {"type": "string"},
                    "text": {"type": "string", "description": "In the language of who asks."},
                    "at": {"type": "string", "format": "date-time"},
                    "read": {"type": "boolean"},
                    "entity": {"type": "string"},
                    "record_id": {
                        "type": ["integer", "null"],
                        "description": "None where the record is out of sight.",
                    },
                    "count": {"type": "integer"},
                },
            },
        },
    },
}
START: Doc = {
    "type": "object",
    "required": ["kind"],
    "additionalProperties": False,
    "properties": {
        "kind": {"type": "string", "minLength": 1, "maxLength": 60},
        "arguments": {
            "type": ["object", "null"],
            "description": "What the job takes; an export: entity, format, selection, columns, "
            "heads. Which records: filters, search, order, criteria, ids.",
        },
    },
    "examples": [
        {
            "kind": "core.export",
            "arguments": {
                "entity": "client",
                "format": "csv",
                "selection": {"filters": [["size_class", "eq", "A"]], "order": "name"},
            },
        }
    ],
}
NUMBER: Doc = {"type": ["string", "null"], "pattern": r"^-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?$"}
OF_GROUP: Doc = {
    "count": {"type": "integer", "minimum": 0, "description": "All records, with a value or not."},
    "figures": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["field", "currency", "count", *FIGURES],
            "properties": {
                "field": {"type": "string"},
                "currency": {"type": "string", "description": "Empty for plain numbers."},
                "count": {"type": "integer", "minimum": 1, "description": "Those with a value."},
                **dict.fromkeys(FIGURES, NUMBER),
            },
        },
    },
}
TOTALS: Doc = {
    "type": "object",
    "required": ["fields", "whole", "by", "groups"],
    "properties": {
        "fields": {"type": "array", "items": {"type": "string"}},
        "whole": {"type": "object", "required": ["count", "figures"], "properties": OF_GROUP},
        "by": {"type": ["string", "null"]},
        "groups": {
            "type": "array",
            "description": "The largest first.",
            "items": {
                "type": "object",
                "required": ["value", "label", "count", "figures"],
                "properties": {"value": {}, "label": {"type": "string"}, **OF_GROUP},
            },
        },
    },
}
ACTS = ("create", "update", "delete", "merge", "unmerge", "restore", "erase")
HISTORY: Doc = {
    "type": "object",
    "properties": {
        "result": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "at": {"type": "string", "format": "date-time"},
                    "action": {"type": "string", "enum": [*ACTS]},
                    "way": {"type": "string"},
                    "user_id": {"type": ["integer", "null"]},
                    "user": {"type": "string"},
                    "on_behalf_of_id": {"type": ["integer", "null"]},
                    "on_behalf_of": {"type": "string"},
                    "changes": {
                        "type": "object",
                        "additionalProperties": {
                            "type": "object",
                            "properties": {"from": {}, "to": {}},
                        },
                    },
                },
            },
        }
    },
}
DESCRIPTION: Doc = {
    "type": "object",
    "properties": {
        "entity": {"type": "string"},
        "title": {"type": "string"},
        "plural": {"type": "string"},
        "label": {"type": "string"},
        "order": {"type": "string"},
        "acts": {"type": "array", "items": {"type": "string"}},
        "fields": {"type": "object", "additionalProperties": {"type": "object"}},
    },
}
