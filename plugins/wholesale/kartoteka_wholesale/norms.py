"""The norms of a wholesale firm: how often to call, how much work is expected of a seller."""

from __future__ import annotations

from kartoteka.api import Norm, Tree, _, all_of, field_is, none_of

WORKING = none_of(field_is("bankrupt", "eq", True), field_is("left_on", "filled"))
NEVER_CALLED = _("was never called")


def _clients(name: str, code: str) -> Tree:
    """Return the criteria of clients that buy from us or may, of one sort."""
    return all_of(field_is(name, "eq", code), WORKING)


NORMS = (
    Norm(
        code="wholesale_call_key", title=_("Large clients are called"),
        subject="days_between_calls_large", most=14, unit=_("days between calls"),
        about=_clients("size_class", "A"), fact="days_since_call",
        never=NEVER_CALLED,
        reason=_(
            "not called for %(value)s days; large clients are called every %(most)s"
        ),
    ),
    Norm(
        code="wholesale_call_shop", title=_("Shops are called"),
        subject="days_between_calls_shop", most=30, unit=_("days between calls"),
        about=_clients("wholesale_type", "shop"), fact="days_since_call",
        never=NEVER_CALLED,
        reason=_(
            "not called for %(value)s days; shops are called every %(most)s"
        ),
    ),
    Norm(
        code="wholesale_call_manufacturer", title=_("Manufacturers are called"),
        subject="days_between_calls_manufacturer", most=45, unit=_("days between calls"),
        about=_clients("wholesale_type", "manufacturer"), fact="days_since_call",
        never=NEVER_CALLED,
        reason=_(
            "not called for %(value)s days; manufacturers are called every %(most)s"
        ),
    ),
    Norm(
        code="wholesale_fresh_data", title=_("Data of a client are refreshed"),
        subject="days_between_refreshes", most=180, unit=_("days between changes of the card"),
        about=WORKING, fact="days_since_change",
        reason=_("the card is %(value)s days old; data are asked anew every %(most)s days"),
    ),
    Norm(
        code="wholesale_calls_start", title=_("Calls of a seller at the start"),
        subject="calls_per_day_new_seller", least=50, unit=_("calls a day"),
    ),
    Norm(
        code="wholesale_calls", title=_("Calls of any seller"),
        subject="calls_per_day", least=10, unit=_("calls a day"),
    ),
    Norm(
        code="wholesale_list", title=_("List of clients to work from"),
        subject="clients_in_list", least=100, unit=_("clients"),
    ),
    Norm(
        code="wholesale_list_large", title=_("List of clients where orders are small"),
        subject="clients_in_list", least=500, unit=_("clients"),
        about=field_is("size_class", "eq", "C"),
    ),
    Norm(
        code="wholesale_effort", title=_("Effort spent on large clients"),
        subject="share_of_contacts", least=80, unit="%",
        about=field_is("size_class", "eq", "A"),
    ),
)  # fmt: skip
