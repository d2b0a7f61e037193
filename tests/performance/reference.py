"""Every metric once more, by its definition; what cannot be worked out raises."""

from math import isfinite, sqrt
from statistics import fmean, median, stdev, variance

from abtpro_saas.performance.record import Reason
from tests.performance.facts import (
    YEAR,
    Deals,
    Facts,
    falls_of,
    fit,
    lo_factor,
    moment,
    quantile,
    tail,
    vary,
)

CURVE = {
    "initial_capital": lambda f: f.start,
    "final_capital": lambda f: f.final,
    "net_profit": lambda f: f.final - f.start,
    "total_return": lambda f: 100 * f.total,
    "peak_equity": lambda f: max(f.levels),
    "lowest_equity": lambda f: min(f.levels),
    "run_up": lambda f: max(e - low for low, e in f.rises),
    "run_up_percent": lambda f: max(
        100 * (e / w - 1) if w else 0.0 for w, e in f.rises
    ),
    "started_at": lambda f: f.closes[0],
    "ended_at": lambda f: f.closes[-1],
    "length": lambda f: (f.closes[-1] - f.closes[0]) / 1000,
    "bars": lambda f: f.bars,
    "cagr": lambda f: 100 * f.grow(f.total),
    "annual_return": lambda f: 100 * f.yearly,
    "best_day": lambda f: 100 * max(f.daily),
    "worst_day": lambda f: 100 * min(f.daily),
    "winning_days": lambda f: sum(v > 0 for v in f.daily),
    "even_days": lambda f: f.daily.count(0),
    "losing_days": lambda f: sum(v < 0 for v in f.daily),
    "best_month": lambda f: 100 * max(f.monthly),
    "worst_month": lambda f: 100 * min(f.monthly),
    "winning_months": lambda f: 100 * fmean([v > 0 for v in f.monthly]),
    "r2_end_balance": lambda f: fit(f.levels, f.final),
    "r2_maximum_balance": lambda f: fit(f.levels, max(f.levels)),
    "stability": lambda f: f.stability,
    "exposed_return": lambda f: (
        100 * f.grow(f.total) / fmean([x > 0 for x in f.exposure])
    ),
    "volatility": lambda f: 100 * f.volatility,
    "volatility_bars": lambda f: 100 * stdev(f.each) * sqrt(YEAR / f.step),
    "variance": lambda f: variance(f.daily) * f.per_year,
    "downside_deviation": lambda f: 100 * f.losses,
    "skewness": lambda f: moment(f.daily, 3),
    "kurtosis": lambda f: moment(f.daily, 4) - 3,
    "value_at_risk_95": lambda f: -100 * quantile(f.daily, 0.05),
    "value_at_risk_99": lambda f: -100 * quantile(f.daily, 0.01),
    "expected_shortfall_95": lambda f: -100 * tail(f.daily, 0.05),
    "expected_shortfall_99": lambda f: -100 * tail(f.daily, 0.01),
    "tail_ratio": lambda f: abs(quantile(f.daily, 0.95) / quantile(f.daily, 0.05)),
    "autocorrelation": lambda f: f.rho,
    "max_drawdown": lambda f: 100 * max(f.below),
    "max_drawdown_amount": lambda f: max(f.amounts),
    "max_drawdown_high": lambda f: f.deepest.peak,
    "max_drawdown_low": lambda f: f.deepest.low,
    "max_drawdown_started_at": lambda f: f.deepest.since,
    "max_drawdown_low_at": lambda f: f.deepest.low_at,
    "max_drawdown_ended_at": lambda f: f.recovered,
    "max_drawdown_duration": lambda f: f.deepest.seconds(f.closes[-1]),
    "recovery_time": lambda f: (f.recovered - f.deepest.low_at) / 1000,
    "drawdowns": lambda f: len(f.falls),
    "average_drawdown": lambda f: 100 * fmean(fall.depth for fall in f.falls),
    "average_drawdown_duration": lambda f: fmean(f.lasts),
    "longest_drawdown": lambda f: max(f.lasts, default=0),
    "time_underwater": lambda f: 100 * fmean([d > 0 for d in f.below]),
    "current_drawdown": lambda f: 100 * f.below[-1],
    "ulcer_index": lambda f: 100 * f.ulcer,
    "pain_index": lambda f: 100 * fmean(f.below),
    "drawdown_at_risk_95": lambda f: 100 * f.cdar,
    "sharpe_ratio": lambda f: f.sharpe * sqrt(f.per_year),
    "sharpe_ratio_bars": lambda f: fmean(f.each) / vary(f.each) * sqrt(YEAR / f.step),
    "sharpe_ratio_adjusted": lambda f: f.sharpe * lo_factor(f.rho, f.per_year),
    "sortino_ratio": lambda f: f.yearly / f.losses,
    "sortino_ratio_adjusted": lambda f: (
        f.yearly / f.losses * lo_factor(f.rho, f.per_year) / sqrt(f.per_year)
    ),
    "calmar_ratio": lambda f: f.grow(f.total) / max(f.below),
    "omega_ratio": lambda f: (
        sum(v for v in f.daily if v > 0) / -sum(v for v in f.daily if v < 0)
    ),
    "gain_to_pain": lambda f: sum(f.monthly) / -sum(v for v in f.monthly if v < 0),
    "risk_return_ratio": lambda f: f.sharpe,
    "ulcer_performance": lambda f: f.grow(f.total) / f.ulcer,
    "pain_ratio": lambda f: f.grow(f.total) / fmean(f.below),
    "serenity_ratio": lambda f: (
        f.yearly * vary(f.daily) * sqrt(f.per_year) / (f.ulcer * f.cdar)
    ),
    "profit_to_drawdown": lambda f: (f.final - f.start) / max(f.amounts),
    "probabilistic_sharpe_ratio": lambda f: 100 * f.certainty,
    "minimum_track_record": lambda f: f.track,
    "buy_and_hold_return": lambda f: 100 * f.hold,
    "buy_and_hold_cagr": lambda f: 100 * f.grow(f.hold),
    "buy_and_hold_drawdown": lambda f: 100 * max(falls_of(f.compounded(f.follow))),
    "excess_return": lambda f: 100 * (f.total - f.hold),
    "beta": lambda f: f.beta,
    "alpha": lambda f: 100 * (f.yearly - f.beta * fmean(f.follow) * f.per_year),
    "correlation": lambda f: f.related,
    "market_r2": lambda f: f.explained,
    "treynor_ratio": lambda f: f.yearly / f.beta,
    "tracking_error": lambda f: 100 * f.tracking * sqrt(f.per_year),
    "information_ratio": lambda f: fmean(f.lead) / f.tracking * sqrt(f.per_year),
    "up_capture": lambda f: 100 * f.captured(1),
    "down_capture": lambda f: 100 * f.captured(-1),
    "time_in_market": lambda f: 100 * fmean([x > 0 for x in f.exposure]),
    "average_exposure": lambda f: 100 * fmean(f.loads),
    "max_leverage": lambda f: max(f.loads),
    "largest_position": lambda f: max(f.exposure),
}


