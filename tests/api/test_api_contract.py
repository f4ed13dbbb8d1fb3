"""The document and the API say the same: whatever is sent, the answer is one that the document tells of."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from moothall.api import document
from moothall.api.contract import OPERATIONS
from tests.api.conftest import EVERYTHING, Machine

pytestmark = pytest.mark.django_db
HERE = "http://testserver"
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """The document, read back from its text."""
    found: dict[str, Any] = json.loads(document.text(HERE))
    return found


def test_the_document_is_openapi_3_1(told) -> None:
    validate(told)
    assert told["openapi"].startswith("3.1")
    for path, operations in told["paths"].items():
        for method, one in operations.items():
            assert one["summary"], path
            assert one["description"], path
            assert one["security"], path
            problems = [status for status in one["responses"] if status >= "400"]
            assert {"401", "403", "429", "500"} <= set(problems), f"{method} {path}"
            for status in problems:
                assert list(one["responses"][status]["content"]) == ["application/problem+json"]


def test_the_examples_in_the_document_are_right(told) -> None:
    import jsonschema

    def check(schema: dict[str, Any], example: Any, where: str) -> None:
        whole = {**schema, "components": told["components"]}
        try:
            jsonschema.Draft202012Validator(whole).validate(example)
        except jsonschema.ValidationError as why:
            raise AssertionError(f"{where}: {why.message}") from why

    shown = 0
    for operations in told["paths"].values():
        for one in operations.values():
            body = one.get("requestBody", {}).get("content", {}).get("application/json", {})
            if body:
                assert "example" in body, f"no example for {one['operationId']}"
                check(body["schema"], body["example"], one["operationId"])
                shown += 1
            for answer in one["responses"].values():
                content = answer.get("content", {}).get("application/problem+json", {})
                for example in content.get("examples", {}).values():
                    check(content["schema"], example["value"], one["operationId"])
    assert shown > 30
    for name, schema in told["components"]["schemas"].items():
        for example in schema.get("examples", []):
            check(schema, example, name)


def _of_real_things(told: dict[str, Any], names: dict[str, list[Any]]) -> dict[str, Any]:
    """The document with path parameters that name what is there."""
    changed: dict[str, Any] = json.loads(json.dumps(told))
    for operations in changed["paths"].values():
        for one in operations.values():
            for parameter in one.get("parameters", []):
                known = names.get(parameter.get("name", ""))
                if known and parameter["in"] == "path":
                    parameter["schema"] = {"enum": known}
    return changed


def _send(case: Any, secret: str) -> Response:
    kwargs = case.as_transport_kwargs(base_url=HERE)
    kwargs = {k: v for k, v in kwargs.items() if k in {"method", "url", "headers", "params", "json", "data"}}  # fmt: skip
    prepared = requests.Request(**kwargs).prepare()
    body = prepared.body or b""
    headers = {k: v for k, v in prepared.headers.items() if k.lower() not in {"content-type", "content-length"}}  # fmt: skip
    headers["Authorization"] = f"Bearer {secret}"
    answer = Client(raise_request_exception=False).generic(
        str(prepared.method),
        str(prepared.url).removeprefix(HERE),
        body.encode() if isinstance(body, str) else body,
        content_type=prepared.headers.get("Content-Type", "application/octet-stream"),
        headers=headers,
    )
    return Response(
        status_code=answer.status_code,
        headers={name.lower(): [value] for name, value in answer.headers.items()},
        content=answer.getvalue(),
        request=prepared,
        elapsed=0.1,
        verify=False,
    )


def test_nothing_that_is_sent_gets_an_answer_that_is_not_told(told, machine, missed_bin) -> None:
    from moothall.api.models import ApiKey
    from moothall.casework.models import Case

    cases = [missed_bin(uprn=f"99000000000{n}") for n in range(1, 4)]
    crm = machine("marcus", per_minute=60_000)
    run = crm.post("/bulk", {"kind": "note", "filters": {"service": ["missed_bin"]}})
    moves = crm.get(f"/cases/{cases[0].reference}/moves").json["moves"]
    names: dict[str, list[Any]] = {
        "reference": [one.reference for one in cases],
        "move": sorted(one["id"] for one in moves),
        "service": ["missed_bin", "parking_permit", "bulky_waste"],
        "question": ["collection_slot"],
        "team": [cases[0].team],
        "run": [run.json["id"]],
        "number": [1, 2],
    }
    schema = schemathesis.openapi.from_dict(_of_real_things(told, names))
    broken: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _try(operation, mode, crm, broken)
    assert not broken, "\n".join(broken[:12])
    assert Case.objects.count() >= 3
    assert ApiKey.objects.count() == 1


def _try(operation: Any, mode: GenerationMode, crm: Machine, broken: list[str]) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=4,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        answer = _send(case, crm.secret)
        where = f"{case.method} {case.path}"
        if answer.status_code >= 500 and answer.status_code != 503:
            broken.append(f"{where}: {answer.status_code} for {case.body!r} {case.query!r}")
            return
        try:
            case.validate_response(answer, checks=CHECKS)
        except Exception as why:
            said = " ".join(str(why).split())[:700]
            broken.append(f"{where}: {answer.status_code} {said}")

    try:
        send()
    except schemathesis.errors.SchemathesisError as why:
        broken.append(f"{operation.label}: {why}")
    except Exception as why:
        if type(why).__name__ != "Unsatisfiable":
            raise


def test_errors_are_problems_everywhere(machine, missed_bin) -> None:
    case = missed_bin()
    crm = machine("bryn", EVERYTHING)
    at = f"/cases/{case.reference}"
    for answer, status, kind in (
        (crm.get("/nothing"), 404, "not-found"),
        (crm.get("/cases/WM-AAA-AAA"), 404, "not-found"),
        (crm.call("PATCH", at), 405, "method"),
        (crm.get(at, Accept="text/html"), 406, "not-acceptable"),
        (crm.call("POST", f"{at}/notes", raw=b"text=x", kind="application/x-www-form-urlencoded"), 415, "media-type"),
        (crm.call("POST", f"{at}/notes", raw=b"{"), 400, "not-readable"),
        (crm.call("POST", f"{at}/notes", raw=b'{"text": NaN}'), 400, "not-readable"),
        (crm.call("POST", f"{at}/notes", raw=b'{"text": "a\\u0000b"}'), 400, "not-readable"),
        (crm.call("POST", f"{at}/notes", raw=b"[" * 5000), 400, "not-readable"),
        (crm.call("POST", f"{at}/notes", raw=b'["text"]'), 422, "invalid"),
        (crm.call("POST", f"{at}/notes", raw=b" " * 1_000_001), 413, "too-large"),
        (crm.post(f"{at}/notes", {"text": 5}), 422, "invalid"),
        (crm.post(f"{at}/notes", {"text": "x", "colour": "red"}), 422, "invalid"),
        (crm.get("/cases?limit=1000"), 400, "not-readable"),
        (crm.get(f"{at}", If_Match="nonsense"), 200, ""),
        (crm.post(f"{at}/assign", {"to": None}, If_Match="nonsense"), 400, "not-readable"),
    ):  # fmt: skip
        assert answer.status == status, answer.body
        if kind:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json["type"].endswith(f"#{kind}")
            assert answer.json["status"] == status
    unknown = crm.post(f"{at}/notes", {"text": "x", "colour": "red"}).json
    assert unknown["errors"] == [{"pointer": "/colour", "detail": "There is no such field here."}]


def test_head_options_and_what_is_unchanged(machine, missed_bin) -> None:
    case = missed_bin()
    crm = machine("bryn")
    at = f"/cases/{case.reference}"
    head = crm.call("HEAD", at)
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) > 500
    options = crm.call("OPTIONS", at)
    assert (options.status, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert "Access-Control-Allow-Origin" not in crm.get(at, Origin="https://evil.example").headers
    assert crm.get(at, If_None_Match=head.headers["ETag"]).status == 304
    for public in ("/", "/openapi.json"):
        answer = Machine("").get(public)
        assert answer.status == 200
        assert crm.secret.encode() not in answer.body


def test_a_signed_in_desk_never_acts_by_its_cookie(council, clock, missed_bin) -> None:
    from moothall.people.models import User
    from moothall.people.testing import sign_in

    client = Client()
    sign_in(client, User.objects.get(email__startswith="bryn"))
    answer = client.post(
        f"/api/v1/cases/{missed_bin().reference}/notes", {"text": "x"}, "application/json"
    )
    assert answer.status_code == 401


def test_reading_costs_the_same_however_much_there_is(machine, missed_bin) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    crm = machine("bryn")
    case = missed_bin()
    crm.get("/cases")

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert crm.get(path).status == 200
        return len(seen)

    one = cost("/cases"), cost(f"/cases/{case.reference}")
    for n in range(2, 9):
        missed_bin(uprn=f"99000000000{n}")
    many = cost("/cases"), cost(f"/cases/{case.reference}")
    assert many[0] <= one[0] <= 9
    assert many[1] <= one[1] <= 12


def test_every_operation_is_in_the_document_and_on_the_page(told) -> None:
    ids = {one["operationId"] for ops in told["paths"].values() for one in ops.values()}
    assert ids == set(OPERATIONS)
    text = Client().get("/api/v1/").content.decode()
    assert all(f'id="{one}"' in text for one in ids)
