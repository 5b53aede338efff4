"""The core's buttons over records, and the rights they need."""

from __future__ import annotations

from kartoteka.builtin import exports
from kartoteka.hooks.contributions import Action, Permission
from kartoteka.i18n import _
from kartoteka.services.personal_data import ERASE

HAND_OVER = "hand_over"

PERMISSIONS = (
    Permission(code=HAND_OVER, title=_("Hand clients over"), roles=("director", "curator")),
    exports.PERMISSION,
    Permission(code=ERASE, title=_("Export and erase personal data"), roles=("director",)),
)

ACTIONS = (
    Action(
        code=HAND_OVER, title=_("Hand over…"), place="client", icon="fa-right-left",
        permission=HAND_OVER, page="/handover/",
    ),
    Action(code="merge", title=_("Merge…"), place="client", icon="fa-code-merge",
           act="edit", page="/merge/client/"),
    Action(code="merge_contacts", title=_("Merge…"), place="contact", icon="fa-code-merge",
           act="edit", page="/merge/contact/"),
    Action(code="personal_data", title=_("Personal data…"), place="contact",
           icon="fa-user-shield", permission=ERASE, page="/personal-data/"),
)  # fmt: skip
