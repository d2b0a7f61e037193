"""Which metrics a search may look for, and which way each is better."""

from abtpro_saas.backtesting.robustness.search import Search, refusal
from abtpro_saas.performance.definitions import CATALOGUE

MORE = frozenset(
    [
        "final_capital",
        "net_profit",
        "total_return",
        "realised_profit",
        "gross_profit",
        "peak_equity",
        "lowest_equity",
        "run_up",
        "run_up_percent",
        "cagr",
        "annual_return",
        "best_day",
        "worst_day",
        "winning_days",
        "best_month",
        "worst_month",
        "winning_months",
        "r2_end_balance",
        "r2_maximum_balance",
        "stability",
        "exposed_return",
        "skewness",
        "tail_ratio",
        "sharpe_ratio",
        "sharpe_ratio_bars",
        "sharpe_ratio_adjusted",
        "sortino_ratio",
        "sortino_ratio_adjusted",
        "calmar_ratio",
        "omega_ratio",
        "gain_to_pain",
        "risk_return_ratio",
        "ulcer_performance",
        "pain_ratio",
        "serenity_ratio",
        "profit_to_drawdown",
        "probabilistic_sharpe_ratio",
        "excess_return",
        "alpha",
        "treynor_ratio",
        "information_ratio",
        "up_capture",
        "winning_trades",
        "win_rate",
        "win_rate_long",
        "win_rate_short",
        "win_streak",
        "profit_factor",
        "expectancy",
        "expectancy_percent",
        "median_trade",
        "average_win",
        "payoff_ratio",
        "expectancy_ratio",
        "profit_long",
        "profit_short",
        "sqn",
        "kelly",
        "mfe_average",
        "edge_ratio",
        "break_even_cost",
    ]
)
LESS = frozenset(
    [
        "gross_loss",
        "losing_days",
        "volatility",
        "volatility_bars",
        "variance",
        "downside_deviation",
        "value_at_risk_95",
        "value_at_risk_99",
        "expected_shortfall_95",
        "expected_shortfall_99",
        "max_drawdown",
        "max_drawdown_amount",
        "max_drawdown_duration",
        "recovery_time",
        "average_drawdown",
        "average_drawdown_duration",
        "longest_drawdown",
        "time_underwater",
        "current_drawdown",
        "ulcer_index",
        "pain_index",
        "drawdown_at_risk_95",
        "minimum_track_record",
        "tracking_error",
        "down_capture",
        "losing_trades",
        "loss_rate",
        "loss_streak",
        "profit_deviation",
        "profit_downside_deviation",
        "liquidations",
        "mae_average",
        "mae_largest",
        "closed_trade_drawdown",
        "intra_trade_drawdown",
        "end_trade_drawdown",
        "end_trade_drawdown_largest",
        "fees",
        "slippage_paid",
        "costs_percent",
        "turnover",
    ]
)

STANDARD = (
    "total_return",
    "cagr",
    "annual_return",
    "sharpe_ratio",
    "max_drawdown",
    "total_trades",
    "win_rate",
    "profit_factor",
    "average_duration",
)
"""What everybody looks at, whatever the objective."""


def sign_of(objective: str) -> int:
    """Return 1 where more of a metric is better, -1 where less is.

    Raises:
        OrderError: there is no such metric, or neither way is better.
    """
    if objective in MORE:
        return 1
    if objective in LESS:
        return -1
    if objective in CATALOGUE:
        raise refusal(f"neither more nor less {objective} is better", "objective")
    raise refusal("no such metric: docs/metrics.md lists them", "objective")


def keys_of(search: Search) -> tuple[str, ...]:
    """Return the metrics that trials of a search are measured by, each once."""
    wanted = [each.metric for each in search.constraints]
    return tuple(dict.fromkeys((search.objective, *wanted, *STANDARD)))


def check_metrics(search: Search) -> None:
    """Refuse an objective or a constraint that says nothing.

    Raises:
        OrderError: an unknown metric, or bounds that nothing lies between.
    """
    sign_of(search.objective)
    for place, each in enumerate(search.constraints):
        if each.metric not in CATALOGUE:
            field = f"constraints.{place}.metric"
            raise refusal("no such metric: docs/metrics.md lists them", field)
        if each.least is not None and each.most is not None and each.most < each.least:
            raise refusal("not below least", f"constraints.{place}.most")