def of(rows, column):
    return [row[column] for row in rows]


TRADES = {
    "realised_profit": lambda d: sum(d.profits),
    "unrealised_profit": lambda d: sum(of(d.open, "profit")),
    "gross_profit": lambda d: sum(of(d.won, "profit")),
    "gross_loss": lambda d: -sum(of(d.lost, "profit")),
    "total_trades": lambda d: len(d.closed),
    "open_trades": lambda d: len(d.open),
    "winning_trades": lambda d: len(d.won),
    "losing_trades": lambda d: len(d.lost),
    "even_trades": lambda d: d.profits.count(0),
    "long_trades": lambda d: len(d.side(1)),
    "short_trades": lambda d: len(d.side(-1)),
    "long_share": lambda d: 100 * len(d.side(1)) / len(d.closed),
    "win_rate": lambda d: 100 * len(d.won) / len(d.closed),
    "loss_rate": lambda d: 100 * len(d.lost) / len(d.closed),
    "win_rate_long": lambda d: 100 * fmean([p > 0 for p in d.side(1)]),
    "win_rate_short": lambda d: 100 * fmean([p > 0 for p in d.side(-1)]),
    "win_streak": lambda d: d.streak(1),
    "loss_streak": lambda d: d.streak(-1),
    "profit_factor": lambda d: sum(of(d.won, "profit")) / -sum(of(d.lost, "profit")),
    "expectancy": lambda d: fmean(d.profits),
    "expectancy_percent": lambda d: 100 * fmean(d.returns),
    "median_trade": lambda d: median(d.profits),
    "average_win": lambda d: fmean(of(d.won, "profit")),
    "average_loss": lambda d: -fmean(of(d.lost, "profit")),
    "payoff_ratio": lambda d: d.payoff,
    "expectancy_ratio": lambda d: fmean(d.profits) / -fmean(of(d.lost, "profit")),
    "best_trade": lambda d: max(d.profits),
    "worst_trade": lambda d: min(d.profits),
    "best_trade_percent": lambda d: 100 * max(d.returns),
    "worst_trade_percent": lambda d: 100 * min(d.returns),
    "profit_long": lambda d: fmean(d.side(1)) * len(d.side(1)),
    "profit_short": lambda d: fmean(d.side(-1)) * len(d.side(-1)),
    "profit_deviation": lambda d: stdev(d.profits),
    "profit_downside_deviation": lambda d: sqrt(
        fmean([min(p, 0.0) ** 2 for p in d.profits])
    ),
    "sqn": lambda d: fmean(d.profits) / vary(d.profits) * sqrt(len(d.closed)),
    "kelly": lambda d: 100 * d.kelly,
    "average_duration": lambda d: fmean(of(d.closed, "seconds")),
    "median_duration": lambda d: median(of(d.closed, "seconds")),
    "longest_duration": lambda d: max(of(d.closed, "seconds")),
    "shortest_duration": lambda d: min(of(d.closed, "seconds")),
    "average_duration_winners": lambda d: fmean(of(d.won, "seconds")),
    "average_duration_losers": lambda d: fmean(of(d.lost, "seconds")),
    "average_bars": lambda d: fmean(row["exit"] - row["entry"] for row in d.closed),
    "signal_exits": lambda d: d.ended(
        Reason.SIGNAL, Reason.REBALANCED, Reason.REVERSED
    ),
    "stop_exits": lambda d: d.ended(Reason.STOP_LOSS),
    "trailing_exits": lambda d: d.ended(Reason.TRAILING_STOP),
    "target_exits": lambda d: d.ended(Reason.TAKE_PROFIT),
    "liquidations": lambda d: d.ended(Reason.LIQUIDATION),
    "mae_average": lambda d: -100 * fmean(of(d.closed, "mae")),
    "mae_largest": lambda d: -100 * min(of(d.closed, "mae")),
    "mfe_average": lambda d: 100 * fmean(of(d.closed, "mfe")),
    "mfe_largest": lambda d: 100 * max(of(d.closed, "mfe")),
    "edge_ratio": lambda d: sum(of(d.closed, "mfe")) / -sum(of(d.closed, "mae")),
    "closed_trade_drawdown": lambda d: d.closed_fall,
    "intra_trade_drawdown": lambda d: d.inner_fall,
    "end_trade_drawdown": lambda d: fmean(d.given_back),
    "end_trade_drawdown_largest": lambda d: max(d.given_back),
    "fees": lambda d: sum(of(d.rows, "fees")),
    "funding": lambda d: sum(of(d.rows, "funding")),
    "slippage_paid": lambda d: sum(of(d.rows, "slippage")),
    "break_even_cost": lambda d: 100 * d.break_even,
    "volume": lambda d: d.volume,
    "average_stake": lambda d: fmean(of(d.rows, "stake")),
}

