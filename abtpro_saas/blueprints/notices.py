"""What the caller was told, newest first, and how much of it is unread."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import validate
from marshmallow.fields import UUID as UuidField  # noqa: N811 - beside uuid's own
from marshmallow.fields import Dict, Integer, List, Nested, String

from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.http.fields import StrictSchema, Utc
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import CursorArgs, Pager
from abtpro_saas.identity import people
from abtpro_saas.notifications import service, texts
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.tables import Notice

blp = Blueprint(
    "notices",
    __name__,
    url_prefix="/api/v1/notices",
    description="What you were told",
)


class UserNoticeOut(StrictSchema):
    """One thing that the caller was told; its words are in the caller's language."""

    id = UuidField(required=True)
    kind = String(required=True, validate=validate.OneOf(list(NoticeKind)))
    title = String(required=True)
    text = String(required=True)
    params = Dict(required=True, metadata={"description": "What the text names."})
    created_at = Utc(required=True)
    read_at = Utc(required=True, allow_none=True)


class UserNoticesOut(StrictSchema):
    """A page of notices, and how many are unread in all."""

    notices = List(Nested(UserNoticeOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)
    unread = Integer(required=True)


class ReadingIn(StrictSchema):
    """What was read: all, or no newer than ``up_to``."""

    up_to = UuidField(
        load_default=None,
        metadata={"description": "The newest notice that was shown."},
    )


class UnreadOut(StrictSchema):
    """How many notices are unread."""

    unread = Integer(required=True)


@blp.route("")
class Notices(MethodView):
    """The caller's notices."""

    @blp.arguments(CursorArgs, location="query")
    @blp.response(200, UserNoticesOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List what the caller was told, newest first."""
        with tenant_access(scope="notices:read") as access:
            name = f"notices:{access.user_id}"
            pager = Pager(access.tenant_id, name, args["limit"], {}, args["cursor"])
            after = pager.after
            rows = service.list_notices(
                access.session,
                access.tenant_id,
                access.user_id,
                limit=pager.fetch,
                before=after[0] if after else None,
            )
            page = pager.close(rows, lambda row: (row.notice_id,))
            user = people.get_user(access.session, access.tenant_id, access.user_id)
            shown = [_answer(row, user.locale) for row in page.rows]
            return page.under("notices", shown) | _unread(access)


@blp.route("/read")
class Reading(MethodView):
    """What the caller has read."""

    @blp.arguments(ReadingIn)
    @blp.response(200, UnreadOut)
    def post(self, body: dict[str, UUID | None]) -> dict[str, int]:
        """Mark notices as read: all, or those no newer than `up_to`."""
        with tenant_access(scope="notices:write") as access:
            service.mark_read(
                access.session,
                access.tenant_id,
                access.user_id,
                access.now,
                up_to=body["up_to"],
            )
            access.note(action="notices.read")
            return _unread(access)


def _answer(row: Notice, locale: str) -> dict[str, Any]:
    words = texts.write(NoticeKind(row.kind), locale, row.params)
    return {
        "id": row.notice_id,
        "kind": row.kind,
        "title": words.title,
        "text": words.body,
        "params": row.params,
        "created_at": row.created_at,
        "read_at": row.read_at,
    }


def _unread(access: Access) -> dict[str, int]:
    return {
        "unread": service.count_unread(access.session, access.tenant_id, access.user_id)
    }
