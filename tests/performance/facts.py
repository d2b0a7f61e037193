"""What a record says, once more: slowly, in plain Python, without arrays."""

from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from math import erf, exp, log, sqrt
from statistics import (
    correlation,
    covariance,
    fmean,
    linear_regression,
    stdev,
    variance,
)

from abtpro_saas.performance.record import Reason

DAY = 86_400_000
YEAR = 365 * DAY


def changes(levels):
    return [b / a - 1 if a else 0.0 for a, b in pairwise(levels)]


def by_period(times, levels, first, form):
    """Return the returns of calendar periods, each named by ``form``."""
    last = {}
    for time, level in zip(times, levels, strict=True):
        last[datetime.fromtimestamp(time / 1000, UTC).strftime(form)] = level
    return changes([first, *last.values()])


def vary(values):
    """Return the sample deviation, which must be more than rounding."""
    spread = stdev(values)
    if spread <= 1e-12 * abs(fmean(values)):
        raise ZeroDivisionError
    return spread


def moment(values, order):
    mean = fmean(values)
    vary(values)
    central = fmean([(v - mean) ** order for v in values])
    return central / fmean([(v - mean) ** 2 for v in values]) ** (order / 2)


def quantile(values, share):
    if len(values) < 2:
        raise ValueError
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def tail(values, share):
    least = quantile(values, share)
    return fmean([v for v in values if v <= least])


def fit(levels, goal):
    last = len(levels) - 1
    line = [levels[0] + (goal - levels[0]) * i / last for i in range(last + 1)]
    mean = fmean(levels)
    apart = sum((a - b) ** 2 for a, b in zip(levels, line, strict=True))
    return 1 - apart / sum((a - mean) ** 2 for a in levels)


def lo_factor(rho, q):
    """Return eta(q) by its sum over the lags, as Lo writes it first."""
    whole = int(q)
    follow = sum((whole - k) * rho**k for k in range(1, whole))
    return sqrt(q / whole) * whole / sqrt(whole + 2 * follow)


def normal(z):
    return (1 + erf(z / sqrt(2))) / 2


def inverse_normal(share):
    low, high = -10.0, 10.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if normal(middle) < share else (low, middle)
    return low


def falls_of(levels):
    """Return how far each level is below the highest so far, as a fraction."""
    peaks = [max(levels[: i + 1]) for i in range(len(levels))]
    return [(p - e) / p for p, e in zip(peaks, levels, strict=True)]


class Fall:
    """One stretch below the peak."""

    def __init__(self, peak, since, low, low_at):
        self.peak, self.since, self.low, self.low_at = peak, since, low, low_at
        self.until = None

    @property
    def depth(self):
        return (self.peak - self.low) / self.peak

    def seconds(self, end):
        return ((self.until or end) - self.since) / 1000


