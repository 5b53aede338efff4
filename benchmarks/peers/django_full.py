"""django-import-export in bulk mode, with all that an import of clients leaves behind.

    python -m benchmarks.peers.django_full LIST DATABASES

Clients, their phones and addresses as rows of their own, the history of both by
django-simple-history, a search text with the index Kartoteka has, and existing clients known by
code, tax number, phone or e-mail. Nothing is asked or written for each row: existing clients are
read before the first, everything is written a thousand rows at a time, the index included.
"""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings

from benchmarks.peers.list_cells import HEADS, INTERESTS, SIZES, phones, site
from benchmarks.peers.spending import Spending

path, given = sys.argv[1:3]
settings.configure(
    DATABASES={"default": json.loads(given)}, USE_TZ=True,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "simple_history",
                    "import_export"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)  # fmt: skip
django.setup()
from django.core.exceptions import ValidationError  # noqa: E402
from django.core.validators import validate_email  # noqa: E402
from django.db import connection, models  # noqa: E402
from import_export import fields, resources, widgets  # noqa: E402
from import_export.formats.base_formats import XLSX  # noqa: E402
from import_export.instance_loaders import BaseInstanceLoader  # noqa: E402
from simple_history.models import HistoricalRecords  # noqa: E402
from simple_history.utils import bulk_create_with_history, bulk_update_with_history  # noqa: E402
from stdnum.ru import inn  # noqa: E402

BATCH = 1000
IS_SERVER = connection.vendor == "postgresql"


def text(length, **more):
    return models.CharField(max_length=length, null=True, blank=True, **more)


class Client(models.Model):
    code = text(80, db_index=True)
    name = models.CharField(max_length=255, db_index=True)
    legal_form, tax_id, industry = text(80), text(12, db_index=True), text(120)
    size_class = text(1, choices=[(s, s) for s in SIZES])
    interest = text(20, choices=[(i, i) for i in INTERESTS])
    address = text(500)
    website = models.URLField(null=True, blank=True)
    working_hours = text(200)
    min_order = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    note = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    search_text = models.TextField(null=True, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["search_text"], user_db_constraint=False)

    class Meta:
        app_label = "import_export"
        db_table = "peer_client"


