"""``Idempotency-Key``: a repeated request gets the first answer, and no second effect.

The handler's effect and its answer commit in one transaction, so a crash leaves both
or neither. Follows the IETF draft httpapi-idempotency-key-header-07: a twin in flight
is 409, the same key with another body 422; failures of the checks before the handler,
5xx and refusals that depend on who asks, on their plan or how often are never stored.
"""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial, wraps
from typing import Any, ClassVar, TypeVar

from flask import Response, request
from sqlalchemy import text
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard.access import admission, joined
from abtpro_saas.blueprints.guard.answer_books import Book, Kept, Mark, book_of_caller
from abtpro_saas.blueprints.guard.callers import known
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.trail import record_refusal
from abtpro_saas.blueprints.http import problems
from abtpro_saas.blueprints.http.bodies import read_json
from abtpro_saas.blueprints.http.fields import JsonNumber
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.entitlements import FeatureNeededError
from abtpro_saas.errors import (
    ConflictError,
    DomainError,
    InvalidError,
    NotFoundError,
    PaymentRequiredError,
)
from abtpro_saas.identity.tables import ANSWERS_KEPT
from abtpro_saas.reruns import rerun

View = TypeVar("View", bound=Callable[..., Any])

HEADER = "Idempotency-Key"

_KEY = re.compile(r"[ -~]{1,255}")
_STORED = (PaymentRequiredError, NotFoundError, ConflictError)
_KEPT_HEADERS = ("Content-Type", "Location", "ETag")


class IdempotencyKeyError(InvalidError):
    """The header's text cannot be a key."""

    code = "invalid_idempotency_key"


class KeyReusedError(InvalidError):
    """The key was used before, with another body."""

    code = "idempotency_key_reused"


class InFlightError(ConflictError):
    """The first request with this key is not answered yet."""

    code = "idempotency_key_in_flight"
    retry_after_s: ClassVar[int] = 1


def idempotent(
    *, money: bool = False, operators: bool = False
) -> Callable[[View], View]:
    """Let a POST handler take ``Idempotency-Key``; stands above ``@blp.response``.

    ``money`` keeps the answer for ever; ``operators`` is for the handlers of theirs.
    The handler's ``tenant_access`` or ``operator_access`` joins the transaction that
    stores the answer: it must not wait for another server.
    """

    def decorate(view: View) -> View:
        if "response" not in getattr(view, "_apidoc", {}):
            raise TypeError("@idempotent stands above @blp.response")

        @wraps(view)
        def wrapper(*args: object, **kwargs: object) -> Response:
            handle: Callable[[], Response] = partial(view, *args, **kwargs)
            if HEADER not in request.headers:
                return handle()
            mark = _read_mark(money=money)
            book = book_of_caller(operators=operators)
            return rerun(lambda: _once(book, mark, handle))

        wrapper._takes_idempotency_key = True  # type: ignore[attr-defined] # noqa: SLF001 - read by is_idempotent
        return wrapper  # type: ignore[return-value] # the same signature, by wraps

    return decorate


def is_idempotent(view: object) -> bool:
    """Tell whether a handler takes ``Idempotency-Key``."""
    return getattr(view, "_takes_idempotency_key", False)


def _read_mark(*, money: bool) -> Mark:
    key = request.headers[HEADER]
    if _KEY.fullmatch(key) is None:
        raise IdempotencyKeyError(
            "an Idempotency-Key has 1 to 255 printable ASCII characters"
        )
    return Mark(request.method, request.path, key, _request_hash(money=money), money)


def _once(book: Book, mark: Mark, handle: Callable[[], Response]) -> Response:
    """Return the stored answer, or run the handler and store its answer with it."""
    now = utc_now()
    refused: DomainError | None = None
    with book.transaction() as session:
        _claim(session, book, mark)
        stored = _stored(session, book, mark, now)
        if stored is not None:
            # One user may hold several keys: not each may do what this one asks.
            with admission():
                handle()
            return _replay(stored, book, mark)
        try:
            with session.begin_nested(), joined(session):
                made = handle()
        except FeatureNeededError:
            raise  # of the family that is stored, but it is about who asks
        except _STORED as error:
            refused = error
            made = problems.answer(problems.problem_of(error))
        session.add(_entry(book, mark, made, now))
    if refused is not None:
        record_refusal(made.status_code, refused.code)
    return made


def _claim(session: Session, book: Book, mark: Mark) -> None:
    """Hold the key until this transaction ends.

    Raises:
        InFlightError: another request holds it.
    """
    name = ":".join(["idempotency", book.owner, *mark.place.values()])
    held = session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": name},
    )
    if not held:
        raise InFlightError("the first request with this key is not answered yet")


def _stored(session: Session, book: Book, mark: Mark, now: datetime) -> Kept | None:
    found = book.find(session, mark)
    if found is None or found.keep_forever or found.created_at > now - ANSWERS_KEPT:
        return found
    session.delete(found)
    session.flush()
    return None


def _replay(stored: Kept, book: Book, mark: Mark) -> Response:
    if stored.request_hash != mark.request_hash:
        raise KeyReusedError("this key was used before, with another body")
    body = stored.body
    if not stored.keep_forever:
        body = house().keyring.open(body, book.context)
    made = Response(body, stored.status, headers=stored.headers)
    made.headers["Idempotency-Replayed"] = "true"
    return made


def _entry(book: Book, mark: Mark, made: Response, now: datetime) -> Kept:
    body = made.get_data()
    if not mark.money:
        # It may hold what is shown once, such as a new key's secret.
        body = house().keyring.seal(body, book.context)
    return book.entry(
        mark,
        request_hash=mark.request_hash,
        status=made.status_code,
        body=body,
        headers={n: made.headers[n] for n in _KEPT_HEADERS if n in made.headers},
        created_at=now,
    )


def _request_hash(*, money: bool) -> bytes:
    """Return the SHA-256 of the body, however its JSON is spaced, and of the query.

    Where no money moves also of what the caller may do: a new key's secret is not shown
    again to a lesser key.
    """
    raw = request.get_data(cache=True)
    if raw and request.is_json:
        # What takes no body reads none: whatever came there is just other bytes.
        with suppress(json.JSONDecodeError):
            raw = json.dumps(read_json(raw), sort_keys=True, default=_written).encode()
    rights = () if money else sorted(getattr(known(), "scopes", ()))
    asked = (raw, request.query_string, " ".join(rights).encode())
    return hashlib.sha256(b"?".join(asked)).digest()


def _written(number: JsonNumber) -> dict[str, str]:
    return {"number": number.written}
