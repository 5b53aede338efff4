"""The board of deals: the list of deals by stage, with its filters, searches and views.

Addresses; what is shown is named as in the address of the list (`?q=`, `?f=`, `?view=`), beside it
`pipeline=` and `closed=`, the days for which closed deals are shown:

    /deal/board          the page
    /deal/board/column   further cards of the column `stage=`, behind the row `after=`
    /deal/board/fresh    totals of the columns `stages=a,b`, and the card of the deal `card=`

Cards are moved by `/deal/move/<id>`, as from the page of a deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, get_template_attribute, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.app import kartoteka
from kartoteka.errors import Invalid, Rejected
from kartoteka.i18n import _
from kartoteka.models import Deal
from kartoteka.screens import list_address, lists, view_tabs
from kartoteka.screens.card_words import Words
from kartoteka.screens.deal_cards import DealCard, cards_of
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.list_address import Asked
from kartoteka.screens.page_view import access, expose
from kartoteka.screens.requests import db, reading
from kartoteka.screens.view_tabs import Tabs
from kartoteka.services import board as boards, deals
from kartoteka.services.board import CLOSED_DAYS, Board, Column
from kartoteka.services.deals import StageView
from kartoteka.services.selection import Selection

#: Parts of the address that are not those of a list.
OWN = ("pipeline", "closed", "stage", "stages", "after", "card")
_COOKIE = "board_deal"
#: Orders offered on a board; each is one of the list too.
ORDERS = (
    ("", _("Next step")),
    ("-amount", _("Amount")),
    ("stage_since", _("Longest in the stage")),
    ("-opened_at", _("Newest")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A column as the page shows it; `next`: codes a deal may move on to, None for all."""

    column: Column
    total: str
    sums: Sequence[str]
    cards: Sequence[DealCard]
    more: str
    all: str
    next: Sequence[str] | None

    @property
    def view(self) -> StageView:
        """The stage as staff named it."""
        return self.column.view


