"""The peers of our import, each in a process of its own: they import a slice of the same list.

They write one flat table without history, search, account or look-alikes, and the time of their
server is not counted, so the comparison favours them. django-import-export is no dependency of
ours: it gets an environment of its own in the folder of the benchmark.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

#: A row costs a peer the same however many there are.
SLICE = 3_000
_WANTED = ("django>=5.2,<5.3", "django-import-export>=4.4,<4.5", "openpyxl", "phonenumbers",
           "psycopg[binary]")  # fmt: skip
_BOTH = """
import json, re, sys, time
import phonenumbers

heads = {"Код": "code", "Наименование": "name", "Форма": "legal_form", "ИНН": "tax_id",
         "Отрасль": "industry", "Размер": "size_class", "Интерес": "interest", "Адрес": "address",
         "Телефон": "phone", "Моб. телефон": "mobile", "E-mail": "email", "Сайт": "website",
         "Режим работы": "working_hours", "Мин. заказ": "min_order", "Примечание": "note"}
sizes = ["A", "B", "C"]
interests = ["Низкая", "Средняя", "Высокая"]


def phones(value):
    found = []
    for piece in re.split("[;,]", str(value)):
        try:
            number = phonenumbers.parse(piece.strip(), "RU")
        except phonenumbers.NumberParseException:
            raise ValueError("no phone")
        if not phonenumbers.is_possible_number(number):
            raise ValueError("no phone")
        found.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return ", ".join(found)


def site(value):
    return value if "://" in str(value) else f"https://{value}"


path, given = sys.argv[1:3]
"""
_DJANGO = (
    _BOTH
    + """
import django
from django.conf import settings

