"""Strategies that know the future, each in a way that people have really cheated by."""

import numpy as np

from abtpro_saas.plugins.api.strategies import (
    Signals,
    SignalStrategy,
    WeightStrategy,
)

DAY = 24


def later(values, bars=1):
    """Return each row's value some bars later; the last one where there is none."""
    return np.append(values[bars:], np.repeat(values[-1:], bars))


def mean(values, window):
    """Return the mean of the last values; NaN where there are not so many."""
    sums = np.cumsum(np.insert(values, 0, 0.0))
    found = np.full(len(values), np.nan)
    if len(values) >= window:
        found[window - 1 :] = (sums[window:] - sums[:-window]) / window
    return found


def above(values, line):
    with np.errstate(invalid="ignore"):
        return values > line, values < line


def next_close(candles):
    return above(later(candles.close), candles.close)


def next_close_rarely(candles):
    rise = later(candles.close) / candles.close - 1
    return rise > 0.03, rise < -0.03


def rolled_close(candles):
    return above(np.roll(candles.close, -1), candles.close)


def next_open(candles):
    return above(later(candles.open), candles.close * 1.001)


def next_high(candles):
    return above(later(candles.high), candles.close * 1.01)


def high_of_the_day(candles):
    """Sell in the hour that turns out to be the day's highest."""
    day = np.arange(len(candles)) // DAY
    highest = np.zeros(day[-1] + 1)
    np.maximum.at(highest, day, candles.high)
    lowest = np.full(day[-1] + 1, np.inf)
    np.minimum.at(lowest, day, candles.low)
    return candles.low <= lowest[day], candles.high >= highest[day]