class BoardPages(EntityView):
    """The board beside the list of deals."""

    list_template = "kartoteka/deal/list.html"

    @expose("/board")
    @access("list")
    def board(self) -> ResponseReturnValue:
        """Show the deals of a pipeline by stage."""
        session = db()
        pipelines = list(kartoteka().registry.pipelines.values())
        asked, tabs, meant = self._asked(session)
        bar = lists.without_rows(session, self.entity, asked)
        found, errors = Board(columns=(), elsewhere=0), list(bar.errors)
        if meant.pipeline and asked.is_readable:
            try:
                found = boards.board(session, meant)
            except Invalid as error:
                errors += lists.sentences_of(session, self.entity, error)
        columns = self._columns(session, asked, meant, found)
        page = self.render(
            "kartoteka/deal/board.html", listing=bar, tabs=tabs, errors=errors, meant=meant,
            columns=columns, elsewhere=found.elsewhere, pipelines=pipelines, orders=ORDERS,
            count=sum(one.total.count for one in found.columns), closed_days=CLOSED_DAYS,
            hidden_ones=self._list_of(asked, meant, ""),
        )  # fmt: skip
        answer = make_response(page, 400 if errors else 200)
        if {"pipeline", "closed"} & set(request.args):
            answer.set_cookie(
                _COOKIE, f"{meant.closed_days}.{meant.pipeline}", path="/deal/board",
                max_age=400 * 24 * 3600, httponly=True, samesite="Lax",
                secure=kartoteka().config.https_only,
            )  # fmt: skip
        return answer

    @expose("/board/column")
    @access("list")
    def board_column(self) -> ResponseReturnValue:
        """Return further cards of a column."""
        session = db()
        asked, _tabs, meant = self._asked(session)
        views = deals.stages_of(session, meant.pipeline) if meant.pipeline else []
        code = request.args.get("stage", views[0].stage.code if views else "")
        view = next((one for one in views if one.stage.code == code), None)
        if view is None:
            abort(404)
        page = boards.more(session, meant, view.stage, asked.after)
        cards = cards_of(session, page.records, views)
        return jsonify({
            "cards": "".join(self._card(card) for card in cards),
            "more": self._more(asked, meant, code, page.next),
        })  # fmt: skip

    @expose("/board/fresh")
    @access("list")
    def board_fresh(self) -> ResponseReturnValue:
        """Return totals and one card as they are now; the card is empty when it is not shown."""
        session = db()
        _list, _tabs, meant = self._asked(session)
        views = deals.stages_of(session, meant.pipeline) if meant.pipeline else []
        codes = [view.stage.code for view in views]
        wanted = request.args.get("stages", "")[:2000].split(",")
        number = request.args.get("card", "")
        card, stage = "", ""
        if number.isdecimal() and len(number) < 10 and boards.holds(session, meant, int(number)):
            deal = session.get_one(Deal, int(number))
            stage = deal.stage
            card = "".join(self._card(one) for one in cards_of(session, [deal], views))
        wanted = [code for code in codes if code in wanted or code == stage or wanted == [""]]
        totals = boards.totals(session, meant, wanted) if wanted else {}
        words = Words(reading())
        return jsonify({
            "totals": {
                code: {"count": one.count, "said": words.number(one.count),
                       "sums": words.amounts(one.sums)}
                for code, one in totals.items()
            },
            "card": card, "stage": stage,
        })  # fmt: skip

    def _asked(self, session: Session) -> tuple[Asked, Tabs, boards.Asked]:
        """Return what the address asks: as a list, its views, and as a board."""
        read = list_address.read(self.entity.code, request.args, "board")
        says_nothing = not set(request.args) - set(OWN)
        asked, tabs = view_tabs.in_force(session, self.entity, read, open_default=says_nothing)
        days, _dot, code = request.cookies.get(_COOKIE, "").partition(".")
        pipelines = kartoteka().registry.pipelines
        named = next((str(f.value) for f in asked.filters if f.field == "pipeline"), "")
        wanted = (request.args.get("pipeline", ""), named, code)
        pipeline = next((one for one in wanted if one in pipelines), next(iter(pipelines), ""))
        days = request.args.get("closed", days)
        closed = next((one for one in CLOSED_DAYS if str(one) == days), CLOSED_DAYS[0])
        query = asked.query()
        chosen = Selection(
            filters=query.filters, search=query.search, order=query.order, criteria=query.criteria
        )
        meant = boards.Asked(pipeline=pipeline, selection=chosen, closed_days=closed)
        if not asked.is_readable and request.endpoint != "deal.board":
            raise Rejected(" ".join(asked.errors))
        return asked, tabs, meant

    def _columns(
        self, session: Session, asked: Asked, meant: boards.Asked, found: Board
    ) -> list[Shown]:
        views = [column.view for column in found.columns]
        every = [deal for column in found.columns for deal in column.deals]
        cards = {card.deal.id: card for card in cards_of(session, every, views)}
        words = Words(reading())
        return [
            Shown(
                column=column, cards=[cards[deal.id] for deal in column.deals],
                total=words.number(column.total.count), sums=words.amounts(column.total.sums),
                more=self._more(asked, meant, column.view.stage.code, column.more),
                all=self._list_of(asked, meant, column.view.stage.code),
                next=column.view.stage.next,
            )
            for column in found.columns
        ]  # fmt: skip

    def _card(self, card: DealCard) -> str:
        draw: Any = get_template_attribute("kartoteka/deal/board_card.html", "draw")
        return str(draw(card, self.may("edit")))

    def _more(self, asked: Asked, meant: boards.Asked, stage: str, after: str) -> str:
        """Return the address of the cards behind those shown; none when all are."""
        if not after:
            return ""
        return asked.address_of(
            "board_column", ("pipeline", meant.pipeline), ("closed", str(meant.closed_days)),
            ("stage", stage), ("after", after),
        )  # fmt: skip

    def _list_of(self, asked: Asked, meant: boards.Asked, stage: str) -> str:
        """Return the address of the list of the deals of a column, or of the whole pipeline."""
        further = [("f", f"pipeline:eq:{meant.pipeline}")] if meant.pipeline else []
        further += [("f", f"stage:eq:{stage}")] if stage else []
        return asked.address_of("list", *further)


__all__ = ["BoardPages", "Shown"]
