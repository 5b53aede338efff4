"""The wizard: a file, its table, its columns, how to import, what will happen, what came of it.

Each step has an address of its own, so going back and reloading are safe: only POST changes
something, and an import that was begun can not be begun again.
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, cast

from flask import abort, current_app, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from kartoteka.api import (
    Invalid,
    PageView,
    Refused,
    Rejected,
    Unreadable,
    _,
    access,
    db,
    expose,
    get,
    gettext,
    registry_of,
    settings_of,
)
from kartoteka_excel_import.mapping.guess import guess
from kartoteka_excel_import.mapping.plan import Plan, plan_of
from kartoteka_excel_import.mapping.remembered import recalled, remember
from kartoteka_excel_import.models import ENTITY, ImportRun
from kartoteka_excel_import.reading.shapes import Wish
from kartoteka_excel_import.running import start, uploads
from kartoteka_excel_import.running.rejected import write_rejected
from kartoteka_excel_import.screens import (
    held_page,
    listed,
    mapping_form,
    options_form,
    preview_page,
    rest_of_held,
    result_page,
    steps,
    text_choices,
    undone_page,
)
from kartoteka_excel_import.screens.kept_look import fresh_look, kept_look, said
from kartoteka_excel_import.screens.looking import Look, wish_of
from kartoteka_excel_import.workbooks.lists import lists_of
from kartoteka_excel_import.workbooks.writing import write_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LATEST = 20
MEGABYTE = 1024 * 1024
#: From the last one what stayed is tried once more.
_UNDONE_FROM = frozenset({"done", "failed", "cancelled", "undone"})


class ImportView(PageView):
    """Import of lists, step by step."""

    route_base = "/import"
    title = _("Import")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Ask for a file; show the latest imports and the ready workbooks."""
        session = db()
        uploads.demand_right(session)
        runs, waiting = listed.latest(session, LATEST)
        return self.render(
            "excel_import/index.html", steps=steps.steps_of(None, "index"),
            largest=uploads.most_bytes(session) // MEGABYTE,
            workbooks=lists_of(registry_of(session)).values(),
            is_too_large="too_large" in request.args,
            runs=runs, waiting=waiting,
            keep_days=settings_of(session, "excel_import")["keep_days"],
        )  # fmt: skip

    @expose("/upload", methods=["POST"])
    @access("use")
    def upload(self) -> ResponseReturnValue:
        """Keep a file and go to its table."""
        session = db()
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            return self._wrong(gettext("Choose a file first."))
        try:
            run = uploads.keep(session, _folder(), sent.filename, cast("BinaryIO", sent.stream))
        except Rejected as error:
            session.rollback()
            return self._wrong(str(error))
        try:
            seen = fresh_look(session, uploads.path_of(_folder(), run), run.file_name, wish_of({}))
            self._plan(run, seen, said(wish_of({}), seen.layout))
        except Unreadable as error:
            uploads.path_of(_folder(), run).unlink(missing_ok=True)
            session.rollback()
            return self._wrong(str(error))
        session.commit()
        return redirect(url_for("ImportView.table", pk=run.id))

    @expose("/<int:pk>/table", methods=["GET", "POST"])
    @access("use")
    def table(self, pk: int) -> ResponseReturnValue:
        """Show the beginning of the file; let sheet, heads and encoding be chosen otherwise."""
        run = self._open(pk)
        if not isinstance(run, ImportRun):
            return run
        kept = plan_of(run.plan) if run.plan else None
        asked = wish_of(request.values)
        if request.method == "GET" and not request.args and kept is not None:
            asked = kept.wish
        if request.method == "POST" and kept is not None and kept.wish == asked:
            return redirect(url_for("ImportView.columns", pk=pk))
        error = ""
        try:
            seen = self._look(run, asked)
        except Unreadable as refusal:
            error = str(refusal)
            seen = self._look(run, wish_of({}))
        if request.method == "POST" and not error:
            self._plan(run, seen, asked)
            db().commit()
            return redirect(url_for("ImportView.columns", pk=pk))
        return self._page(
            "table", run, seen=seen, asked=asked, error=error,
            encodings=text_choices.encodings(seen), delimiters=text_choices.delimiters(seen),
            before=uploads.imported_before(db(), run),
        )  # fmt: skip

    @expose("/<int:pk>/columns", methods=["GET", "POST"])
    @access("use")
    def columns(self, pk: int) -> ResponseReturnValue:
        """Show which column fills which field, and let it be chosen otherwise."""
        run = self._open(pk)
        if not isinstance(run, ImportRun):
            return run
        session = db()
        if not run.plan:
            return redirect(url_for("ImportView.table", pk=pk))
        plan = plan_of(run.plan)
        seen = self._look(run, plan.wish)
        errors: dict[str, str] = {}
        if request.method == "POST":
            try:
                wanted = mapping_form.chosen(session, plan, seen, request.form)
                if wanted != plan:
                    run.plan = wanted.as_json()
                    steps.uncheck(run)
                remember(session, seen.layout, wanted)
                session.commit()
                return redirect(url_for("ImportView.options", pk=pk))
            except Invalid as error:
                session.rollback()
                run = self._run(pk)
                errors = dict(error.errors)
        shown = mapping_form.columns_of(plan, seen, errors, request.form)
        page = self._page(
            "columns", run, seen=seen, columns=shown, groups=mapping_form.groups_of(session),
            errors=errors, more=max(0, len(seen.layout.heads) - len(shown)),
            is_recalled=mapping_form.is_as_last_time(plan),
        )  # fmt: skip
        return page, 400 if errors else 200

    @expose("/<int:pk>/options", methods=["GET", "POST"])
    @access("use")
    def options(self, pk: int) -> ResponseReturnValue:
        """Ask how to import, then let the file be checked."""
        run = self._open(pk)
        if not isinstance(run, ImportRun):
            return run
        session = db()
        if not run.plan:
            return redirect(url_for("ImportView.table", pk=pk))
        plan = plan_of(run.plan)
        errors: dict[str, str] = {}
        if request.method == "POST":
            try:
                wanted = options_form.chosen(session, plan, request.form)
                run.plan = wanted.as_json()
                run.mode = wanted.mode
                start.start_check(session, run)
                session.commit()
                return redirect(url_for("ImportView.check", pk=pk))
            except Invalid as error:
                session.rollback()
                run = self._run(pk)
                errors = dict(error.errors)
        page = self._page(
            "options", run, plan=plan, errors=errors, form=options_form.form_of(session, plan),
            groups=mapping_form.groups_of(session),
        )  # fmt: skip
        return page, 400 if errors else 200

    @expose("/<int:pk>/again", methods=["POST"])
    @access("use")
    def again(self, pk: int) -> ResponseReturnValue:
        """Check once more, with the country or the treatment of bad cells that a button says."""
        run = self._open(pk)
        if not isinstance(run, ImportRun):
            return run
        session = db()
        if not run.plan:
            return redirect(url_for("ImportView.table", pk=pk))
        try:
            wanted = options_form.chosen_again(plan_of(run.plan), request.form)
        except Invalid as error:
            return _told(str(error), url_for("ImportView.options", pk=pk))
        run.plan = wanted.as_json()
        start.start_check(session, run)
        session.commit()
        return redirect(url_for("ImportView.check", pk=pk))

    @expose("/<int:pk>/check")
    @access("use")
    def check(self, pk: int) -> ResponseReturnValue:
        """Show what would happen to the rows; nothing is written yet."""
        run = self._run(pk)
        if run.state in {"checking", "deciding"}:
            return self._page("checking", run, here="check")
        if run.state != "checked":
            if steps.is_open(run) and run.error:
                return self._page("checking", run, here="check")
            return redirect(url_for(f"ImportView.{steps.reached_by(run)}", pk=pk))
        found = preview_page.preview_page(
            db(), run, request.args.get("show", ""), request.args.get("page", "")
        )
        return self._page("check", run, found=found)

    @expose("/<int:pk>/held", methods=["POST"])
    @access("use")
    def held(self, pk: int) -> ResponseReturnValue:
        """Keep what a person decided about a page of rows that are held back."""
        session = db()
        run = self._run(pk)
        refusal = held_page.decided(db(), run, request.form)
        if not refusal:
            session.commit()
        if request.form.get("quiet"):
            return {"wrong": refusal, **held_page.said_of(session, run)}
        to = url_for(
            "ImportView.check", pk=pk, show="possible", _anchor="rows",
            page=request.form.get("go") or request.form.get("page", ""),
        )  # fmt: skip
        return _told(refusal, to)

    @expose("/<int:pk>/rest", methods=["POST"])
    @access("use")
    def rest(self, pk: int) -> ResponseReturnValue:
        """Decide about all held rows that are left, or take that back."""
        session = db()
        run = self._run(pk)
        try:
            said = rest_of_held.done(session, run, request.form)
            session.commit()
        except Refused as error:
            session.rollback()
            return _told(str(error), _held_address(pk))
        if said:
            flash(said, "success")
        return redirect(_held_address(pk))

    @expose("/<int:pk>/run", methods=["POST"])
    @access("use")
    def run(self, pk: int) -> ResponseReturnValue:
        """Begin the import; a second click leads to the one that runs."""
        session = db()
        run = self._run(pk)
        # The button stands below the rows that are decided about, and sends them along.
        has_rows = run.state == "checked" and "row" in request.form
        refusal = held_page.decided(session, run, request.form) if has_rows else ""
        if refusal:
            return _told(refusal, _held_address(pk))
        if run.state == "checked" or steps.may_go_on(run):
            start.start_run(session, run)
            session.commit()
        return redirect(url_for("ImportView.show", pk=pk))

    @expose("/<int:pk>")
    @access("use")
    def show(self, pk: int) -> ResponseReturnValue:
        """Show how far an import is, and what came of it."""
        run = self._run(pk)
        reached = steps.reached_by(run)
        if reached != "show":
            return redirect(url_for(f"ImportView.{reached}", pk=pk))
        if run.state == "undone":
            found = undone_page.undone_page(db(), run, request.args)
            return self._page("undone", run, here="show", found=found)
        return self._page("show", run, found=result_page.result_page(db(), run, request.args))

    @expose("/<int:pk>/rejected")
    @access("use")
    def rejected(self, pk: int) -> ResponseReturnValue:
        """Download the rows that were not taken, with the reasons."""
        session = db()
        run = self._run(pk)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "rejected.xlsx"
            write_rejected(session, run, path)
            held = BytesIO(path.read_bytes())
        name = gettext("not imported - %(list)s", list=Path(run.file_name).stem) + ".xlsx"
        return send_file(held, XLSX, as_attachment=True, download_name=name)

    @expose("/<int:pk>/undo", methods=["POST"])
    @access("use")
    def undo(self, pk: int) -> ResponseReturnValue:
        """Take an import back."""
        session = db()
        run = self._run(pk)
        if run.state in _UNDONE_FROM:
            start.start_undo(session, run)
            session.commit()
        return redirect(url_for("ImportView.show", pk=pk))

    @expose("/ready/<code>")
    @access("use")
    def ready(self, code: str) -> ResponseReturnValue:
        """Download a ready workbook in the language of the person."""
        session = db()
        wanted = lists_of(registry_of(session)).get(code)
        if wanted is None:
            abort(404)
        held = BytesIO()
        write_workbook(session, wanted, held)
        held.seek(0)
        return send_file(held, XLSX, as_attachment=True, download_name=f"{code}.xlsx")

    def _run(self, pk: int) -> ImportRun:
        """Return an import as it stands, also when its job ended without a word."""
        session = db()
        uploads.demand_right(session)
        run: ImportRun = get(session, ENTITY, pk)
        if run.state in start.BUSY:
            if request.method == "GET":
                # A page that is only looked at writes nothing, so what is settled stays here.
                session.expunge(run)
            start.settle(session, [run])
        return run

    def _open(self, pk: int) -> ImportRun | ResponseReturnValue:
        """Return an import whose settings can be changed; else the way to where it stands."""
        run = self._run(pk)
        if steps.is_open(run):
            return run
        return redirect(url_for(f"ImportView.{steps.reached_by(run)}", pk=pk))

    def _look(self, run: ImportRun, wish: Wish) -> Look:
        return kept_look(db(), uploads.path_of(_folder(), run), run.file_name, wish)

    def _plan(self, run: ImportRun, seen: Look, asked: Wish) -> None:
        """Plan a list as it was read before, else as its heads and values speak for."""
        session = db()
        kept = plan_of(run.plan) if run.plan else Plan()
        known = recalled(session, seen.layout)
        if known is None:
            if not seen.first:
                path = uploads.path_of(_folder(), run)
                seen = fresh_look(session, path, run.file_name, asked)
            columns = guess(session, seen.layout, seen.first).columns
        else:
            columns = mapping_form.as_last_time(known)
        # Of the last time only the columns are taken: what is done with the rows is said anew.
        run.plan = replace(kept, wish=asked, columns=columns).as_json()
        steps.uncheck(run)

    def _wrong(self, sentence: str) -> ResponseReturnValue:
        return self.back(sentence, url_for("ImportView.index"), "danger")

    def _page(self, template: str, run: ImportRun, here: str = "", **context: Any) -> str:
        title = gettext("Import of %(file)s", file=run.file_name)
        return self.render(
            f"excel_import/{template}.html", run=run, title=title,
            steps=steps.steps_of(run, here or template), is_open=steps.is_open(run), **context,
        )  # fmt: skip


def _folder() -> Path:
    return uploads.folder_of(current_app.extensions["kartoteka"].config)


def _held_address(pk: int) -> str:
    return url_for("ImportView.check", pk=pk, show="possible", page="open", _anchor="rows")


def _told(refusal: str, to: str) -> ResponseReturnValue:
    """Go to a page of the wizard, down to its rows, with what was refused if anything was."""
    if refusal:
        flash(refusal, "danger")
    return redirect(to)


__all__ = ["ImportView"]
