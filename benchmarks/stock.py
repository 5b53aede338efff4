"""The peer: stock Flask-AppBuilder views on the same base, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.base import PASSWORD, SECRET

SCRIPT = """
import json, sys, time
from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelRestApi, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Column, Date, ForeignKey, Integer, Numeric, String, event
from sqlalchemy.orm import relationship

url, secret, password, tuned = sys.argv[1:5]


class Region(Model):
    __tablename__ = "region"
    id = Column(Integer, primary_key=True)
    name = Column(String(200))

    def __repr__(self):
        return self.name or ""


class Client(Model):
    __tablename__ = "client"
    id = Column(Integer, primary_key=True)
    name = Column(String(255))
    industry = Column(String(120))
    size_class = Column(String(60))
    last_purchase_on = Column(Date)
    purchase_total = Column(Numeric(18, 2))
    region_id = Column(Integer, ForeignKey("region.id"))
    owner_id = Column(Integer, ForeignKey("ab_user.id"))
    region = relationship(Region)
    owner = relationship(User, foreign_keys=[owner_id])

    def __repr__(self):
        return self.name or ""


class Contact(Model):
    __tablename__ = "employment"
    id = Column(Integer, primary_key=True)
    position = Column(String(200))
    client_id = Column(Integer, ForeignKey("client.id"))
    client = relationship(Client)


COLUMNS = ["name", "industry", "size_class", "region", "last_purchase_on", "purchase_total",
           "owner"]


class ClientView(ModelView):
    datamodel = SQLAInterface(Client)
    list_columns = COLUMNS
    search_columns = ["name", "industry"]
    base_order = ("name", "asc")
    page_size = 25


class ContactView(ModelView):
    datamodel = SQLAInterface(Contact)
    list_columns = ["position", "client"]
    page_size = 25
    if tuned == "tuned":
        search_columns = ["position"]


class ClientApi(ModelRestApi):
    datamodel = SQLAInterface(Client)
    resource_name = "client"
    allow_browser_login = True
    list_columns = ["id", "name", "industry", "purchase_total"]
    show_columns = ["id", "name"]
    add_columns = edit_columns = ["name"]
    search_columns = ["name"]


app = Flask(__name__)
app.config.update(SECRET_KEY=secret, SQLALCHEMY_DATABASE_URI=url, WTF_CSRF_ENABLED=False,
                  FAB_CREATE_DB=False, SQLALCHEMY_ENGINE_OPTIONS={})
db = SQLA(app)
with app.app_context():
    if url.startswith("sqlite"):
        @event.listens_for(db.engine, "connect")
        def _pragmas(connection, _record):
            connection.execute("PRAGMA cache_size=-65536")
    builder = AppBuilder(app, db.session)
    builder.add_view(ClientView, "Clients")
    builder.add_view(ContactView, "Contacts")
    builder.add_api(ClientApi)
    role = builder.sm.find_role("Admin")
    user = builder.sm.find_user("stock")
    if user is None:
        user = builder.sm.add_user("stock", "S", "S", "stock@example.org", role, password)
    assert user, "no account could be made"
browser = app.test_client()
browser.post("/login/", data={"username": "stock", "password": password})
pages = {
    "list": "/clientview/list/",
    "sorted list": "/clientview/list/?_oc_ClientView=purchase_total&_od_ClientView=desc",
    "filtered list": "/clientview/list/?_flt_2_industry=" + sys.argv[5],
    "far page": "/clientview/list/?page_ClientView=20000",
    "search, Cyrillic": "/clientview/list/?_flt_2_name=" + sys.argv[6],
    "REST list": "/api/v1/client/?q=(page_size:25)",
    "contact list": "/contactview/list/",
}
found = {}
for name, address in pages.items():
    rounds = 1 if name == "contact list" and tuned != "tuned" else 5
    best = None
    for _ in range(rounds):
        begun = time.perf_counter()
        answer = browser.get(address)
        body = answer.get_data()
        took = (time.perf_counter() - begun) * 1000
        best = took if best is None else min(best, took)
    found[name] = [best, answer.status_code, len(body)]
print(json.dumps(found))
"""


def measure(url: str, tuned: bool, industry: str, word: str) -> dict[str, tuple[float, int, int]]:
    """Return milliseconds, status and bytes of the same pages on stock classes.

    Args:
        tuned: relations taken out of the search form by hand, as an experienced user would;
            otherwise the contact list loads every client into its search box.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, url, SECRET, PASSWORD,
         "tuned" if tuned else "stock", industry, word],
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"The peer failed:\n{done.stderr[-2000:]}")
    return {name: tuple(value) for name, value in json.loads(done.stdout.splitlines()[-1]).items()}
