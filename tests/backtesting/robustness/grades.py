"""The figures of a good run, and its grade with some of them changed."""

from copy import deepcopy

from abtpro_saas.backtesting.robustness.grade import TrialStats, grade

YEAR_S = 365 * 86_400
ALONE = TrialStats(1, 1, 0.2, 0.04)
MANY = TrialStats(500, 500, 10.0, 5.0)
GOOD = {
    "setup": {"fill_at": "next_open", "detail": None, "funding": False},
    "costs": {
        "assumed": False,
        "estimated": False,
        "fee_percent": 0.1,
        "returns": {"1": 60.0, "2": 50.0, "3": 40.0},
        "paid_percent": 0.1,
        "break_even_percent": 0.5,
    },
    "concentration": {
        "net_profit": 6_000.0,
        "best_trade": 0.1,
        "best_trades": 0.3,
        "few": 6,
        "best_month": 0.3,
        "months": 24,
        "open_trades": 0,
        "open_share": 0.0,
    },
    "days": {
        "count": 730,
        "per_year": 365.0,
        "sharpe": 0.12,
        "skewness": 0.0,
        "kurtosis": 3.0,
    },
    "data": {
        "bars": 17_520,
        "gaps": 0,
        "missing": 0,
        "longest_gap": 0,
        "outliers": 0,
        "symbols": 1,
    },
    "inside": {"unclear": 0, "trail": None, "coarse": None, "final": 16_000.0},
    "rejected": 0,
    "foresight": {
        "cuts": 40,
        "bars": 17_520,
        "longest": 17_000,
        "broken": 0,
        "failed": 0,
        "repeatable": True,
        "column": None,
        "time": None,
    },
    "history": {
        "declared": 51,
        "needed": 60,
        "bars": 17_520,
        "measured": 3_000,
        "drawn": False,
        "failed": False,
    },
}
METRICS = {
    "total_return": 60.0,
    "buy_and_hold_return": 40.0,
    "total_trades": 120,
    "length": 2 * YEAR_S,
    "probabilistic_sharpe_ratio": 99.8,
    "minimum_track_record": 200 * 86_400,
    "profit_to_drawdown": 3.0,
    "max_drawdown": 12.0,
    "liquidations": 0,
    "volume": 1e6,
    "funding": 0.0,
}


def graded(change=None, metrics=None, trials=ALONE, *, simulated=False, brought=False):
    """Return the grade of a good run of which some figures are others."""
    examination = deepcopy(GOOD)
    for path, value in (change or {}).items():
        room, _, name = path.partition(".")
        if name:
            examination[room] = (examination[room] or deepcopy(GOOD[room])) | {
                name: value
            }
        else:
            examination[room] = value
    metrics = METRICS | (metrics or {})
    return grade(examination, metrics, trials, simulated=simulated, brought=brought)


def verdicts(found):
    return {each.code: each.verdict for each in found.checks}
