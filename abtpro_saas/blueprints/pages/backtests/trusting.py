"""How far a run can be trusted: its grade, the reasons first that speak against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.robustness.grade import Verdict
from abtpro_saas.backtesting.runs.finding import completed_run
from abtpro_saas.backtesting.studies.reading import NO_TRUST, trust_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RUN_TOPIC
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.pages.backtests.words import in_words
from abtpro_saas.blueprints.pages.shell import render, wants_fragment
from abtpro_saas.plugins.api.parameters import Text

EXAMINED_WITHIN = timedelta(minutes=10)
"""An examination that has not come until then is not waited for."""

VERDICTS = {
    Verdict.FAILED: ("bad", _l("Not passed")),
    Verdict.WARNED: ("warn", _l("Take care")),
    Verdict.UNKNOWN: ("", _l("Not known")),
    Verdict.PASSED: ("good", _l("Passed")),
}
TONES = {"A": "good", "B": "good", "C": "warn", "D": "bad", "E": "bad", "F": "bad"}

blp = Blueprint("backtest_trust_page", __name__, url_prefix="/backtests")


@dataclass(frozen=True)
class Told:
    """A check in words; ``code`` is its verdict."""

    code: str
    tone: str
    verdict: str
    title: str
    text: str


@dataclass(frozen=True)
class Trust:
    """A grade as the page shows it; checks in ``against`` speak against it."""

    letter: str
    tone: str
    score: int
    why: str
    against: Sequence[Told]
    others: Sequence[Told]
    passed: int


@blp.get("/<uuid:backtest_id>/trust")
def show(backtest_id: UUID) -> Response:
    """Show the grade alone, once there is one; it stands on the report's page."""
    if not wants_fragment():
        where = url_for("backtest_page.show", backtest_id=backtest_id)
        return redirect(where + "#trust")
    with tenant_access(scope="backtests:read") as access:
        run = completed_run(
            access.session, access.tenant_id, backtest_id, access.user_id
        )
        context = trust_context(access, run)
    return render("backtests/_trust.html", run=run, **context)


@dataclass(frozen=True)
class Letter:
    """A grade where there is room for nothing else."""

    text: str
    tone: str


def letter_of(access: Access, run: Backtest) -> Letter | None:
    """Return a run's grade alone, None where it has none."""
    found = trust_of(access.session, run).grade
    return Letter(found["grade"], TONES.get(found["grade"], "warn")) if found else None


def trust_context(access: Access, run: Backtest) -> dict[str, Any]:
    """Return what the part draws that says how far to trust a completed run."""
    found = trust_of(access.session, run)
    waits = found.reason == "not_examined" and _is_recent(run, access.now)
    live = events_url(access.caller, RUN_TOPIC, run.backtest_id) if waits else None
    return {
        "trust": _trust(found.grade) if found.grade else None,
        "no_trust": in_words(NO_TRUST[found.reason]) if found.reason else "",
        "trust_live_url": live,
        "may_write": "backtests:write" in access.caller.scopes,
    }


def _trust(found: Mapping[str, Any]) -> Trust:
    told = [_told(each) for each in found["checks"]]
    against = {Verdict.FAILED, Verdict.WARNED}
    return Trust(
        found["grade"],
        TONES.get(found["grade"], "warn"),
        found["score"],
        _why(told),
        [each for each in told if each.code in against],
        [each for each in told if each.code not in against],
        sum(each.code == Verdict.PASSED for each in told),
    )


def _why(told: Sequence[Told]) -> str:
    """Return how much speaks against it; the checks below say what, each once."""
    failed, warned = (
        sum(each.code == verdict for each in told)
        for verdict in (Verdict.FAILED, Verdict.WARNED)
    )
    if failed:
        count = ngettext("%(num)d check failed.", "%(num)d checks failed.", failed)
        return str(count)
    if warned:
        count = ngettext(
            "Nothing failed; %(num)d check asks for care.",
            "Nothing failed; %(num)d checks ask for care.",
            warned,
        )
        return str(count)
    return str(_("Every check that these data allow was passed."))


def _told(check: Mapping[str, Any]) -> Told:
    tone, words = VERDICTS[Verdict(check["verdict"])]
    title, text = (in_words(Text(**check[name])) for name in ("title", "text"))
    return Told(check["verdict"], tone, str(words), title, text)


def _is_recent(run: Backtest, now: datetime) -> bool:
    return run.completed_at is not None and now < run.completed_at + EXAMINED_WITHIN