class Point(models.Model):
    client = models.ForeignKey(Client, models.CASCADE, related_name="points")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=500)
    normalised = models.CharField(max_length=500, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords(user_db_constraint=False)

    class Meta:
        app_label = "import_export"
        db_table = "peer_point"


class Phones(widgets.Widget):
    def clean(self, value, row=None, **more):
        return phones(value) if value else ()


class Email(widgets.Widget):
    def clean(self, value, row=None, **more):
        if not value:
            return ()
        validate_email(value)
        return ((value, value.lower()),)


class Site(widgets.CharWidget):
    def clean(self, value, row=None, **more):
        return site(str(value)) if value else None


class TaxNumber(widgets.CharWidget):
    def clean(self, value, row=None, **more):
        return inn.validate(str(value)) if value else None


class Amount(widgets.DecimalWidget):
    def clean(self, value, row=None, **more):
        try:
            return super().clean(value, row, **more)
        except ArithmeticError:
            raise ValueError("no number") from None


POINTS = {"phone": Phones(), "mobile": Phones(), "email": Email()}
kinds = {**POINTS, "website": Site(), "tax_id": TaxNumber(), "min_order": Amount()}
columns = {
    name: fields.Field(
        attribute=name, column_name=head, widget=kinds.get(name) or widgets.CharWidget()
    )
    for head, name in HEADS.items()
}
DATA = [name for name in columns if name not in POINTS]


def keys_of(row):
    """Return what a client is known by; what is wrong in a row is told when it is read."""
    found = [(name, row[head]) for head, name in (("Код", "code"), ("ИНН", "tax_id")) if row[head]]
    for head in ("Телефон", "Моб. телефон"):
        try:
            found += [("point", whole) for _typed, whole in POINTS["phone"].clean(row[head])]
        except ValueError:
            continue
    if row["E-mail"]:
        found.append(("point", row["E-mail"].lower()))
    return found


class KnownClients(BaseInstanceLoader):
    """Clients by any of their keys: those of the database, and those that earlier rows bring."""

    def __init__(self, resource, dataset=None):
        super().__init__(resource, dataset)
        resource.known = self
        self.by_key = {}
        self.keys = [keys_of(row) for row in dataset.dict]
        self.waiting = iter(self.keys)
        self.of_row = []
        wanted = {"code": set(), "tax_id": set(), "point": set()}
        for name, value in (key for keys in self.keys for key in keys):
            wanted[name].add(value)
        there = {}
        for name in ("code", "tax_id"):
            for part in parts(wanted[name]):
                found = Client.objects.filter(**{f"{name}__in": part})
                there.update((client.pk, client) for client in found)
        for part in parts(wanted["point"]):
            found = Client.objects.filter(points__normalised__in=part)
            there.update((client.pk, client) for client in found)
        for part in parts(there):
            for client_id, normalised in Point.objects.filter(client__in=part).values_list(
                "client_id", "normalised"
            ):
                held(there[client_id]).append(normalised)
                self.by_key["point", normalised] = there[client_id]
        for client in there.values():
            self.by_key["code", client.code] = self.by_key["tax_id", client.tax_id] = client

    def get_instance(self, row):
        self.of_row = next(self.waiting)
        return next((self.by_key[key] for key in self.of_row if key in self.by_key), None)

    def learn(self, instance):
        for key in self.of_row:
            self.by_key.setdefault(key, instance)


def parts(values):
    ordered = sorted(values)
    return [ordered[start : start + 500] for start in range(0, len(ordered), 500)]


def held(client):
    """Return the numbers and addresses of a client, in their order."""
    if not hasattr(client, "_held"):
        client._held = []
    return client._held


class Clients(resources.ModelResource):
    """Empty fields are filled, filled ones stay, new phones and addresses are added."""

    class Meta:
        model = Client
        fields = tuple(columns)
        import_id_fields = ("code",)
        instance_loader_class = KnownClients
        use_bulk = True
        batch_size = BATCH
        skip_diff = True
        clean_model_instances = True

    def __init__(self, **more):
        super().__init__(**more)
        self.points = []
        self.pairs = [(name, columns[name]) for name in columns]

    def import_instance(self, instance, row, **more):
        values, wrong = {}, {}
        for name, column in self.pairs:
            try:
                values[name] = column.clean(row)
            except ValidationError as error:
                wrong[name] = error
            except ValueError as error:
                wrong[name] = ValidationError(str(error))
        if wrong:
            raise ValidationError(wrong)
        instance._is_changed = False
        for name in DATA:
            if values[name] not in (None, "") and getattr(instance, name) in (None, ""):
                setattr(instance, name, values[name])
                instance._is_changed = True
        instance._said = [
            (kind, *point)
            for kind in POINTS
            for point in values[kind]
            if point[1] not in held(instance)
        ]

    def skip_row(self, instance, original, row, import_validation_errors=None):
        if import_validation_errors or instance._is_changed or instance._said:
            return False
        self.known.learn(instance)
        return True

    def save_instance(self, instance, is_create, row, **more):
        for kind, typed, normalised in instance._said:
            if normalised not in held(instance):
                held(instance).append(normalised)
                self.points.append(
                    Point(client=instance, kind=kind, value=typed, normalised=normalised)
                )
        self.known.learn(instance)
        # What an earlier row of this batch brings is not written yet, and has the values already.
        if is_create or (instance.pk is not None and instance not in self.update_instances):
            super().save_instance(instance, is_create, row, **more)

    def bulk_create(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        new, points = self.create_instances, self.points
        if new:
            for client in new:
                client.search_text = search_text(client)
            bulk_create_with_history(new, Client, batch_size=BATCH)
            index([client.pk for client in new])
        if points:
            bulk_create_with_history(points, Point, batch_size=BATCH)
        new.clear()
        points.clear()

    def bulk_update(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        changed = self.update_instances
        if changed:
            ids = [client.pk for client in changed]
            for client in changed:
                client.search_text = search_text(client)
            unindex(ids)
            bulk_update_with_history(changed, Client, [*DATA, "search_text"], batch_size=BATCH)
            index(ids)
        changed.clear()


def search_text(client):
    said = [client.name, client.tax_id, client.code, client.website, *held(client)]
    words = [word.casefold().replace("ё", "е") for word in said if word]
    words += [word[1:] for word in words if word[0] == "+"]
    return "\n".join(words)


def index(ids):
    if not IS_SERVER:
        run(
            "INSERT INTO peer_client_search(rowid, search_text) SELECT id, search_text FROM "
            "peer_client WHERE id IN (SELECT value FROM json_each(%s)) ORDER BY id", ids,
        )  # fmt: skip


def unindex(ids):
    if not IS_SERVER:
        run(
            "INSERT INTO peer_client_search(peer_client_search, rowid, search_text) SELECT "
            "'delete', id, search_text FROM peer_client WHERE id IN (SELECT value FROM "
            "json_each(%s))", ids,
        )  # fmt: skip


def run(statement, ids=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, None if ids is None else [json.dumps(ids)])


for _name, _column in columns.items():
    Clients.fields[_name] = _column
with connection.schema_editor() as editor:
    for model in (Client, Point, Client.history.model, Point.history.model):
        editor.create_model(model)
if IS_SERVER:
    run("CREATE INDEX peer_client_search ON peer_client USING gin (search_text gin_trgm_ops)")
    searched = "SELECT count(*) FROM peer_client WHERE search_text IS NOT NULL"
else:
    run(
        "CREATE VIRTUAL TABLE peer_client_search USING fts5(search_text, content='peer_client', "
        "content_rowid='id', tokenize='trigram case_sensitive 1', detail=none)"
    )
    searched = "SELECT count(*) FROM peer_client_search_docsize"
spending = Spending(connection.connection.info.backend_pid if IS_SERVER else 0)
with open(path, "rb") as file:
    data = XLSX().create_dataset(file.read())
done = Clients().import_data(data, dry_run=False, use_transactions=True)
spent = spending.so_far()
assert not done.has_errors(), done.row_errors()[:1]
with connection.cursor() as cursor:
    cursor.execute(searched)
    [(indexed,)] = cursor.fetchall()
print(
    json.dumps({
        **spent, "clients": Client.objects.count(), "points": Point.objects.count(),
        "history": Client.history.count() + Point.history.count(), "searched": indexed,
        "rejected": done.totals["invalid"],
    })
)  # fmt: skip
