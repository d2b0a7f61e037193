"""The API's description is complete, stable and true."""

import re
from http import HTTPStatus

import flask_smorest
import pytest

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
def document(client, app):
    return client(at=app).get("/api/v1/openapi.json").json


@pytest.fixture
def probed_document(probe_app):
    return probe_app.extensions["openapi"]


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def test_anybody_may_read_it(document):
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "ABTPro"


def test_every_json_resource_is_described(app, document):
    described = set(document["paths"])
    served = {
        re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "openapi"
    }

    assert served == described


def test_each_operation_has_an_id_a_tag_a_summary_and_a_success(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(set(ids)) == len(ids)
    for path, method, operation in operations(document):
        assert operation["tags"], (path, method)
        assert operation["summary"], (path, method)
        assert {"2", "3"} & {code[0] for code in operation["responses"]}


@pytest.mark.parametrize("which", ["document", "probed_document"])
def test_each_operation_documents_its_refusals_as_problems(which, request):
    for path, _, operation in operations(request.getfixturevalue(which)):
        responses = operation["responses"]
        refusals = {code for code in responses if code[0] in "d45"}
        expected = {"default", "429", "503"}
        expected |= {"401", "403"} if operation["security"] else set()
        expected |= {"404"} if "{" in path else set()
        expected |= {"413", "415", "422"} if "requestBody" in operation else set()
        assert expected <= refusals, path
        for code in refusals:
            assert list(responses[code]["content"]) == ["application/problem+json"]


def test_each_refusal_names_its_codes(document):
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status[0] in "45":
                schema = answer["content"]["application/problem+json"]["schema"]
                codes = schema["allOf"][1]["properties"]["code"]["enum"]
                assert codes == sorted(set(codes)), (method, path, status)
                assert codes, (method, path, status)


def test_a_view_names_the_codes_of_its_own_rules(document):
    create = document["paths"]["/api/v1/payment/promptpay/create"]["post"]
    conflict = create["responses"]["409"]["content"]["application/problem+json"]

    assert set(conflict["schema"]["allOf"][1]["properties"]["code"]["enum"]) == {
        "gateway_not_set_up",
        "gateway_refused",
        "idempotency_key_in_flight",
        "too_many_open_topups",
        "topup_not_pending",
    }


def test_what_a_402_says_besides_is_described(document):
    rent = document["paths"]["/api/v1/rental/contract"]["post"]
    refusal = rent["responses"]["402"]["content"]["application/problem+json"]
    whole, codes = refusal["schema"]["allOf"]
    parts = document["components"]["schemas"]
    described, plain = (
        parts[name]["properties"] for name in ("PaymentProblemOut", "ProblemOut")
    )

    assert codes["properties"]["code"]["enum"] == ["balance_short"]
    assert whole["$ref"].endswith("PaymentProblemOut")
    # In one schema: each is closed, so that no answer would fit two at once.
    assert {"feature", "plan", "buy_at", "needed", "missing", *plain} <= set(described)


def test_every_reference_leads_somewhere(probed_document):
    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                found = probed_document
                for step in node["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
            for each in node.values():
                walk(each)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(probed_document)


def test_who_must_be_known_is_said(probed_document):
    paths = probed_document["paths"]

    assert paths["/api/v1/probe/marks"]["get"]["security"] == [{"key": []}]
    assert paths["/api/v1/probe/open"]["get"]["security"] == []


def test_a_post_that_takes_an_idempotency_key_says_so(probed_document):
    operation = probed_document["paths"]["/api/v1/probe/marks"]["post"]

    assert "Idempotency-Key" in {each["name"] for each in operation["parameters"]}
    assert str(HTTPStatus.CONFLICT.value) in operation["responses"]


def test_amounts_are_described_as_they_are_read_and_written(probed_document):
    schemas = probed_document["components"]["schemas"]

    assert schemas["MarkOut"]["properties"]["amount"]["type"] == "string"
    assert "anyOf" in schemas["MarkIn"]["properties"]["amount"]


def test_a_blueprint_that_reads_loosely_is_refused(make_app):
    api = make_app().extensions["flask-smorest"]["apis"][""]["ext_obj"]

    with pytest.raises(TypeError, match=r"openapi\.Blueprint"):
        api.register_blueprint(flask_smorest.Blueprint("loose", __name__))
