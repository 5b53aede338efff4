"""django-import-export in bulk mode into one flat table.

    python -m benchmarks.peers.django_flat LIST DATABASES

It leaves out contact points, history, search and all look-ups but the one by code.
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
    DATABASES={"default": json.loads(given)}, INSTALLED_APPS=["import_export"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True,
)  # fmt: skip
django.setup()
from django.db import connection, models  # noqa: E402
from import_export import fields, resources, widgets  # noqa: E402
from import_export.formats.base_formats import XLSX  # noqa: E402
from import_export.instance_loaders import CachedInstanceLoader  # noqa: E402


def text(length, **more):
    return models.CharField(max_length=length, null=True, blank=True, **more)


class Client(models.Model):
    code = text(80, db_index=True)
    name = models.CharField(max_length=255, db_index=True)
    legal_form, tax_id, industry = text(80), text(12, db_index=True), text(120)
    size_class = text(1, choices=[(s, s) for s in SIZES])
    interest = text(20, choices=[(i, i) for i in INTERESTS])
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
        return ", ".join(whole for _typed, whole in phones(value)) if value else None


class Site(widgets.CharWidget):
    def clean(self, value, row=None, **more):
        return site(str(value)) if value else None


class Amount(widgets.DecimalWidget):
    def clean(self, value, row=None, **more):
        try:
            return super().clean(value, row, **more)
        except ArithmeticError:
            raise ValueError("no number") from None


kinds = {"phone": Phones, "mobile": Phones, "website": Site, "min_order": Amount}
columns = {
    name: fields.Field(
        attribute=name, column_name=head, widget=kinds.get(name, widgets.CharWidget)()
    )
    for head, name in HEADS.items()
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
server = connection.connection.info.backend_pid if connection.vendor == "postgresql" else 0
spending = Spending(server)
with open(path, "rb") as file:
    data = XLSX().create_dataset(file.read())
done = Resource().import_data(data, dry_run=False, use_transactions=True)
spent = spending.so_far()
assert not done.has_errors(), done.row_errors()[:1]
print(json.dumps({**spent, "clients": Client.objects.count()}))
