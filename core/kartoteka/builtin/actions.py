"""The core's buttons over records, and the rights they need."""

from __future__ import annotations

from kartoteka.builtin import exports
from kartoteka.hooks.contributions import Action, Permission
from kartoteka.i18n import _

HAND_OVER = "hand_over"

PERMISSIONS = (
    Permission(code=HAND_OVER, title=_("Hand clients over"), roles=("director", "curator")),
    exports.PERMISSION,
)

ACTIONS = (
    Action(
        code=HAND_OVER, title=_("Hand over…"), place="client", icon="fa-right-left",
        permission=HAND_OVER, page="/handover/",
    ),
)  # fmt: skip
