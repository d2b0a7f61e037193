"""The API's description, written out for people from the document that we publish."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.http import openapi
from abtpro_saas.blueprints.http.problems import MEDIA_TYPE
from abtpro_saas.blueprints.pages.shell import render

METHODS = ("get", "post", "put", "patch", "delete")

blp = Blueprint("reference_page", __name__, url_prefix="/api-reference")

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One member of a body, or one parameter."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class Answer:
    """One status of an operation: the members of its body, or a refusal's codes."""

    status: str
    description: str
    fields: tuple[Field, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]
    open: bool

    @property
    def anchor(self) -> str:
        """The operation's place on the page."""
        plain = self.path.strip("/").translate(str.maketrans("/{}", "-__"))
        return f"{self.method}-{plain}"


@blp.get("")
def show() -> Response:
    """Show every operation, by the first word of its path."""
    document = current_app.extensions[openapi.EXTENSION]
    groups: dict[str, list[Operation]] = {}
    for operation in operations(document):
        groups.setdefault(_group(operation.path), []).append(operation)
    return render("reference/show.html", groups=groups, info=document["info"])


def operations(document: Document) -> Iterator[Operation]:
    """Return the operations of an OpenAPI document in the order of their paths."""
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if method in item:
                yield _operation(document, path, method, item)


def _operation(document: Document, path: str, method: str, item: Document) -> Operation:
    told = item[method]
    parameters = [
        _resolve(document, each)
        for each in (*item.get("parameters", ()), *told.get("parameters", ()))
    ]
    return Operation(
        method=method.upper(),
        path=path,
        summary=_plain(told.get("summary", "")),
        description=_plain(told.get("description", "")),
        parameters=tuple(_parameter(document, each) for each in parameters),
        body=_content_fields(document, told.get("requestBody", {})),
        answers=tuple(
            Answer(
                status,
                answer.get("description", ""),
                _content_fields(document, answer),
                _codes(answer),
            )
            for status, answer in _answers(document, told)
        ),
        open=told.get("security") == [],
    )


def _answers(document: Document, told: Document) -> Iterator[tuple[str, Document]]:
    for code, answer in sorted(told.get("responses", {}).items()):
        yield str(code), _resolve(document, answer)


def _content_fields(document: Document, holder: Document) -> tuple[Field, ...]:
    """Return the members of a JSON body; a problem's are told once, at the top."""
    content = _resolve(document, holder).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return _fields(document, schema)


def _codes(answer: Document) -> tuple[str, ...]:
    """Return the codes that a refusal may hold."""
    content = answer.get("content", {}).get(MEDIA_TYPE, {})
    for part in content.get("schema", {}).get("allOf", ()):
        if "properties" in part:
            return tuple(part["properties"]["code"]["enum"])
    return ()


def _fields(document: Document, schema: Document) -> tuple[Field, ...]:
    plain = _resolve(document, schema)
    if plain.get("type") == "array":
        return _fields(document, plain["items"])
    required = plain.get("required", ())
    return tuple(
        Field(
            name,
            _type(document, each),
            name in required,
            str(_resolve(document, each).get("description", "")),
        )
        for name, each in plain.get("properties", {}).items()
    )


def _parameter(document: Document, told: Document) -> Field:
    place = told.get("in", "")
    kind = _type(document, told.get("schema", {}))
    name = str(told.get("name", ""))
    described = str(told.get("description", ""))
    return Field(name, f"{kind}, {place}", bool(told.get("required")), described)


def _type(document: Document, schema: Document) -> str:
    plain = _resolve(document, schema)
    if "enum" in plain:
        return " | ".join(str(each) for each in plain["enum"])
    if "anyOf" in plain:
        return " | ".join(_type(document, each) for each in plain["anyOf"])
    kind = plain.get("type", "object")
    if isinstance(kind, list):
        return " | ".join(_type(document, {**plain, "type": each}) for each in kind)
    if kind == "array":
        return f"[{_type(document, plain.get('items', {}))}]"
    return str(plain.get("format") or kind) if kind == "string" else str(kind)


def _resolve(document: Document, node: Document) -> Document:
    reference = node.get("$ref", "")
    if not reference:
        return node
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return _resolve(document, found)


def _plain(text: str) -> str:
    """Return a docstring's words without its marks for code."""
    return text.replace("``", "")


def _group(path: str) -> str:
    steps = path.removeprefix("/api/v1").strip("/").split("/")
    return steps[0]