def close_of_the_day(candles):
    """Resample to days, and read a day's close in its every hour."""
    last = np.minimum((np.arange(len(candles)) // DAY + 1) * DAY - 1, len(candles) - 1)
    return above(candles.close[last], candles.close)


def z_score_of_all(candles):
    z = (candles.close - candles.close.mean()) / candles.close.std()
    return z < -1, z > 1


def scaled_by_all(candles):
    low, high = candles.close.min(), candles.close.max()
    share = (candles.close - low) / max(high - low, 1e-9)
    return share < 0.3, share > 0.7


def quantile_of_all(candles):
    return (
        candles.close < np.quantile(candles.close, 0.2),
        candles.close > np.quantile(candles.close, 0.8),
    )


def volume_of_all(candles):
    return above(candles.volume, 2 * candles.volume.mean())


def centred_mean(candles):
    window = 11
    line = np.convolve(candles.close, np.ones(window) / window, mode="same")
    return above(candles.close, line)


def centred_difference(candles):
    slope = np.gradient(candles.close)
    return slope > 0, slope < 0


def trend_line_of_all(candles):
    x = np.arange(len(candles))
    spread = x - x.mean()
    slope = (spread * candles.close).sum() / max((spread * spread).sum(), 1.0)
    return above(candles.close.mean() + slope * spread, candles.close)


def filtered_both_ways(candles):
    """Smooth from the front, then from the back: no lag, as it sees what comes."""
    line = candles.close.copy()
    for way in (slice(None), slice(None, None, -1)):
        view = line[way]
        for i in range(1, len(view)):
            view[i] = 0.7 * view[i - 1] + 0.3 * view[i]
    return above(candles.close, line)


def fourier(candles):
    parts = np.fft.rfft(candles.close)
    parts[10:] = 0.0
    return above(np.fft.irfft(parts, len(candles)), candles.close)


def turning_points(candles):
    """Mark a low once it turns out to be one: a ZigZag that repaints."""
    low = np.array(
        [
            candles.low[i] == candles.low[max(i - 5, 0) : i + 6].min()
            for i in range(len(candles))
        ]
    )
    high = np.array(
        [
            candles.high[i] == candles.high[max(i - 5, 0) : i + 6].max()
            for i in range(len(candles))
        ]
    )
    return low, high & ~low


def filled_backwards(candles):
    """Know a value each seventh candle, and fill it in from behind."""
    known = np.arange(0, len(candles) + 7, 7)
    at = known[np.searchsorted(known, np.arange(len(candles)))]
    return above(candles.close[np.minimum(at, len(candles) - 1)], candles.close)


def interpolated(candles):
    """Know a value each twelfth candle, and draw straight lines between."""
    rows = np.arange(len(candles))
    known = np.unique(np.append(rows[::12], rows[-1]))
    return above(np.interp(rows, known, candles.close[known]), candles.close)


def best_days(candles):
    """Be in for the best tenth of all candles."""
    gain = later(candles.close) / candles.close - 1
    return gain > np.quantile(gain, 0.9), gain < np.quantile(gain, 0.1)


def way_to_the_end(candles):
    return above(np.full(len(candles), candles.close[-1]), candles.close)


def knows_how_long(candles):
    """Sell at the end, whenever that is."""
    near = np.arange(len(candles)) >= len(candles) - 20
    return ~near & (np.arange(len(candles)) % 30 == 0), near


def fitted_length(candles):
    """Choose the average that has worked best over all candles, then follow it."""
    moves = np.append(np.diff(candles.close), 0.0)

    def gain(window):
        line = mean(candles.close, window)
        return moves[above(candles.close, line)[0]].sum()

    best = max((5, 10, 20, 40, 80), key=gain)
    line = mean(candles.close, best)
    return above(candles.close, line)


SIGNALS = [
    next_close,
    next_close_rarely,
    rolled_close,
    next_open,
    next_high,
    high_of_the_day,
    close_of_the_day,
    z_score_of_all,
    scaled_by_all,
    quantile_of_all,
    volume_of_all,
    centred_mean,
    centred_difference,
    trend_line_of_all,
    filtered_both_ways,
    fourier,
    turning_points,
    filled_backwards,
    interpolated,
    best_days,
    way_to_the_end,
    knows_how_long,
    fitted_length,
]


class Signalled(SignalStrategy):
    """A strategy of the two columns that ``rule`` makes of candles."""

    name = "PLANTED"

    def __init__(self, rule):
        self.rule = rule

    def warm_up(self, values):  # noqa: ARG002 - it has none
        return 20

    def signals(self, candles, values):  # noqa: ARG002 - the same
        return Signals(*self.rule(candles))


def sma_rule(candles):
    return above(mean(candles.close, 5), mean(candles.close, 20))


class Foreseen(Signalled):
    """Enters as it should; what it adds to its signals knows the future."""

    def __init__(self, adds):
        super().__init__(sma_rule)
        self.adds = adds

    def signals(self, candles, values):  # noqa: ARG002 - it has none
        return Signals(*self.rule(candles), **self.adds(candles))


def stop_under_what_comes(candles):
    worst = np.minimum(later(candles.low), later(candles.low, 2))
    return {"stop_loss": np.clip(1.0 - 0.999 * worst / candles.close, 0.001, 0.9)}


def target_at_what_comes(candles):
    best = np.maximum(later(candles.high), later(candles.high, 2))
    return {"take_profit": np.clip(best / candles.close - 1.0, 0.001, 9.0)}


def size_by_what_comes(candles):
    return {"size": np.where(later(candles.close) > candles.close, 1.0, 0.1)}


def trail_by_volatility_of_all(candles):
    spread = np.diff(np.log(candles.close)).std()
    return {"trailing": np.full(len(candles), min(5 * spread, 0.9))}


def short_before_falls(candles):
    falls = later(candles.close) < 0.98 * candles.close
    return {"enter_short": falls, "leave_short": ~falls}


ADDED = [
    stop_under_what_comes,
    target_at_what_comes,
    size_by_what_comes,
    trail_by_volatility_of_all,
    short_before_falls,
]


class Weighed(WeightStrategy):
    """A strategy of the weights that ``rule`` makes of a market."""

    name = "PLANTED"

    def __init__(self, rule):
        self.rule = rule

    def warm_up(self, values):  # noqa: ARG002 - it has none
        return 20

    def weights(self, market, values):  # noqa: ARG002 - the same
        return self.rule(market)


def held(market, chosen):
    """Return weights that hold one symbol all the time."""
    weights = np.zeros((len(market[0]), len(market)))
    weights[:, chosen] = 1.0
    return weights


def the_later_winner(market):
    """Trade today's list: the coin that has risen most by the end."""
    return held(market, np.argmax([each.close[-1] / each.close[0] for each in market]))


def most_traded_of_all(market):
    return held(market, np.argmax([each.volume.sum() for each in market]))


def winner_of_the_week(market):
    gains = np.array([later(each.close, 168) / each.close for each in market])
    return np.eye(len(market))[gains.argmax(axis=0)]


def weighed_by_risk_of_all(market):
    risk = np.array([1 / np.diff(np.log(each.close)).std() for each in market])
    return np.tile(risk / risk.sum(), (len(market[0]), 1))


WEIGHTS = [
    the_later_winner,
    most_traded_of_all,
    winner_of_the_week,
    weighed_by_risk_of_all,
]
