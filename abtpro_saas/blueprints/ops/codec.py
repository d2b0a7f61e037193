"""Payloads in clear, for an operator at the Temporal UI; never the reverse."""

from flask import Blueprint, Response, request
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from abtpro_saas.blueprints.guard.access import operator_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.ops.door import let_operator_in
from abtpro_saas.errors import InvalidError
from abtpro_saas.sealing import SealError
from abtpro_saas.temporal import PayloadSeal

blp = Blueprint("codec", __name__, url_prefix="/codec")

MOST = 1000
"""Payloads in one request: a page of the UI's history asks for far fewer."""


class CodecError(InvalidError):
    """Not what the Temporal UI asks."""

    code = "invalid_payloads"


@blp.post("/decode")
@open_to_all(limited=False)  # the operators' door below asks for their own sign-in
def decode() -> Response:
    """Return the payloads in clear; one that our keys do not open stays as it is."""
    let_operator_in()
    if request.headers.get("X-Namespace") != house().settings.temporal_namespace:
        raise CodecError("X-Namespace is not the namespace of this installation")
    payloads = _read(request.get_data())
    seal = PayloadSeal(house().keyring)
    with operator_access() as access:
        access.note(
            action="codec.decode",
            subject=request.headers.get("Referer", "")[:300],
            payloads=len(payloads.payloads),
        )
        opened = Payloads(payloads=[_open(seal, each) for each in payloads.payloads])
    answer = Response(json_format.MessageToJson(opened), mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _read(body: bytes) -> Payloads:
    try:
        payloads = json_format.Parse(body, Payloads())
    except (json_format.ParseError, UnicodeDecodeError):
        raise CodecError("the body is not a list of payloads") from None
    if len(payloads.payloads) > MOST:
        raise CodecError(f"{MOST} payloads at most")
    return payloads


def _open(seal: PayloadSeal, payload: Payload) -> Payload:
    try:
        return seal.open(payload)
    except SealError:
        return payload
