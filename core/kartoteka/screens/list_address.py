"""The address of a list: what it asks for, and how what is asked becomes an address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from kartoteka.criteria import document
from kartoteka.criteria.tree import Group, Tree, all_of
from kartoteka.errors import Invalid
from kartoteka.i18n import gettext
from kartoteka.screens import filters
from kartoteka.services.filtering import Filter, condition_of
from kartoteka.services.listing import PAGE_SIZES, Query

#: Longer criteria are kept in a saved view; browsers and proxies cut longer addresses.
LONGEST_ADDRESS = 6_000


@dataclass(frozen=True, kw_only=True)
class InForce:
    """What a saved view or a segment asks for, under what the address changes of it.

    Args:
        code: as addresses name it: the id of a saved view, the code of a declared segment.
        mine: the person may change it.
    """

    code: str
    name: str
    tree: Tree | None = None
    columns: tuple[str, ...] = ()
    order: str = ""
    search: str = ""
    mine: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address of a list asks for."""

    code: str
    #: The page that shows the records of this address: the list, or another look at it.
    shown_by: str = "list"
    filters: tuple[Filter, ...] = ()
    #: Criteria of the address; they take the place of those of the view in force.
    tree: Tree | None = None
    #: What is chosen of views: empty: nothing, "0": the whole list, else the code of a view.
    view: str = ""
    columns: tuple[str, ...] = ()
    in_force: InForce | None = None
    #: Words of quick search as the address has them; None: it says nothing of them.
    typed: str | None = None
    order: str = ""
    size: int = PAGE_SIZES[0]
    after: str = ""
    before: str = ""
    last: bool = False
    #: Sentences on what in the address can not be understood, and whether rows can be shown.
    errors: tuple[str, ...] = ()
    is_readable: bool = True
    #: Sentences on what the view in force asks for and the list is shown without.
    notices: tuple[str, ...] = ()

    def query(self) -> Query:
        """Return the question for the list service."""
        return Query(
            filters=self.filters, criteria=self.criteria, search=self.search,
            order=self.order or (self.in_force.order if self.in_force else ""), size=self.size,
            after=self.after, before=self.before, last=self.last,
        )  # fmt: skip

    @property
    def search(self) -> str:
        """The words that hold: those of the address, else those of the view."""
        if self.typed is None and self.in_force is not None:
            return self.in_force.search
        return self.typed or ""

    @property
    def criteria(self) -> Tree | None:
        """The criteria that hold: those of the address, else those of the view."""
        if self.tree is None and self.in_force is not None:
            return self.in_force.tree
        return self.tree

    @property
    def whole(self) -> Group:
        """Criteria and simple filters as one tree, as the builder and saved views take them."""
        tree = self.criteria
        if tree is None:
            parts: tuple[Tree, ...] = ()
        else:
            parts = tree.parts if isinstance(tree, Group) and tree.how == "all" else (tree,)
        return all_of(*(condition_of(item) for item in self.filters), *parts)

    @property
    def is_changed(self) -> bool:
        """Say whether the address asks for something else than its view."""
        kept = self.in_force.search if self.in_force is not None else ""
        return bool(self.tree or self.filters or self.order or self.columns or self.search != kept)

    def pairs(self, *, page: bool = False) -> list[tuple[str, str]]:
        """Return the parts of the address that are set; the place in the list only on demand."""
        found = [("f", filters.written(item)) for item in self.filters]
        if self.tree is not None:
            found.append(("c", document.text_of(self.tree)))
        columns = ".".join(self.columns)
        for name, value in (
            ("view", self.view), ("q", self.typed), ("sort", self.order), ("cols", columns)
        ):  # fmt: skip
            if value:
                found.append((name, value))
        if self.typed == "" and self.in_force is not None and self.in_force.search:
            found.append(("q", ""))  # the words of the view are taken away
        if self.size != PAGE_SIZES[0]:
            found.append(("size", str(self.size)))
        if page:
            found += [(n, v) for n, v in (("after", self.after), ("before", self.before)) if v]
            if self.last:
                found.append(("last", "1"))
        return found

    def address(self, *extra: tuple[str, str], page: bool = False, **changes: Any) -> str:
        """Return the address of this list with something changed; it begins at its first page."""
        first = {} if page else {"after": "", "before": "", "last": False}
        asked = replace(self, **{**first, **changes})
        text = urlencode([*asked.pairs(page=True), *extra])
        return f"{self.place}?{text}" if text else self.place

    @property
    def place(self) -> str:
        """The address of the page that shows the records, without what it is asked."""
        return url_for(f"{self.code}.{self.shown_by}")

    def address_of(self, page: str, *extra: tuple[str, str]) -> str:
        """Return the address of a page over this list (`screens.list_pages`)."""
        place, text = url_for(f"{self.code}.{page}"), urlencode([*self.pairs(), *extra])
        return f"{place}?{text}" if text else place


def read(code: str, args: MultiDict[str, str], shown_by: str = "list") -> Asked:
    """Read the address of a list; what it can not mean is named, values are the list service's.

    Args:
        shown_by: the page of its view that was asked.
    """
    found: list[Filter] = []
    errors: list[str] = []
    for text in filter(None, args.getlist("f")):
        item = filters.parse(text)
        if item is None:
            errors.append(
                gettext(
                    "The filter “%(text)s” is not complete: it is written field:operator:value.",
                    text=text[:60],
                )
            )
        else:
            found.append(item)
    tree: Tree | None = None
    if args.get("c"):
        try:
            tree = _tree(args["c"])
        except Invalid as error:
            errors += _named(error)
    is_readable = not errors
    if not args.get("pending"):
        typed = zip(args.getlist("ff"), args.getlist("fo"), args.getlist("fv"), strict=False)
        found += [
            Filter(field=name, op=op, value=value)
            for name, op, value in typed
            if name and op and (value.strip() or op in filters.VALUELESS)
        ]
    size, sizes = args.get("size", ""), [str(one) for one in PAGE_SIZES]
    if size and size not in sizes:
        errors.append(
            gettext(
                "A page can not have “%(size)s” rows. Choose %(sizes)s.",
                size=size[:20], sizes=", ".join(sizes),
            )
        )  # fmt: skip
    return Asked(
        code=code,
        shown_by=shown_by,
        filters=tuple(dict.fromkeys(found)),
        tree=tree,
        view=args.get("view", "")[:60],
        columns=tuple(filter(None, args.get("cols", "")[:2000].split("."))),
        typed=args["q"].strip()[:200] if "q" in args else None,
        order=args.get("sort", "")[:100],
        size=int(size) if size in sizes else PAGE_SIZES[0],
        after=args.get("after", "")[:2000],
        before=args.get("before", "")[:2000],
        last=args.get("last") == "1",
        errors=tuple(errors),
        is_readable=is_readable,
    )


def _tree(text: str) -> Tree | None:
    if len(text) > LONGEST_ADDRESS:
        raise Invalid(
            {"": gettext("These criteria are too long for an address. Save them as a view.")}
        )
    tree = document.read(text)
    return None if isinstance(tree, Group) and tree == all_of() else tree


def _named(error: Invalid) -> list[str]:
    """Return what is wrong with criteria as sentences."""
    lead = gettext("The criteria can not be understood.")
    return [f"{lead} {text}" for text in error.errors.values()]


__all__ = ["LONGEST_ADDRESS", "Asked", "InForce", "read"]
