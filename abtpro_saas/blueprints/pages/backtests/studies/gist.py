"""A study in one figure, for the list."""

from flask_babel import gettext as _

from abtpro_saas.backtesting.reporting.writing import NOTHING, percent
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RunKind
from abtpro_saas.blueprints.pages.backtests.studies.found import Writer


def gist(run: Backtest) -> tuple[str, str]:
    """Return what a completed study came to: what it is, and how much."""
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
    share = found["ruin"]["probability"]
    return str(_("Probability of ruin")), f"{share * 100:.1f}%"
