"""How a request's JSON body, query and path are read: strictly, numbers exact."""

import json
import sys
from collections.abc import Mapping
from decimal import InvalidOperation
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request, request
from webargs import core
from webargs.flaskparser import FlaskParser, abort, is_json_request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from abtpro_saas.blueprints.http.fields import JsonNumber, refuse_unwritable

LARGEST_BODY = 1024 * 1024
_LARGEST_FILE = 64 * 1024 * 1024
LARGEST_UPLOADS = {
    "/api/v1/market/import": _LARGEST_FILE,
    "/market/imports/file": _LARGEST_FILE,
}
"""Bytes that a body may have: anywhere, and where files are brought."""

REFUSAL = "abtpro.refusal"
"""Where the server notes in the environ why it did not read the body: a status."""


def refuse_unread() -> None:
    """Refuse a request of which the server has not read the body; allow for files.

    Raises:
        RequestEntityTooLarge: it is larger than any that we take.
        RequestTimeout: it did not arrive in time.
    """
    if request.path in LARGEST_UPLOADS:
        request.max_content_length = LARGEST_UPLOADS[request.path]
    status = request.environ.get(REFUSAL)
    if status == RequestEntityTooLarge.code:
        raise RequestEntityTooLarge
    if status == RequestTimeout.code:
        raise RequestTimeout


class WholeRequest(Request):
    """A request whose body is read whole, or refused; its addresses are ASCII."""

    @property
    def host_url(self) -> str:
        """The address of the host as it was asked for, which headers may hold.

        Werkzeug's has a name in its own letters, and fails where ``xn--`` means none.
        """
        return f"{self.scheme}://{self.host}/"

    def get_data(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - werkzeug's signature
        """Return the body; one sent in chunks is cut by werkzeug, and refused here."""
        found = super().get_data(*args, **kwargs)
        most = self.max_content_length
        if self.content_length is None and most is not None and len(found) >= most:
            raise RequestEntityTooLarge
        return found


class StrictParser(FlaskParser):
    """Refuses other media types, repeated names, and values that nothing here holds."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs reads this name from the class
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,  # a misspelt filter must not widen the answer
    }

    def _raw_load_json(self, req: Request) -> Any:  # noqa: ANN401 - JSON is any value
        raw = req.get_data(cache=True)
        if not raw:
            return core.missing
        if not is_json_request(req):
            abort(415)
        return read_json(raw)

    def pre_load(
        self,
        location_data: Any,  # noqa: ANN401 - JSON is any value
        *,
        schema: ma.Schema,
        req: Request,
        location: str,
    ) -> Any:  # noqa: ANN401 - JSON is any value
        """Refuse NUL, lone surrogates, whole numbers that are more than a float holds.

        So are no body at all, and a query that repeats itself.
        """
        if location == "query":
            _check_once(req)
        if location == "json" and not _asks_for_fields(schema) and not req.get_data():
            raise ma.ValidationError("A body is needed; {} is one.")
        _check_values(location_data, [])
        return location_data


def read_json(raw: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """Return the JSON value in ``raw``; a number with a point is a JsonNumber.

    Raises:
        JSONDecodeError: not JSON (RFC 8259), NaN, a name twice in one object, or a
            number with more digits, or a larger exponent, than can be read.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_float=JsonNumber,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_names,
        )
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise json.JSONDecodeError(str(error), "-", 0) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Two readers of one body might each take another of the two values.
        raise ValueError("a name stands twice in one object")
    return found


def _asks_for_fields(schema: ma.Schema) -> bool:
    """Tell whether ``schema`` itself refuses a body that is not there."""
    return any(field.required for field in schema.fields.values())


def _check_once(req: Request) -> None:
    twice = [name for name, values in req.args.lists() if len(values) > 1]
    if twice:
        raise ma.ValidationError({name: ["Given more than once."] for name in twice})


def _check_values(value: Any, path: list[str | int]) -> None:  # noqa: ANN401 - JSON is any value
    if isinstance(value, Mapping):
        for name, each in value.items():
            _check_values(name, path)
            _check_values(each, [*path, name])
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _check_values(each, [*path, index])
    else:
        try:
            _refuse_unusable(value)
        except ma.ValidationError as error:
            raise ma.ValidationError(_nested(path, error.messages)) from None


def _refuse_unusable(value: object) -> None:
    if isinstance(value, str):
        refuse_unwritable(value)
    elif isinstance(value, int) and abs(value) > sys.float_info.max:
        raise ma.ValidationError("A number is too large.")


def _nested(path: list[str | int], messages: Any) -> Any:  # noqa: ANN401 - marshmallow's error tree
    for step in reversed(path):
        messages = {step: messages}
    return messages
