"""The way of a wholesale deal: fourteen stages, from the first call to the delivered order."""

from __future__ import annotations

from kartoteka.api import Pipeline, Stage, _

#: Ways out that are open until the contract is signed.
REFUSALS = ("refused_not_needed", "refused_elsewhere", "refused_price")
WAITING = ("will_call_back", "no_money")
#: Stages whose amount must reach the minimum sale.
WITH_AMOUNT = ("offer_sent", "approval", "signed", "paid", "execution", "completed")

WHOLESALE = Pipeline(
    code="wholesale",
    title=_("Wholesale"),
    stages=(
        Stage(
            code="new", title=_("New"), color="#64748b", max_days=2,
            next=("collecting", "offer_sent", *WAITING, *REFUSALS),
        ),
        Stage(
            code="collecting", title=_("Collecting information"), color="#0ea5e9", max_days=7,
            next=("offer_sent", "interest", *WAITING, *REFUSALS),
        ),
        Stage(
            code="offer_sent", title=_("Offer sent"), color="#6366f1", max_days=14,
            requires=("amount",),
            next=("collecting", "interest", "approval", *WAITING, *REFUSALS),
        ),
        Stage(
            code="interest", title=_("Interest"), color="#8b5cf6", max_days=14,
            requires=("next_step_on",),
            next=("offer_sent", "approval", *WAITING, *REFUSALS),
        ),
        Stage(
            code="approval", title=_("Contract under approval"), color="#d97706", max_days=21,
            requires=("amount", "contact_id"),
            next=("interest", "offer_sent", "signed", *WAITING, *REFUSALS),
        ),
        Stage(
            code="signed", title=_("Contract signed"), kind="won", color="#16a34a", max_days=10,
            requires=("amount", "contact_id"),
            next=("paid", "execution", "refused_elsewhere", "refused_price"),
        ),
        Stage(
            code="paid", title=_("Paid"), kind="won", color="#15803d", max_days=5,
            requires=("amount", "contact_id"), next=("execution", "completed"),
        ),
        Stage(
            code="execution", title=_("In execution"), kind="delivery", color="#0d9488",
            requires=("amount", "contact_id"), max_days=30, next=("paid", "completed"),
        ),
        Stage(
            code="completed", title=_("Completed"), kind="done", color="#065f46",
            requires=("amount", "contact_id"), next=(),
        ),
        Stage(
            code="will_call_back", title=_("Cancelled: will call back"), kind="deferred",
            color="#a16207", recheck_days=180,
            next=("new", "collecting", "offer_sent", "interest", "no_money", *REFUSALS),
        ),
        Stage(
            code="no_money", title=_("No money, but interested"), kind="deferred",
            color="#b45309", recheck_days=365,
            next=("collecting", "offer_sent", "interest", "will_call_back", *REFUSALS),
        ),
        Stage(
            code="refused_not_needed", title=_("Refused: not needed"), kind="lost",
            color="#9f1239", next=("new", "collecting"),
            lost_reasons=("not_needed", "closed_down", "no_answer"),
        ),
        Stage(
            code="refused_elsewhere", title=_("Refused: chose elsewhere"), kind="lost",
            color="#be123c", next=("new", "collecting"),
            lost_reasons=("chose_elsewhere", "bad_service", "wholesale_range",
                          "wholesale_delivery"),
        ),
        Stage(
            code="refused_price", title=_("Refused: too expensive, went to a competitor"),
            kind="lost", color="#e11d48", next=("new", "collecting"),
            lost_reasons=("too_expensive", "competitor", "wholesale_minimum",
                          "wholesale_payment"),
        ),
    ),
)  # fmt: skip
