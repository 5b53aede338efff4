"""Kartoteka as it runs, for the same scenarios as the stock application: `our_app.py FOLDER PORT`.

Four threads, protection against forged requests and limits of logins switched on.
"""

from __future__ import annotations

import sys
from pathlib import Path

from waitress import serve

from kartoteka.models import Client
from kartoteka.testing import firm, fresh

CLIENTS = 60

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    app = fresh(folder, f"sqlite:///{folder / 'ours.db'}", rate_limits=True)
    made = firm(app)
    with made.session() as session:
        for number in range(1, CLIENTS + 1):
            owner = made.users["manager1" if number % 2 else "manager2"]
            session.add(Client(name=f"Company {number:04d}", owner_id=owner))
        session.commit()
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=True)
    sys.setswitchinterval(1e-5)
    serve(app, host="127.0.0.1", port=int(sys.argv[2]), threads=4, _quiet=True)