settings.configure(DATABASES={"default": json.loads(given)}, INSTALLED_APPS=["import_export"],
                   DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
django.setup()
from django.db import connection, models
from import_export import fields, resources, widgets
from import_export.formats.base_formats import XLSX
from import_export.instance_loaders import CachedInstanceLoader


def text(length, **more):
    return models.CharField(max_length=length, null=True, blank=True, **more)


class Client(models.Model):
    code = text(80, db_index=True)
    name = models.CharField(max_length=255, db_index=True)
    legal_form, tax_id, industry = text(80), text(12, db_index=True), text(120)
    size_class = text(1, choices=[(s, s) for s in sizes])
    interest = text(20, choices=[(i, i) for i in interests])
    address, phone, mobile = text(500), text(200, db_index=True), text(200, db_index=True)
    email = models.EmailField(null=True, blank=True, db_index=True)
    website = models.URLField(null=True, blank=True)
    working_hours = text(200)
    min_order = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    note = models.TextField(null=True, blank=True)

    class Meta:
        app_label = "import_export"
        db_table = "peer_client"


class Phones(widgets.CharWidget):
    def clean(self, value, row=None, **more):
        return phones(value) if value else None


class Site(widgets.CharWidget):
    def clean(self, value, row=None, **more):
        return site(value) if value else None


class Amount(widgets.DecimalWidget):
    def clean(self, value, row=None, **more):
        try:
            return super().clean(value, row, **more)
        except ArithmeticError:
            raise ValueError("no number")


kinds = {"phone": Phones, "mobile": Phones, "website": Site, "min_order": Amount}
columns = {
    name: fields.Field(attribute=name, column_name=head,
                       widget=kinds.get(name, widgets.CharWidget)())
    for head, name in heads.items()
}


class Meta:
    model = Client
    fields = tuple(columns)
    import_id_fields = ("code",)
    instance_loader_class = CachedInstanceLoader
    use_bulk = True
    batch_size = 1000
    skip_diff = True
    clean_model_instances = True


Resource = type("Resource", (resources.ModelResource,), {**columns, "Meta": Meta})
with connection.schema_editor() as editor:
    editor.create_model(Client)
begun, clock = time.process_time(), time.perf_counter()
with open(path, "rb") as file:
    data = XLSX().create_dataset(file.read())
done = Resource().import_data(data, dry_run=False, use_transactions=True)
spent = [time.process_time() - begun, time.perf_counter() - clock]
assert not done.has_errors(), done.row_errors()[:1]
print(json.dumps([*spent, Client.objects.count()]))
"""
)
_MARSHMALLOW = (
    _BOTH
    + """
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from python_calamine import load_workbook
from sqlalchemy import Numeric, String, Text, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


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


def checked(work):
    def convert(value):
        try:
            return work(value)
        except ValueError as error:
            raise ValidationError(str(error))
    return convert


class Phone(fields.Field):
    def _deserialize(self, value, attr, data, **more):
        return checked(phones)(value)


class Site(fields.Url):
    def _deserialize(self, value, attr, data, **more):
        return super()._deserialize(site(value), attr, data, **more)


class Row(Schema):
    class Meta:
        unknown = EXCLUDE

    code = fields.Str(validate=validate.Length(max=80))
    name = fields.Str(required=True, validate=validate.Length(max=255))
    legal_form = fields.Str(validate=validate.Length(max=80))
    tax_id = fields.Str(validate=validate.Regexp(r"\\d{10}(\\d\\d)?$"))
    industry = fields.Str(validate=validate.Length(max=120))
    size_class = fields.Str(validate=validate.OneOf(sizes))
    interest = fields.Str(validate=validate.OneOf(interests))
    address = fields.Str(validate=validate.Length(max=500))
    phone = Phone()
    mobile = Phone()
    email = fields.Email()
    website = Site()
    working_hours = fields.Str(validate=validate.Length(max=200))
    min_order = fields.Decimal(places=2)
    note = fields.Str()


engine = create_engine(given)
Base.metadata.create_all(engine)
begun, clock = time.process_time(), time.perf_counter()
rows = iter(load_workbook(path).get_sheet_by_index(0).to_python())
names = [heads[head] for head in next(rows)]
schema, wrong = Row(), 0
with Session(engine) as session:
    for cells in rows:
        row = {
            name: int(cell) if isinstance(cell, float) and name in ("phone", "mobile") else cell
            for name, cell in zip(names, cells) if cell != ""
        }
        try:
            values = schema.load(row)
        except ValidationError:
            wrong += 1
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
    spent = [time.process_time() - begun, time.perf_counter() - clock]
    print(json.dumps([*spent, session.scalar(select(func.count(Client.id)))]))
"""
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """What a peer needs for a slice.

    Args:
        cpu: seconds of its process; those of a server are not counted.
        rows: how many it kept.
        why_not: why it could not be measured.
    """

    name: str
    cpu: float = 0.0
    elapsed: float = 0.0
    rows: int = 0
    why_not: str = ""


def django_import_export(folder: Path, url: str, path: Path) -> Peer:
    """Import the slice by django-import-export in bulk mode, as it reads workbooks by itself."""
    name = "django-import-export, bulk"
    python = folder / "peer-environment" / "bin" / "python"
    if (
        not python.exists()
        or _call(python, "-c", "import import_export, openpyxl, phonenumbers")[1]
    ):
        venv.create(python.parents[1], with_pip=True)
        _said, error = _call(python, "-m", "pip", "install", "--quiet", *_WANTED)
        if error:
            return Peer(name=name, why_not=f"it can not be installed: {error}")
    place = make_url(url)
    given: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": place.database}
    if place.get_backend_name() == "postgresql":
        given = {
            "ENGINE": "django.db.backends.postgresql", "NAME": place.database,
            "USER": place.username or "", "PASSWORD": place.password or "",
            "HOST": place.query.get("host", place.host or ""),
            "PORT": place.query.get("port", place.port or ""),
        }  # fmt: skip
    return _measured(name, python, _DJANGO, str(path), json.dumps(given))


def marshmallow(url: str, path: Path) -> Peer:
    """Import the slice row by row: a marshmallow schema, the ORM of SQLAlchemy, calamine."""
    return _measured(
        "marshmallow + ORM, by rows", Path(sys.executable), _MARSHMALLOW, str(path), url
    )


def _measured(name: str, python: Path, script: str, path: str, given: str) -> Peer:
    said, error = _call(python, "-W", "ignore", "-c", script, path, given)
    if error:
        return Peer(name=name, why_not=f"it failed: {error}")
    cpu, elapsed, rows = json.loads(said.splitlines()[-1])
    return Peer(name=name, cpu=cpu, elapsed=elapsed, rows=rows)


def _call(python: Path, *given: str) -> tuple[str, str]:
    """Return what a program said, and the last line of its complaint when it failed."""
    done = subprocess.run([python, *given], capture_output=True, text=True, timeout=1800)
    if not done.returncode:
        return done.stdout, ""
    lines = done.stderr.strip().splitlines()
    return done.stdout, lines[-1] if lines else f"exit code {done.returncode}"


__all__ = ["SLICE", "Peer", "django_import_export", "marshmallow"]
