"""The API's description: OpenAPI 3.1, with every answer that an operation can give.

What holds for all operations is written here and not beside each: security, the
refusals that the edge makes, stable operation ids. So a new endpoint has them at once.
"""

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Protocol, TypeVar, cast

import flask_smorest
from flask import Flask, Response, current_app, jsonify
from marshmallow import Schema
from marshmallow.fields import Integer, List, Nested, String
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from abtpro_saas.blueprints.guard import features, idempotency
from abtpro_saas.blueprints.guard.marks import open_to_all, openness
from abtpro_saas.blueprints.http import problems, refusals
from abtpro_saas.blueprints.http.bodies import StrictParser
from abtpro_saas.blueprints.http.fields import Baht, Utc

EXTENSION = "openapi"

Document = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])


class Decorator(Protocol):
    """Returns what it is given, with the same type."""

    def __call__(self, view: View, /) -> View:
        """Decorate ``view``."""
        ...


OPERATORS = "/api/v1/operator/"
ADMINS = "/api/v1/admin/"
WITHOUT_PLAN = (OPERATORS, ADMINS, *features.ALWAYS_OPEN)
"""Where no trader's key is asked for a plan, or no trader gets in."""

PROBLEM = {"$ref": "#/components/schemas/ProblemOut"}
PAYMENT = {"$ref": "#/components/schemas/PaymentProblemOut"}


class FieldErrorOut(Schema):
    """One value that cannot be used."""

    pointer = String(required=True, metadata={"description": "RFC 6901."})
    message = String(required=True)
    place = String(data_key="in", metadata={"description": "body, query or path."})


class ProblemOut(Schema):
    """A refusal (RFC 9457); the meaning of a ``code`` never changes."""

    type = String(required=True)
    title = String(required=True)
    status = Integer(required=True)
    detail = String(required=True)
    instance = String(required=True)
    code = String(required=True)
    errors = List(Nested(FieldErrorOut), required=True)
    request_id = String(required=True, allow_none=True)


class PaymentProblemOut(ProblemOut):
    """A refusal with 402: it says what is missing, and where to get it."""

    feature = String(metadata={"description": "What the contract does not give now."})
    plan = String(
        allow_none=True,
        metadata={"description": "The plan to renew, or the cheapest that has it."},
    )
    contract_status = String(allow_none=True)
    limit = Integer(metadata={"description": "How many the plan gives."})
    buy_at = String(metadata={"description": "The page where it is bought."})
    needed = Baht(metadata={"description": "What this costs."})
    balance = Baht(metadata={"description": "What could be spent on it."})
    missing = Baht()
    top_up_at = String(metadata={"description": "The page of top-ups."})


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # the library is untyped
    """A domain's part of the API: reads bodies strictly, refuses with problems."""

    ARGUMENTS_PARSER = StrictParser()

    # The library's own decorators are untyped: through these, views keep their types.

    def route(self, rule: str, **options: object) -> Decorator:
        """Serve a view or a MethodView under ``rule``."""
        return cast("Decorator", super().route(rule, **options))

    def arguments(self, schema: type[Schema] | Schema, **options: object) -> Decorator:
        """Read ``schema`` from the body, or with ``location="query"`` from there."""
        return cast("Decorator", super().arguments(schema, **options))

    def response(
        self,
        status: int,
        schema: type[Schema] | Schema | None = None,
        **options: object,
    ) -> Decorator:
        """Write what the view returns by ``schema``, with ``status``."""
        return cast("Decorator", super().response(status, schema, **options))

    def alt_response(self, status: int, **options: object) -> Decorator:
        """Describe another answer that the view gives."""
        return cast("Decorator", super().alt_response(status, **options))

    def doc(self, **kwargs: object) -> Decorator:
        """Say in the description what the decorators do not."""
        return cast("Decorator", super().doc(**kwargs))


