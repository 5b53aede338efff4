"""The OpenAPI document is valid, and the API does what the document says, whatever is sent."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kartoteka.testing import Firm

EXAMPLES = 15
#: The operations are dealt to so many tests, which may run beside each other.
PARTS = 4
CHECKS: list[Any] = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]  # fmt: skip
DOCUMENT = "/api/v1/_openapi"
WITHOUT_BODY = {"job_cancel"}


def fill(firm: Firm) -> dict[str, list[int]]:
    """Put a few records of most kinds into the firm; return their ids by entity."""
    director = firm.program("director")
    for name in ("Альфа", "Бета", "Гамма"):
        body = {"name": name, "owner_id": firm.users["manager1"], "size_class": "A"}
        client = director.post("/api/v1/client/", json=body).json["id"]
        for entity, values in (
            ("contact", {"name": f"Иван {name}"}),
            ("deal", {"client_id": client, "title": f"Сделка {name}", "pipeline": "sale"}),
            ("task", {"client_id": client, "title": "Звонок", "due_at": "2026-12-31T10:00:00Z"}),
            ("purchase", {"client_id": client, "bought_on": "2026-01-31", "amount": "10.50"}),
            ("product", {"name": f"Товар {name}", "price": "12.50"}),
            ("region", {"name": f"Край {name}"}),
            ("competitor", {"name": f"Соперник {name}"}),
        ):
            director.post(f"/api/v1/{entity}/", json=values)
    return {
        code: [row["id"] for row in director.get(f"/api/v1/{code}/").json["result"]]
        for code in firm.made.registry.entities
    }


def test_document_is_valid_and_describes_every_entity(firm: Firm) -> None:
    document = firm.program("director").get(DOCUMENT).json
    validate(document)
    for code, entity in firm.made.registry.entities.items():
        paths = {path: set(document["paths"][path]) for path in document["paths"]}
        assert "get" in paths[f"/api/v1/{code}/"]
        assert ("post" in paths[f"/api/v1/{code}/"]) is entity.addable
        shown = document["components"]["schemas"][code]["properties"]
        assert set(shown) == {"id", "version", *firm.made.registry.fields(code)}
    assert "/api/v1/deal/{record_id}/move" in document["paths"]
    assert "/api/v1/client/handover" in document["paths"]


def test_every_operation_tells_its_errors_and_examples(firm: Firm) -> None:
    document = firm.program("director").get(DOCUMENT).json
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            if "security" in path or path.startswith("/api/v1/menu"):
                continue  # Flask-AppBuilder's own
            assert operation["summary"], (verb, path)
            assert {"400", "401", "403"} <= set(operation["responses"]), (verb, path)
            if verb in ("post", "put") and operation["operationId"] not in WITHOUT_BODY:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                name = schema.get("$ref", "").rpartition("/")[2]
                assert document["components"]["schemas"].get(name, schema)["examples"], path


def test_examples_of_the_document_are_accepted(firm: Firm) -> None:
    ids = fill(firm)
    director = firm.program("director")
    schemas = director.get(DOCUMENT).json["components"]["schemas"]
    body = schemas["client.new"]["examples"][0]
    assert director.post("/api/v1/client/", json=body).status_code == 201
    body = schemas["deal.change"]["examples"][0]
    assert director.put(f"/api/v1/deal/{ids['deal'][0]}", json=body).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_meets_a_fault_or_an_undeclared_answer(
    firm: Firm, dialect: str, part: int
) -> None:
    if dialect != "sqlite":
        pytest.skip("The document is the same; bad values are tried on both in test_rest_bodies.")
    ids = fill(firm)
    programs = {who: firm.program(who) for who in ("director", "manager1")}
    headers = {
        who: {"Authorization": client.environ_base["HTTP_AUTHORIZATION"]}
        for who, client in programs.items()
    }
    firm.app.config["PROPAGATE_EXCEPTIONS"] = False
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, firm.app, headers=headers["director"])
    all_of_them: Any = schema.get_all_operations()
    operations = [found.ok() for found in all_of_them]
    # Logging in is tried by tests of its own, and is slow on purpose.
    operations = [one for one in operations if not one.path.startswith("/api/v1/security")]
    assert len(operations) > 100
    answers: set[int] = set()
    for operation in operations[part::PARTS]:
        answers |= _try(operation, headers, ids)
    # That good bodies make records is held by the examples above; here it hangs on the part.
    assert {200, 400, 403, 404, 422} <= answers


def _try(operation: Any, headers: dict[str, dict[str, str]], ids: dict[str, list[int]]) -> set[int]:
    """Send generated requests, good and damaged, as a director and as a manager."""
    answers: set[int] = set()
    entity = operation.path.removeprefix("/api/v1/").partition("/")[0]
    known = ids.get(entity) or [1]
    modes = [operation.as_strategy(GenerationMode.POSITIVE)]
    if operation.query or operation.body:
        modes.append(operation.as_strategy(GenerationMode.NEGATIVE))

    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )  # fmt: skip
    @given(case=st.one_of(modes), who=st.sampled_from(sorted(headers)), pick=st.integers(0, 99))
    def send(case: Any, who: str, pick: int) -> None:
        if "record_id" in (case.path_parameters or {}) and pick % 2:
            case.path_parameters["record_id"] = known[pick % len(known)]
        answers.add(case.call_and_validate(headers=headers[who], checks=CHECKS).status_code)

    send()
    return answers