BOTH = {
    "trades_per_day": lambda f, d: len(d.closed) / f.years / 365,
    "trades_per_week": lambda f, d: len(d.closed) / f.years * 7 / 365,
    "trades_per_month": lambda f, d: len(d.closed) / f.years / 12,
    "costs_percent": lambda f, d: 100 * d.costs / f.start,
    "turnover": lambda f, d: d.volume / fmean(f.equity) / f.years,
}

INSIDE = {
    "unclear_bars": lambda inside, _: inside.unclear,
    "narrowest_trail": lambda inside, _: inside.trail,
    "coarse_return": lambda inside, start: 100 * (inside.coarse - start) / start,
}

# No mean of nothing, no highest of nothing, nothing of what nobody looked at.
NOT_THERE = (ArithmeticError, ValueError, AttributeError, TypeError)


def reference(record):
    """Return each metric's value, None where there is none."""
    facts, deals = Facts(record), Deals(record)
    ways = {key: (way, (facts,)) for key, way in CURVE.items()}
    ways |= {key: (way, (deals,)) for key, way in TRADES.items()}
    ways |= {key: (way, (facts, deals)) for key, way in BOTH.items()}
    inside = record.inside, facts.start
    ways |= {key: (way, inside) for key, way in INSIDE.items()}
    return {key: _tried(way, given) for key, (way, given) in ways.items()}


def _tried(way, given):
    try:
        value = way(*given)
    except NOT_THERE:
        return None
    return value if isfinite(value) else None
