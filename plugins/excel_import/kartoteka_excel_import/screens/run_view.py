"""The list of all imports; each opens where the wizard left it."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from kartoteka.api import EntityView, access, expose


class ImportRunView(EntityView):
    """Imports as a list with filters; the wizard is the page of one."""

    entity_code = "excel_import_run"

    @expose("/show/<int:pk>")
    @access("show")
    def show(self, pk: int) -> ResponseReturnValue:
        """Go to the page of an import."""
        return redirect(url_for("ImportView.show", pk=pk))


__all__ = ["ImportRunView"]
