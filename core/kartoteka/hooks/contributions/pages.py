"""What people see and press: pages, menu entries, panels, actions, marks of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from kartoteka.hooks.contributions.records import Act
from kartoteka.i18n import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A Flask-AppBuilder view and its menu entry; an empty menu keeps it off the menu.

    The class derives from `kartoteka.api.PageView` or `kartoteka.api.EntityView`.
    """

    view: type[Any]
    title: Text
    menu: str = ""
    icon: str = "fa-circle"
    weight: int = 100
    roles: Sequence[str] = ("director", "curator", "manager", "assistant")

    @property
    def code(self) -> str:
        """Two views of one name would hide each other."""
        return self.view.__name__


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A menu entry that leads to an address instead of a view.

    Args:
        entity: only for those who may list records of this entity; empty: for everybody.
    """

    code: str
    title: Text
    href: str
    menu: str
    icon: str = "fa-link"
    weight: int = 100
    entity: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MenuCategory:
    """A heading in the navigation."""

    code: str
    title: Text
    weight: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A block on a record's page or on the home page (`place="home"`).

    Args:
        place: code of the entity whose page shows it, or `home`.
        data: runs when the page opens; its result fills `template`.
        permission: code of a permission the reader needs; empty for none.
        late: the block of a record's page is fetched once the page stands, so that what it costs
            keeps nobody waiting.
    """

    code: str
    title: Text
    template: str
    data: Callable[[Session, Any], Mapping[str, Any]]
    place: str = "client"
    weight: int = 100
    permission: str = ""
    late: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """A button over one record or over the selected rows of a list.

    `run` gets the session and the records, does its work in the transaction of the request and
    returns a sentence for the person. An action that must ask first has a `page` instead: the
    address of a page that gets the chosen records as `ids=1,2,3`.

    With `many` it is also a mass action: offered where many records are changed, for the ticked
    rows or the whole filter, and run by a job with some hundred records at a time. Where `run`
    refuses, it is called with each record by itself, so that the others are done.

    Args:
        place: code of the entity whose records it is for.
        confirm: what is asked before it is done.
        permission: code of a `Permission` the person needs; empty for none.
        act: what the person must be allowed to do with records of `place`, such as `edit`; empty
            for nothing.
        many: it is a mass action too.
        final: what it does can not be taken back, as what is sent or deleted; whoever starts it
            for many records is told so before.
    """

    code: str
    title: Text
    run: Callable[[Session, Sequence[Any]], str] | None = None
    page: str = ""
    place: str = "client"
    confirm: Text = ""
    icon: str = "fa-bolt"
    permission: str = ""
    act: Act | Literal[""] = ""
    many: bool = False
    final: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactWay:
    """A button beside every phone or address of clients and people: to call, to write, to open.

    Args:
        kinds: codes of the kinds of contact points it is for, such as phone, mobile, email.
        address: gets a contact point, returns the address the button leads to; empty for no button
            beside this one. Numbers that do not work are never asked about.
        post: the address does something, as ringing a phone: the button sends a POST to it.
        main: the number itself leads there too, instead of to `tel:` or `mailto:`.
        permission: code of a permission the reader needs; empty for none.
    """

    code: str
    title: Text
    kinds: Sequence[str]
    address: Callable[[Any], str]
    icon: str = "fa-phone-volume"
    post: bool = False
    main: bool = False
    permission: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A style sheet (.css) or script (.js) from the plugin's static folder, on every page."""

    path: str

    @property
    def code(self) -> str:
        """The path names the asset."""
        return self.path


@dataclass(frozen=True, kw_only=True, slots=True)
class RowStyle:
    """How one row of a list is marked: a CSS colour, the reason in words, and a shape.

    Not everybody tells colours apart: `mark` is one sign, as ★, shown before the name on `paint`
    (a light CSS colour; default: `color`). Of several plugins the first with a colour and the first
    with a mark are shown. `reason` says why, in a sentence; the page of a client shows it beside.
    """

    color: str
    hint: Text = ""
    mark: str = ""
    paint: str = ""
    reason: Text = ""
