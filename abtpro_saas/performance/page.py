"""Writes docs/metrics.md: python -m abtpro_saas.performance.page > docs/metrics.md."""

import sys

from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.metric import GROUPS, UNITS, Group, Metric
from abtpro_saas.performance.undefined import WORDS

_TOP = """\
# Metrics

What a report says of a run, an account or a bot: {count} figures, each with its unit,
its definition in both languages, and where the formula is from. This page is written by
`python -m abtpro_saas.performance.page`; a test fails when it is not up to date.

- **Marked to market.** Equity counts open positions at every close, so a drawdown is
  the true one; the initial capital stands before the first bar. Trades that are still
  open are no closed trades: they count in equity, costs and exposure alone.
- **Daily returns, UTC.** Sharpe, Sortino, volatility and the like are worked out from
  the returns of UTC days, as freqtrade, Jesse, backtesting.py and LEAN do; crypto
  markets count UTC days. A year has 365 days. Bars longer than a day count as one day
  each, and a year has then as many of them as fit. Days without candles are left out.
  `sharpe_ratio_bars` and `volatility_bars` are from bar to bar.
- **Risk-free rate 0**, and the market is the first symbol, bought at its first close
  and held, without costs.
- **Percent** is 12.5 for 12.5 %; drawdowns, losses, MAE and values at risk are
  positive. Amounts are in the quote currency. Counts, seconds and instants are whole.
  A single trade's `mae` in the API is the same loss as a fraction with its sign: -0.034
  where the metric says 3.4.
- **No value** is `null` with the code of a reason, never NaN or infinite.
- **No equity below zero.** Who has lost everything has 0, and returns of 0 from then
  on; a record with less is refused: it should have been liquidated before.
- **The same bytes.** Sums are taken in one fixed order, so that a record gives the
  same figures on any machine.
"""

_NOT_YET = """\
## What is not measured

Capacity needs the market's volume, entry tags and rejected, expired or replaced orders
need the orders: a record holds neither. Nothing is paid in or out of a record, so the
time-weighted and the money-weighted return are the total return.
"""


def describe() -> str:
    """Return the page, in Markdown."""
    parts = [_TOP.format(count=len(CATALOGUE))]
    parts += [_section(group) for group in Group]
    parts += [_reasons(), _NOT_YET]
    return "\n".join(parts)


def _section(group: Group) -> str:
    rows = [_row(each) for each in CATALOGUE.values() if each.group is group]
    head = "| Key, unit | Definition | Source |\n|---|---|---|\n"
    return f"## {GROUPS[group].en} · {GROUPS[group].th}\n\n{head}{''.join(rows)}"


def _row(metric: Metric) -> str:
    english = f"**{metric.title.en}.** {metric.definition.en}"
    thai = f"**{metric.title.th}** {metric.definition.th}"
    unit = UNITS[metric.unit].en
    return f"| `{metric.key}`<br>{unit} | {english}<br>{thai} | {metric.source} |\n"


def _reasons() -> str:
    rows = [f"| `{why}` | {words.en} | {words.th} |\n" for why, words in WORDS.items()]
    return f"## Reasons for no value\n\n| Code | | |\n|---|---|---|\n{''.join(rows)}"


if __name__ == "__main__":
    sys.stdout.write(describe())
