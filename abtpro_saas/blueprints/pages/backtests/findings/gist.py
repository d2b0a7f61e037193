"""A study in one figure, or what a rerun has shown, for the list."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abtpro_saas.backtesting.reporting.writing import NOTHING, percent
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import Repeated, RunKind
from abtpro_saas.blueprints.pages.backtests.findings.writer import Writer

SHOWN = {
    Repeated.MATCHES: _l("The same came out"),
    Repeated.DIFFERS: _l("Something else came out"),
    Repeated.DATA_CHANGED: _l("Its data are gone"),
}
"""What computing a result again has shown."""


def gist(run: Backtest) -> tuple[str, str]:
    """Return what a completed study or rerun came to: what it is, and how much."""
    found = run.findings or {}
    if run.kind == RunKind.OPTIMISATION:
        writer, best = Writer(run), found["best"]
        told = _("Best of %(count)s trials", count=f"{found['trials']:,}")
        score = writer.score(best["score"]) if best else NOTHING
        return f"{told}, {writer.title}", score
    if run.kind == RunKind.WALK_FORWARD:
        gained = found["metrics"].get("total_return")
        told = _("Return on unseen candles")
        return str(told), NOTHING if gained is None else percent(gained)
    if run.kind == RunKind.RERUN:
        return str(_("Computed again")), str(SHOWN[Repeated(found["verdict"])])
    share = found["ruin"]["probability"]
    return str(_("Probability of ruin")), f"{share * 100:.1f}%"