class Facts:
    """One record's curve."""

    def __init__(self, record):
        self.start, self.step = record.initial, record.step
        self.equity, self.market = record.equity.tolist(), record.benchmark.tolist()
        self.exposure, times = record.exposure.tolist(), record.time.tolist()
        self.levels = [self.start, *self.equity]
        self.closes = [times[0], *(time + self.step for time in times)]
        self.final, self.bars = self.equity[-1], len(self.equity)
        self.daily = by_period(times, self.equity, self.start, "%Y-%m-%d")
        self.monthly = by_period(times, self.equity, self.start, "%Y-%m")
        self.follow = by_period(times, self.market, self.market[0], "%Y-%m-%d")
        self.each = changes(self.levels)
        self.below = falls_of(self.levels)[1:]
        self.years = (self.closes[-1] - self.closes[0]) / YEAR
        self.per_year = YEAR / max(self.step, DAY)
        self.total = self.final / self.start - 1
        self.hold = self.market[-1] / self.market[0] - 1
        self.lead = [a - b for a, b in zip(self.daily, self.follow, strict=True)]

    def grow(self, growth):
        if growth <= -1:
            return -1.0
        return exp(log(1 + growth) / self.years) - 1

    def compounded(self, returns):
        levels = [1.0]
        for change in returns:
            levels.append(levels[-1] * (1 + change))
        return levels

    @cached_property
    def amounts(self):
        return [max(self.levels[: i + 1]) - e for i, e in enumerate(self.levels)]

    @cached_property
    def rises(self):
        lows = [min(self.levels[: i + 1]) for i in range(len(self.levels))]
        return list(zip(lows, self.levels, strict=True))

    @cached_property
    def falls(self):
        falls, under = [], False
        peak, since = self.levels[0], self.closes[0]
        for time, level in zip(self.closes[1:], self.equity, strict=True):
            if level >= peak:
                if under:
                    falls[-1].until = time
                peak, since, under = level, time, False
            elif not under:
                falls.append(Fall(peak, since, level, time))
                under = True
            elif level < falls[-1].low:
                falls[-1].low, falls[-1].low_at = level, time
        return falls

    @property
    def deepest(self):
        return max(self.falls, key=lambda fall: fall.depth)

    @property
    def recovered(self):
        if self.deepest.until is None:
            raise ValueError
        return self.deepest.until

    @property
    def lasts(self):
        return [fall.seconds(self.closes[-1]) for fall in self.falls]

    @property
    def yearly(self):
        stdev(self.daily)
        return fmean(self.daily) * self.per_year

    @property
    def losses(self):
        stdev(self.daily)
        return sqrt(fmean([min(v, 0) ** 2 for v in self.daily]) * self.per_year)

    @property
    def ulcer(self):
        return sqrt(fmean([d * d for d in self.below]))

    @property
    def sharpe(self):
        return fmean(self.daily) / vary(self.daily)

    @property
    def volatility(self):
        return stdev(self.daily) * sqrt(self.per_year)

    @property
    def rho(self):
        vary(self.daily)
        off = [v - fmean(self.daily) for v in self.daily]
        return sum(a * b for a, b in pairwise(off)) / sum(v * v for v in off)

    @property
    def error(self):
        skew, kurtosis = moment(self.daily, 3), moment(self.daily, 4)
        return 1 - skew * self.sharpe + (kurtosis - 1) / 4 * self.sharpe**2

    @property
    def certainty(self):
        return normal(self.sharpe * sqrt(len(self.daily) - 1) / sqrt(self.error))

    @property
    def track(self):
        if self.sharpe <= 0:
            raise ValueError
        days = 1 + self.error * (inverse_normal(0.95) / self.sharpe) ** 2
        return days * max(self.step, DAY) / 1000

    @property
    def cdar(self):
        below = falls_of([self.start * c for c in self.compounded(self.daily)])[1:]
        return below[-1] if len(below) == 1 else -tail([-d for d in below], 0.05)

    @property
    def beta(self):
        vary(self.follow)
        return covariance(self.daily, self.follow) / variance(self.follow)

    @property
    def related(self):
        vary(self.follow)
        vary(self.daily)
        return correlation(self.daily, self.follow)

    @property
    def explained(self):
        """What a regression on the market explains of the variance."""
        vary(self.follow)
        vary(self.daily)
        slope, start = linear_regression(self.follow, self.daily)
        pairs = zip(self.daily, self.follow, strict=True)
        left = sum((d - start - slope * f) ** 2 for d, f in pairs)
        return 1 - left / sum((d - fmean(self.daily)) ** 2 for d in self.daily)

    @property
    def tracking(self):
        spread = stdev(self.lead)
        return spread if spread > 1e-12 else 0.0

    def captured(self, sign):
        pairs = zip(self.daily, self.follow, strict=True)
        days = [(a, b) for a, b in pairs if b * sign > 0]
        return fmean([a for a, _ in days]) / fmean([b for _, b in days])

    @property
    def stability(self):
        logs = [log(level) for level in self.compounded(self.daily)[1:]]
        vary([log(self.start) + each for each in logs])
        return correlation(range(len(logs)), logs) ** 2

    @property
    def loads(self):
        pairs = zip(self.exposure, self.equity, strict=True)
        return [x / e if e else 0.0 for x, e in pairs]


class Deals:
    """One record's trades, as dictionaries."""

    def __init__(self, record):
        names = record.trades.__slots__
        columns = (getattr(record.trades, name).tolist() for name in names)
        self.rows = [
            dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
        ]
        times = record.time.tolist()
        for row in self.rows:
            row["stake"] = row["size"] * row["entry_price"]
            row["seconds"] = (times[row["exit"]] - times[row["entry"]]) / 1000
        self.closed = [row for row in self.rows if row["reason"] != Reason.OPEN]
        self.open = [row for row in self.rows if row["reason"] == Reason.OPEN]
        self.profits = [row["profit"] for row in self.closed]
        self.won = [row for row in self.closed if row["profit"] > 0]
        self.lost = [row for row in self.closed if row["profit"] < 0]
        self.returns = [row["profit"] / row["stake"] for row in self.closed]

    def side(self, side):
        return [row["profit"] for row in self.closed if row["side"] == side]

    def streak(self, sign):
        longest = run = 0
        for profit in self.profits:
            run = run + 1 if profit * sign > 0 else 0
            longest = max(longest, run)
        return longest

    def ended(self, *reasons):
        return sum(row["reason"] in reasons for row in self.closed)

    @property
    def payoff(self):
        wins = fmean(row["profit"] for row in self.won)
        return wins / -fmean(row["profit"] for row in self.lost)

    @property
    def kelly(self):
        share = len(self.won) / len(self.closed)
        return share - (1 - share) / self.payoff

    @property
    def given_back(self):
        kept = [row["mfe"] * row["stake"] - row["profit"] for row in self.closed]
        return [max(each, 0.0) for each in kept]

    @property
    def closed_fall(self):
        total, high, fall = 0.0, 0.0, []
        for profit in self.profits:
            total += profit
            high = max(high, total)
            fall.append(high - total)
        return max(fall)

    @property
    def inner_fall(self):
        total, high, fall = 0.0, 0.0, []
        for row in self.closed:
            high = max(high, total + row["mfe"] * row["stake"])
            fall.append(high - total - row["mae"] * row["stake"])
            total += row["profit"]
        return max(fall)

    @property
    def costs(self):
        return sum(row["fees"] + row["slippage"] for row in self.rows)

    @property
    def volume(self):
        out = sum(row["size"] * row["exit_price"] for row in self.closed)
        return out + sum(row["stake"] for row in self.rows)

    @property
    def break_even(self):
        return (sum(row["profit"] for row in self.rows) + self.costs) / self.volume
