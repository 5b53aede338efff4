"""The ways deals of the demo take through the pipeline, and how long each stage lasts."""

from __future__ import annotations

_TO_CONTRACT = ("new", "collecting", "offer_sent", "interest", "approval")
_SHORT = ("new", "offer_sent", "approval")

#: Under way and not yet won.
OPEN = (
    ("new",),
    ("new", "collecting"),
    ("new", "collecting", "offer_sent"),
    ("new", "offer_sent"),
    ("new", "collecting", "interest"),
    ("new", "collecting", "offer_sent", "interest"),
    _TO_CONTRACT,
    _SHORT,
    ("new", "will_call_back", "new", "collecting", "offer_sent"),
)
#: Won and not yet completed.
RUNNING = (
    (*_TO_CONTRACT, "signed"),
    (*_SHORT, "signed", "paid"),
    (*_TO_CONTRACT, "signed", "paid", "execution"),
    (*_SHORT, "signed", "execution"),
)
DONE = (
    (*_TO_CONTRACT, "signed", "paid", "execution", "completed"),
    (*_SHORT, "signed", "execution", "paid", "completed"),
    (*_SHORT, "signed", "paid", "completed"),
    ("new", "collecting", "offer_sent", "no_money", "offer_sent", "approval", "signed", "paid",
     "execution", "completed"),
)  # fmt: skip
DEFERRED = (
    ("new", "will_call_back"),
    ("new", "collecting", "will_call_back"),
    ("new", "collecting", "offer_sent", "no_money"),
    ("new", "collecting", "offer_sent", "interest", "no_money"),
)
LOST = (
    ("new", "refused_not_needed"),
    ("new", "collecting", "refused_not_needed"),
    ("new", "collecting", "offer_sent", "refused_price"),
    ("new", "offer_sent", "refused_price"),
    ("new", "collecting", "offer_sent", "refused_elsewhere"),
    (*_TO_CONTRACT, "refused_elsewhere"),
    (*_TO_CONTRACT, "refused_price"),
)
#: Least and most days in a stage before the next one.
DAYS = {
    "new": (0, 2), "collecting": (1, 8), "offer_sent": (2, 16), "interest": (2, 15),
    "approval": (3, 24), "signed": (1, 9), "paid": (1, 5), "execution": (5, 30),
    "will_call_back": (90, 190), "no_money": (120, 300),
}  # fmt: skip
