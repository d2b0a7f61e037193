"""What has no value, and why: said in words, never NaN and never infinite."""

from collections.abc import Mapping
from enum import StrEnum

from abtpro_saas.plugins.api.parameters import Text


class Why(StrEnum):
    """Why a figure has no value."""

    NO_TRADES = "no_trades"
    NO_CLOSED = "no_closed_trades"
    NO_LONG = "no_long_trades"
    NO_SHORT = "no_short_trades"
    NO_WINNER = "no_winning_trade"
    NO_LOSER = "no_losing_trade"
    NO_LOSING_DAY = "no_losing_day"
    NO_LOSING_MONTH = "no_losing_month"
    NO_DRAWDOWN = "no_drawdown"
    NOT_RECOVERED = "not_recovered"
    FEW_RETURNS = "few_returns"
    FEW_TRADES = "few_trades"
    FLAT = "flat_equity"
    FLAT_MARKET = "flat_market"
    SAME_RESULTS = "same_results"
    NO_RISING_DAY = "no_rising_market_day"
    NO_FALLING_DAY = "no_falling_market_day"
    NO_TAIL = "no_tail"
    SAME_AS_MARKET = "same_as_market"
    NO_BETA = "no_beta"
    NO_EXCESS = "no_positive_sharpe"
    NO_ADVERSE = "no_adverse_move"
    NO_GAIN = "no_gain"
    FUNDING_UNKNOWN = "funding_unknown"
    NOT_LOOKED = "not_looked"
    NO_TRAIL = "no_trailing_stop"
    NO_DETAIL = "no_finer_candles"
    RUINED = "nothing_left"
    TOO_LARGE = "too_large"


WORDS: Mapping[Why, Text] = {
    Why.NO_TRADES: Text("no trades", "ไม่มีการเทรด"),
    Why.NO_CLOSED: Text("no closed trades", "ไม่มีการเทรดที่ปิดแล้ว"),
    Why.NO_LONG: Text("no closed long trades", "ไม่มีการเทรดฝั่งซื้อที่ปิดแล้ว"),
    Why.NO_SHORT: Text("no closed short trades", "ไม่มีการเทรดฝั่งขายที่ปิดแล้ว"),
    Why.NO_WINNER: Text("no winning trade", "ไม่มีการเทรดที่กำไร"),
    Why.NO_LOSER: Text("no losing trade", "ไม่มีการเทรดที่ขาดทุน"),
    Why.NO_LOSING_DAY: Text("no losing day", "ไม่มีวันที่ขาดทุน"),
    Why.NO_LOSING_MONTH: Text("no losing month", "ไม่มีเดือนที่ขาดทุน"),
    Why.NO_DRAWDOWN: Text("no drawdown", "ไม่มีช่วงที่ต่ำกว่าจุดสูงสุด"),
    Why.NOT_RECOVERED: Text("not recovered yet", "ยังไม่กลับถึงจุดสูงสุดเดิม"),
    Why.FEW_RETURNS: Text("less than two returns", "มีผลตอบแทนไม่ถึงสองช่วง"),
    Why.FEW_TRADES: Text("less than two closed trades", "มีการเทรดที่ปิดแล้วไม่ถึงสองครั้ง"),
    Why.FLAT: Text("equity does not vary", "มูลค่าพอร์ตไม่ผันผวน"),
    Why.FLAT_MARKET: Text("the market does not vary", "ราคาตลาดไม่ผันผวน"),
    Why.SAME_RESULTS: Text("all results are equal", "ทุกการเทรดได้ผลเท่ากัน"),
    Why.NO_RISING_DAY: Text("the market rose on no day", "ไม่มีวันที่ตลาดขึ้น"),
    Why.NO_FALLING_DAY: Text("the market fell on no day", "ไม่มีวันที่ตลาดลง"),
    Why.NO_TAIL: Text("the lower tail is zero", "หางฝั่งขาดทุนเป็นศูนย์"),
    Why.SAME_AS_MARKET: Text("it moves as the market does", "เคลื่อนไหวเหมือนตลาด"),
    Why.NO_BETA: Text("beta is zero", "เบตาเป็นศูนย์"),
    Why.NO_EXCESS: Text("the Sharpe ratio is not positive", "Sharpe ratio ไม่เป็นบวก"),
    Why.NO_ADVERSE: Text("no trade went against", "ไม่มีการเทรดที่ราคาสวนทาง"),
    Why.NO_GAIN: Text("nothing was earned", "ไม่มีกำไร"),
    Why.FUNDING_UNKNOWN: Text("funding unknown", "ไม่ทราบค่า funding"),
    Why.NOT_LOOKED: Text("the engine does not tell", "เครื่องมือทดสอบไม่ได้บอก"),
    Why.NO_TRAIL: Text("no trailing stop", "ไม่มี trailing stop"),
    Why.NO_DETAIL: Text("no finer candles", "ไม่ได้ใช้แท่งเทียนย่อย"),
    Why.RUINED: Text("nothing was left", "เงินทุนหมดแล้ว"),
    Why.TOO_LARGE: Text("too large to state", "ค่าใหญ่เกินกว่าจะแสดง"),
}


ROUNDING = 1e-12
"""What differs by a smaller part than this does not differ."""


class UndefinedError(Exception):
    """A figure has no value; ``why`` is told to the reader."""

    def __init__(self, why: Why) -> None:
        super().__init__(WORDS[why].en)
        self.why = why


def over(part: float, whole: float, why: Why) -> float:
    """Return ``part / whole``.

    Raises:
        UndefinedError: ``whole`` is zero; ``why`` says what that means.
    """
    if whole == 0:
        raise UndefinedError(why)
    return part / whole


def known(value: float | None, why: Why) -> float:
    """Return ``value``.

    Raises:
        UndefinedError: there is none, for the reason ``why``.
    """
    if value is None:
        raise UndefinedError(why)
    return value
