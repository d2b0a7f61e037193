"""What somebody was told, newest first."""

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.notifications import service, texts
from abtpro_saas.notifications.kinds import NoticeKind

ON_A_PAGE = 50

blp = Blueprint("notices_page", __name__, url_prefix="/notices")


@blp.get("")
def show() -> Response:
    """Show the newest notices; what was unread is marked, until somebody says so."""
    with tenant_access(scope="notices:read") as access:
        cursor = request.args.get("cursor")
        pager = Pager(access.tenant_id, "pages.notices", ON_A_PAGE, {}, cursor)
        after = pager.after
        rows = service.list_notices(
            access.session,
            access.tenant_id,
            access.user_id,
            limit=pager.fetch,
            before=UUID(str(after[0])) if after else None,
        )
        page = pager.close(rows, lambda row: (row.notice_id,))
        may_write = "notices:write" in access.caller.scopes
    written = [
        (row, texts.write(NoticeKind(row.kind), language(), row.params))
        for row in page.rows
    ]
    return render(
        "notices/show.html",
        fragment="notices/_list.html",
        page=page,
        written=written,
        may_write=may_write,
    )


@blp.post("/read")
def mark_read() -> Response:
    """Mark all as read."""
    with tenant_access(scope="notices:write") as access:
        service.mark_read(access.session, access.tenant_id, access.user_id, access.now)
        access.note(action="notices.read")
    return redirect(url_for("notices_page.show"), 303)
