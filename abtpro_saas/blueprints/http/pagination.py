"""Lists by pages: signed cursors, and the limit, offset and page of 1.x clients."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from marshmallow import ValidationError, validate, validates_schema
from marshmallow.fields import Integer, String

from abtpro_saas.blueprints.http.fields import StrictSchema
from abtpro_saas.errors import InvalidError
from abtpro_saas.ids import TenantId

MOST = 500
FURTHEST = 100_000
"""The last row that an offset reaches; a cursor has no such end."""

Row = TypeVar("Row")
Key = tuple[Any, ...]


class CursorError(InvalidError):
    """The cursor is not ours, or belongs to another list, filter or order."""

    code = "invalid_cursor"


class CursorArgs(StrictSchema):
    """The query of every list; a list's own filters extend it."""

    limit = Integer(
        load_default=50,
        validate=validate.Range(1, MOST),
        metadata={"description": "How many rows at most."},
    )
    cursor = String(
        load_default=None,
        validate=validate.Length(max=2000),
        metadata={"description": "`next_cursor` of the page before."},
    )


class OffsetArgs(CursorArgs):
    """The same for lists that 1.x clients walk by ``offset`` or ``page``."""

    offset = Integer(load_default=None, validate=validate.Range(0, FURTHEST))
    page = Integer(load_default=None, validate=validate.Range(1, FURTHEST // 10))

    @validates_schema
    def one_way_alone(self, data: dict[str, Any], **_: object) -> None:
        """Refuse a query that says twice where to begin."""
        named = [n for n in ("cursor", "offset", "page") if data.get(n) is not None]
        if len(named) > 1:
            raise ValidationError(f"Not together with {named[0]}.", named[1])


def offset_of(args: Mapping[str, Any]) -> int:
    """Return how many rows an ``OffsetArgs`` query skips."""
    if args["page"] is not None:
        return min((int(args["page"]) - 1) * int(args["limit"]), FURTHEST)
    return int(args["offset"] or 0)


@dataclass(frozen=True)
class Pager:
    """One list's place in its order: asks for a row too many, to know what follows.

    ``name`` is the list's and ``filters`` what narrows or orders it: a cursor opens
    only for the tenant, list and filters that it was given for.
    """

    tenant_id: TenantId | None
    name: str
    limit: int
    filters: Mapping[str, Any]
    cursor: str | None = None

    @property
    def fetch(self) -> int:
        """The LIMIT to query with."""
        return self.limit + 1

    @property
    def after(self) -> Key | None:
        """The sort key to continue after, or nothing on the first page.

        Raises:
            CursorError: the cursor was not given for this list.
        """
        if self.cursor is None:
            return None
        try:
            return tuple(_read(each) for each in self._signer().loads(self.cursor))
        except (BadData, ValueError, TypeError):
            raise CursorError(
                "this cursor belongs to another list, filter or tenant", "cursor"
            ) from None

    def close(self, rows: Sequence[Row], key: Callable[[Row], Key]) -> "Page[Row]":
        """Return the page that ``rows`` make; ``key`` gives a row's sort key."""
        shown = list(rows[: self.limit])
        if len(rows) <= self.limit:
            return Page(shown, None)
        return Page(shown, self.cursor_after(key(shown[-1])))

    def cursor_after(self, key: Key) -> str:
        """Return the cursor that continues after the row with this sort key."""
        return str(self._signer().dumps([_write(each) for each in key]))

    def _signer(self) -> URLSafeSerializer:
        bound = [str(self.tenant_id), self.name, dict(self.filters)]
        text = json.dumps(bound, sort_keys=True, default=str)
        # Another list is another salt, so its cursor has no valid signature here.
        salt = "cursor." + hashlib.sha256(text.encode()).hexdigest()
        return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=salt)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows to show, and the cursor of what follows."""

    rows: list[Row]
    next_cursor: str | None

    def under(self, name: str, rows: Sequence[Any] | None = None) -> dict[str, Any]:
        """Return the answer's members: the list by its name, count, next_cursor."""
        shown = self.rows if rows is None else rows
        return {name: shown, "count": len(shown), "next_cursor": self.next_cursor}


def _write(value: Any) -> list[str] | int | str | None:  # noqa: ANN401 - a sort key's column
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, UUID):
        return ["u", value.hex]
    if value is None or isinstance(value, int | str):
        return value
    raise TypeError(f"no sort key: {type(value).__name__}")


_READERS: dict[str, Callable[[str], Any]] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "u": UUID,
}


def _read(value: Any) -> Any:  # noqa: ANN401 - a sort key's column
    return _READERS[value[0]](value[1]) if isinstance(value, list) else value
