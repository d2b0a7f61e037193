"""A user's backtests: the queue with its progress, what came out, cancel and remove."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.runs.ending import RunEndedError, cancel_run, remove_run
from abtpro_saas.backtesting.runs.finding import list_runs
from abtpro_saas.backtesting.studies.reading import time_left
from abtpro_saas.backtesting.words import ENDED, RUNS_TOPIC, RunKind, RunStatus
from abtpro_saas.blueprints.guard.access import events_url, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.pages.backtests import words
from abtpro_saas.blueprints.pages.backtests.findings.gist import gist
from abtpro_saas.blueprints.pages.backtests.trusting import letter_of
from abtpro_saas.blueprints.pages.frame.forms import refused, text
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import InvalidError

ON_A_PAGE = 20

blp = Blueprint("backtests_page", __name__, url_prefix="/backtests")
for _name, _filter in words.FILTERS.items():
    blp.add_app_template_filter(_filter, _name)
blp.add_app_template_filter(gist, "gist")
blp.add_app_template_global(words.metric, "metric")
blp.add_app_template_global(words.why_not, "why_not")


@blp.get("")
def show() -> Response:
    """Show the reader's runs, newest first, kept current while one is under way."""
    status, kind = _asked_status(), _asked_kind()
    with tenant_access(scope="backtests:read") as access:
        filters = {"user": access.user_id, "status": status, "kind": kind}
        cursor = request.args.get("cursor")
        pager = Pager(access.tenant_id, "pages.backtests", ON_A_PAGE, filters, cursor)
        before = pager.after
        rows = list_runs(
            access.session,
            access.tenant_id,
            access.user_id,
            status=status,
            kind=kind,
            limit=pager.fetch,
            before=before[0] if before else None,
        )
        page = pager.close(rows, lambda row: (row.backtest_id,))
        is_open = any(row.status not in ENDED for row in page.rows)
        live = events_url(access.caller, RUNS_TOPIC, access.user_id)
        context: dict[str, Any] = {
            "page": page,
            "chosen": status or "",
            "statuses": list(RunStatus),
            "kind": kind or "",
            "kinds": list(words.KINDS.items()),
            "letters": {
                row.backtest_id: letter_of(access, row)
                for row in page.rows
                if row.trust is not None
            },
            "left": {
                row.backtest_id: time_left(access.session, row, access.now)
                for row in page.rows
                if row.status == RunStatus.RUNNING
            },
            "live_url": live if is_open else None,
            "may_write": "backtests:write" in access.caller.scopes,
            "now": access.now,
        }
    return render("backtests/show.html", fragment="backtests/_runs.html", **context)


@blp.post("/<uuid:backtest_id>/cancellation")
def cancel(backtest_id: UUID) -> Response:
    """Cancel a run that waits or runs."""
    try:
        with tenant_access(scope="backtests:write") as access:
            cancel_run(
                access.session,
                access.tenant_id,
                backtest_id,
                access.user_id,
                most=house().settings.max_concurrent_backtests,
                now=access.now,
            )
            access.note(action="backtest.cancel", subject=backtest_id)
    except RunEndedError as error:
        refused(error)  # the page shows how it has ended meanwhile
    return redirect(_back(backtest_id), 303)


@blp.post("/<uuid:backtest_id>/removal")
def remove(backtest_id: UUID) -> Response:
    """Take a run from view; that it was tried stays counted."""
    with tenant_access(scope="backtests:write") as access:
        remove_run(
            access.session,
            access.tenant_id,
            backtest_id,
            access.user_id,
            most=house().settings.max_concurrent_backtests,
            now=access.now,
        )
        access.note(action="backtest.remove", subject=backtest_id)
    return redirect(url_for("backtests_page.show"), 303)


def _back(backtest_id: UUID) -> str:
    if text("back") == "list":
        return url_for("backtests_page.show")
    return url_for("backtest_page.show", backtest_id=backtest_id)


def _asked_kind() -> str | None:
    with suppress(ValueError):
        return RunKind(request.args.get("kind", ""))
    if request.args.get("kind"):
        raise InvalidError("there is no such kind", "kind")
    return None


def _asked_status() -> str | None:
    with suppress(ValueError):
        return RunStatus(request.args.get("status", ""))
    if request.args.get("status"):
        raise InvalidError("there is no such status", "status")
    return None