class ProblemApi(flask_smorest.Api):  # type: ignore[misc] # the library is untyped
    """The API: its refusals are problems, its description is complete."""

    ERROR_SCHEMA = ProblemOut

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer with problem+json (``problems.install`` takes over from here)."""
        return problems.answer(problems.problem_of(error))

    def register_blueprint(self, blp: Blueprint, **options: object) -> None:
        """Register ``blp``, which must be ours: another would read bodies loosely."""
        if not isinstance(blp, Blueprint):
            raise TypeError(f"{blp.name}: use blueprints.openapi.Blueprint")
        super().register_blueprint(blp, **options)


def make_api(app: Flask) -> ProblemApi:
    """Return the API of ``app``; ``publish`` follows once its blueprints are in."""
    app.config.update(
        API_TITLE="ABTPro",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=None,  # ``publish`` serves it, completed
    )
    api = ProblemApi(app)
    api.ma_plugin.converter.add_attribute_function(_baht_properties)
    api.register_field(Utc, "string", "date-time")
    api.spec.components.schema("PaymentProblemOut", schema=PaymentProblemOut)
    return api


def publish(app: Flask, api: ProblemApi) -> None:
    """Serve the description of all that is registered at /api/v1/openapi.json."""
    app.extensions[EXTENSION] = describe(app, api)
    app.add_url_rule("/api/v1/openapi.json", "openapi", _show)


@open_to_all()
def _show() -> Response:
    return jsonify(current_app.extensions[EXTENSION])


def describe(app: Flask, api: ProblemApi) -> Document:
    """Return the whole document."""
    document: Document = api.spec.to_dict()
    parts = document.setdefault("components", {})
    parts["securitySchemes"] = SECURITY
    parts.pop("responses", None)  # the library's, which each operation says better
    for rule, method, operation in _operations(app, document):
        _complete(app, rule, method, operation)
    return document


SECURITY = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of one user of one tenant: abt_live_…",
    },
    "operator": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of the platform's operators.",
    },
}


def _operations(app: Flask, document: Document) -> Iterator[tuple[Rule, str, Document]]:
    paths = document.get("paths", {})
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for method in ("get", "put", "post", "patch", "delete"):
            if method.upper() in (rule.methods or ()) and method in paths.get(path, {}):
                yield rule, method, paths[path][method]


def _complete(app: Flask, rule: Rule, method: str, operation: Document) -> None:
    tag, _, name = rule.endpoint.rpartition(".")
    operation.setdefault("operationId", f"{tag}_{_snake(name)}_{method}")
    is_open = openness(app, rule.endpoint, method) is not None
    scheme = "operator" if rule.rule.startswith(OPERATORS) else "key"
    operation["security"] = [] if is_open else [{scheme: []}]
    handler = getattr(
        getattr(app.view_functions[rule.endpoint], "view_class", None), method, None
    )
    takes_key = idempotency.is_idempotent(handler)
    if takes_key:
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    traits = _traits(rule, operation, handler, is_open=is_open)
    codes = refusals.codes_of(handler, traits)
    responses = operation.setdefault("responses", {})
    for status in codes:
        responses.setdefault(str(status), {"description": HTTPStatus(status).phrase})
    for status, response in responses.items():
        if status == "default" or int(status) >= HTTPStatus.BAD_REQUEST:
            known = () if status == "default" else codes[int(status)]
            responses[status] = _refusal(status, response, sorted(known))


IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "A repeat with the same key and body gets the first answer again.",
    "schema": {"type": "string", "pattern": "^[ -~]{1,255}$"},
}


def _traits(
    rule: Rule, operation: Document, handler: object, *, is_open: bool
) -> refusals.Traits:
    parameters = operation.get("parameters", [])
    query = {each["name"] for each in parameters if each["in"] == "query"}
    return refusals.Traits(
        is_open=is_open,
        is_operators=rule.rule.startswith(OPERATORS),
        has_path=bool(rule.arguments),
        has_query=bool(query),
        has_body="requestBody" in operation,
        has_cursor="cursor" in query,
        takes_key=idempotency.is_idempotent(handler),
        needs_plan=features.feature_of(handler) is not None
        or not (is_open or rule.rule.startswith(WITHOUT_PLAN)),
    )


def _refusal(status: str, response: Document, codes: list[str]) -> Document:
    described = response.get("description") or (
        "Any other refusal" if status == "default" else HTTPStatus(int(status)).phrase
    )
    schema: Document = PROBLEM
    if codes:
        problem = PAYMENT if status == "402" else PROBLEM
        schema = {"allOf": [problem, {"properties": {"code": {"enum": codes}}}]}
    refusal = {
        "description": described,
        "content": {problems.MEDIA_TYPE: {"schema": schema}},
    }
    if status in {"429", "503"}:
        refusal["headers"] = {
            "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}
        }
    return refusal


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _baht_properties(_converter: object, field: object, **_: object) -> Document:
    if not isinstance(field, Baht):
        return {}
    text: Document = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"}
    if not _is_read(field):
        return text | {"type": ["string", "null"]} if field.allow_none else text
    exact = {"type": "number", "minimum": 0, "multipleOf": 0.01}
    nothing = [{"type": "null"}] if field.allow_none else []
    text["pattern"] = r"^[0-9]{1,17}(\.[0-9]{1,2})?$"
    return {"anyOf": [text, exact, *nothing]}


def _is_read(field: Baht) -> bool:
    """Tell whether requests give this field; answers, ``…Out``, write a string."""
    return not type(field.root).__name__.endswith("Out") and not field.dump_only
