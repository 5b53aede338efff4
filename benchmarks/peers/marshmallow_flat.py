"""A marshmallow schema and the ORM of SQLAlchemy, row by row, into one flat table.

    python -m benchmarks.peers.marshmallow_flat LIST URL

It leaves out contact points, history, search and look-ups by phone and e-mail.
"""

from __future__ import annotations

import json
import sys

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from python_calamine import load_workbook
from sqlalchemy import Numeric, String, Text, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.peers.list_cells import HEADS, INTERESTS, SIZES, phones, site
from benchmarks.peers.spending import Spending


class Base(DeclarativeBase):
    pass


def text(length, **more):
    return mapped_column(String(length), **more)


class Client(Base):
    __tablename__ = "peer_client"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str | None] = text(80, index=True)
    name: Mapped[str] = text(255, index=True)
    legal_form: Mapped[str | None] = text(80)
    tax_id: Mapped[str | None] = text(12, index=True)
    industry: Mapped[str | None] = text(120)
    size_class: Mapped[str | None] = text(1)
    interest: Mapped[str | None] = text(20)
    address: Mapped[str | None] = text(500)
    phone: Mapped[str | None] = text(200, index=True)
    mobile: Mapped[str | None] = text(200, index=True)
    email: Mapped[str | None] = text(254, index=True)
    website: Mapped[str | None] = text(200)
    working_hours: Mapped[str | None] = text(200)
    min_order: Mapped[float | None] = mapped_column(Numeric(18, 2))
    note: Mapped[str | None] = mapped_column(Text)


class Phone(fields.Field):
    def _deserialize(self, value, attr, data, **more):
        try:
            return ", ".join(whole for _typed, whole in phones(value))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Site(fields.Url):
    def _deserialize(self, value, attr, data, **more):
        return super()._deserialize(site(value), attr, data, **more)


class Row(Schema):
    class Meta:
        unknown = EXCLUDE

    code = fields.Str(validate=validate.Length(max=80))
    name = fields.Str(required=True, validate=validate.Length(max=255))
    legal_form = fields.Str(validate=validate.Length(max=80))
    tax_id = fields.Str(validate=validate.Regexp(r"\d{10}(\d\d)?$"))
    industry = fields.Str(validate=validate.Length(max=120))
    size_class = fields.Str(validate=validate.OneOf(SIZES))
    interest = fields.Str(validate=validate.OneOf(INTERESTS))
    address = fields.Str(validate=validate.Length(max=500))
    phone = Phone()
    mobile = Phone()
    email = fields.Email()
    website = Site()
    working_hours = fields.Str(validate=validate.Length(max=200))
    min_order = fields.Decimal(places=2)
    note = fields.Str()


path, url = sys.argv[1:3]
engine = create_engine(url)
Base.metadata.create_all(engine)
with Session(engine) as session:
    driver = session.connection().connection.driver_connection
    is_server = engine.dialect.name == "postgresql"
    spending = Spending(driver.info.backend_pid if is_server else 0)
    rows = iter(load_workbook(path).get_sheet_by_index(0).to_python())
    names = [HEADS[head] for head in next(rows)]
    schema = Row()
    for cells in rows:
        row = {name: cell for name, cell in zip(names, cells, strict=True) if cell != ""}
        try:
            values = schema.load(row)
        except ValidationError:
            continue
        known = None
        if values.get("code"):
            known = session.scalar(select(Client).where(Client.code == values["code"]))
        elif values.get("tax_id"):
            known = session.scalars(select(Client).where(Client.tax_id == values["tax_id"])).first()
        if known is None:
            session.add(Client(**values))
        else:
            for name, value in values.items():
                setattr(known, name, value)
        session.flush()
    session.commit()
    spent = spending.so_far()
    print(json.dumps({**spent, "clients": session.scalar(select(func.count(Client.id)))}))
