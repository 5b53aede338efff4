"""A marshmallow schema and Kartoteka's own records, row by row, through its sessions.

    python -m benchmarks.peers.marshmallow_full FOLDER URL LIST

What the list leaves behind is what Kartoteka writes for any record: contact points, history, search
text with its index, what is derived of a card. The values are read by Kartoteka's own functions. A
row takes one statement to find its client and a flush for the client, one for its points.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from python_calamine import load_workbook
from sqlalchemy import or_, select

from benchmarks.base import SECRET
from benchmarks.import_runs import PLUGINS, Meter
from benchmarks.peers.list_cells import HEADS, INTERESTS, NOTHING, SIZES, site
from kartoteka.access.actor import system
from kartoteka.app import create_app
from kartoteka.config import Config
from kartoteka.fields.contact_values import parse_email, parse_phone, parse_tax_id
from kartoteka.models.client import Client
from kartoteka.models.contact import ContactPoint

#: What a column is called in Kartoteka, where it is another name.
NAMES = {"code": "external_id", "min_order": "wholesale_min_order"}
POINTS = ("phone", "mobile", "email")
CODES = dict(zip(INTERESTS, ("low", "medium", "high"), strict=True))


class Read(fields.Field):
    """A value that a function of Kartoteka reads."""

    def __init__(self, read, **more):
        super().__init__(**more)
        self.read = read

    def _deserialize(self, value, attr, data, **more):
        try:
            return self.read(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


def phones(value):
    """Return the phones of a cell, as typed and normalised."""
    text = str(int(value)) if isinstance(value, float) else value
    if text.strip().lower() in NOTHING:
        return []
    pieces = [piece.strip() for piece in text.replace(";", ",").split(",")]
    return [(piece, parse_phone(piece)) for piece in pieces]


class Row(Schema):
    """A row of the list."""

    class Meta:
        unknown = EXCLUDE

    external_id = fields.Str(validate=validate.Length(max=80))
    name = fields.Str(required=True, validate=validate.Length(max=255))
    legal_form = fields.Str(validate=validate.Length(max=80))
    tax_id = Read(parse_tax_id)
    industry = fields.Str(validate=validate.Length(max=120))
    size_class = fields.Str(validate=validate.OneOf(SIZES))
    interest = fields.Str(validate=validate.OneOf(tuple(CODES.values())))
    address = fields.Str(validate=validate.Length(max=500))
    phone, mobile = Read(phones), Read(phones)
    email = Read(lambda value: [(value, parse_email(value))])
    website = fields.Url(validate=validate.Length(max=500))
    working_hours = fields.Str(validate=validate.Length(max=200))
    wholesale_min_order = fields.Decimal(places=2)
    note = fields.Str()


def known_client(session, values, points):
    """Return the client that has the code, the tax number, a phone or an e-mail of a row."""
    ways = [
        getattr(Client, name) == values[name]
        for name in ("external_id", "tax_id")
        if name in values
    ]
    if points:
        keys = [normalised for _kind, _typed, normalised in points]
        ways.append(
            Client.id.in_(
                select(ContactPoint.client_id).where(ContactPoint.normalised.in_(keys))
            )
        )  # fmt: skip
    return session.scalars(select(Client).where(or_(*ways)).limit(1)).first() if ways else None


def put(session, values, points):
    """Add a client, or fill what is empty of the one that is there; add new points."""
    client = known_client(session, values, points)
    if client is None:
        client, held = Client(**values), set()
        session.add(client)
        session.flush()
    else:
        for name, value in values.items():
            if getattr(client, name) is None:
                setattr(client, name, value)
        asked = select(ContactPoint.normalised).where(ContactPoint.client_id == client.id)
        held = set(session.scalars(asked))
    for kind, typed, normalised in points:
        if normalised not in held:
            held.add(normalised)
            session.add(ContactPoint(client_id=client.id, kind=kind, value=typed))
    session.flush()


def main(folder, url, path):
    """Import the list and print what it took."""
    config = Config(
        folder=Path(folder), database_url=url, plugins=PLUGINS, secret_key=SECRET, language="ru",
        rate_limits=False,
    )  # fmt: skip
    app = create_app(config)
    made = app.extensions["kartoteka"]
    with app.app_context(), made.sessions() as session:
        session.info["actor"] = system("import", "peer")
        session.connection(execution_options={"writes": True})
        meter = Meter(made.engine)
        rejected = 0
        rows = iter(load_workbook(path).get_sheet_by_index(0).to_python())
        names = [NAMES.get(HEADS[head], HEADS[head]) for head in next(rows)]
        schema = Row()
        for cells in rows:
            row = {name: cell for name, cell in zip(names, cells, strict=True) if cell != ""}
            if "website" in row:
                row["website"] = site(row["website"])
            if "interest" in row:
                row["interest"] = CODES.get(row["interest"], row["interest"])
            try:
                values = schema.load(row)
            except ValidationError:
                rejected += 1
                continue
            points = [(kind, *point) for kind in POINTS for point in values.pop(kind, ())]
            put(session, values, points)
        session.commit()
        cost = meter.cost()
    print(json.dumps({"cpu": cost.cpu, "elapsed": cost.elapsed, "rejected": rejected}))


if __name__ == "__main__":
    main(*sys.argv[1:])
