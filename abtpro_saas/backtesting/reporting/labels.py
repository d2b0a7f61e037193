"""The words of a report's files, in both languages; a page has its own templates."""

from collections.abc import Mapping

from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.parameters import Text

LABELS: Mapping[str, Text] = {
    "report": Text("Backtest report", "รายงานผลการทดสอบย้อนหลัง"),
    "return": Text("Return after costs", "ผลตอบแทนหลังหักต้นทุน"),
    "held": Text("Buy and hold", "ซื้อแล้วถือ"),
    "equity": Text("Equity", "มูลค่าพอร์ต"),
    "equity_chart": Text("Equity and buy and hold", "มูลค่าพอร์ต เทียบกับซื้อแล้วถือ"),
    "line_equity": Text("Equity", "มูลค่าพอร์ต"),
    "line_held": Text("Buy and hold", "ซื้อแล้วถือ"),
    "line_drawdown": Text("Drawdown", "Drawdown"),
    "drawdown": Text("Drawdown, in percent", "Drawdown เป็นเปอร์เซ็นต์"),
    "months": Text("Return by month, in percent", "ผลตอบแทนรายเดือน เป็นเปอร์เซ็นต์"),
    "year": Text("Year", "ปี"),
    "whole_year": Text("Year", "ทั้งปี"),
    "month_utc": Text("Month (UTC)", "เดือน (UTC)"),
    "instant_utc": Text("day and time (UTC)", "วันและเวลา (UTC)"),
    "trades": Text("Trades", "การเทรด"),
    "trades_closed": Text("Trades closed", "เทรดที่ปิด"),
    "won": Text("Won", "ได้กำไร"),
    "metrics": Text("All figures", "ตัวเลขทั้งหมด"),
    "group": Text("Group", "กลุ่ม"),
    "metric": Text("Figure", "ตัวเลข"),
    "value": Text("Value", "ค่า"),
    "unit": Text("Unit", "หน่วย"),
    "meaning": Text("Meaning", "ความหมาย"),
    "source": Text("Source", "ที่มา"),
    "why_none": Text("Why it has no value", "เหตุที่ไม่มีค่า"),
    "rests_on": Text("What it rests on", "เงื่อนไขของผลนี้"),
    "trust": Text("How far it can be trusted", "เชื่อถือได้เพียงใด"),
    "grade": Text("Grade", "เกรด"),
    "of_points": Text("{score} of 100 points", "{score} จาก 100 คะแนน"),
    "other_checks": Text("The other checks", "การตรวจข้ออื่น"),
    "all_passed": Text("No check speaks against it.", "ไม่มีการตรวจข้อใดที่เป็นผลเสีย"),
    "certificate": Text("Certificate", "ใบรับรองผล"),
    "verify": Text(
        "The same data, strategy, parameters, costs and engine give this result again. "
        "Whoever has the certificate can look it up, without your name.",
        "ข้อมูล กลยุทธ์ พารามิเตอร์ ต้นทุน และเอนจินเดียวกันให้ผลนี้อีกครั้ง "
        "ผู้ที่มีใบรับรองตรวจสอบได้ โดยไม่เห็นชื่อของคุณ",
    ),
    "promise": Text(
        "It says what a strategy would have made in the past, and promises nothing.",
        "บอกเพียงว่ากลยุทธ์จะได้ผลเท่าใดในอดีต ไม่ได้รับประกันอนาคต",
    ),
    "times": Text(
        "Times are Bangkok's (UTC+7); days and months of results are UTC's. Amounts "
        "are in {currency}.",
        "เวลาเป็นเวลากรุงเทพฯ (UTC+7) ส่วนวันและเดือนของผลนับตาม UTC จำนวนเงินเป็น {currency}",
    ),
    "columns_utc": Text(
        "Times in columns are UTC's. Amounts are in {currency}.",
        "เวลาในคอลัมน์เป็น UTC จำนวนเงินเป็น {currency}",
    ),
    "strategy": Text("Strategy", "กลยุทธ์"),
    "market": Text("Market", "ตลาด"),
    "time": Text("Time", "เวลา"),
    "prices": Text("Prices", "ราคา"),
    "simulated": Text("simulated prices", "ราคาจำลอง"),
    "brought": Text("brought as a file", "นำเข้าจากไฟล์"),
    "parameters": Text("Parameters", "พารามิเตอร์"),
    "capital": Text("Capital", "เงินทุน"),
    "sizing": Text("{part} in each trade", "{part} ต่อการเทรด"),
    "fees": Text("Fees", "ค่าธรรมเนียม"),
    "fee_rates": Text(
        "maker {maker}%, taker {taker}%", "maker {maker}%, taker {taker}%"
    ),
    "slippage": Text("Slippage", "Slippage"),
    "long_only": Text("long only", "ซื้ออย่างเดียว"),
    "shorts": Text("short positions allowed", "ขายชอร์ตได้"),
    "perpetual": Text("Perpetual contract", "สัญญา perpetual"),
    "leverage": Text("{times}x leverage", "leverage {times} เท่า"),
    "margin_rates": Text(
        "maintenance margin {maintenance}%, liquidation fee {fee}%",
        "หลักประกันขั้นต่ำ {maintenance}% ค่าธรรมเนียมบังคับปิด {fee}%",
    ),
    "market_funding": Text("The market's own rates", "ตามอัตราจริงของตลาด"),
    "fixed_funding": Text("{rate}% each {hours} hours", "{rate}% ทุก {hours} ชั่วโมง"),
    "unfunded": Text("None", "ไม่คิด"),
    "engine": Text("Engine", "เอนจิน"),
    "seed": Text("Seed", "ค่าเริ่มสุ่ม (seed)"),
    "data": Text("Fingerprint of the data", "ลายนิ้วมือของข้อมูล"),
    "trials": Text("Results seen on these data", "จำนวนผลที่เคยดูบนข้อมูลนี้"),
    "stale": Text(
        "The candles have changed since, or are gone: this result stands for the data "
        "as they were.",
        "ข้อมูลราคาเปลี่ยนไปหรือถูกลบไปแล้ว ผลนี้เป็นของข้อมูลชุดเดิม",
    ),
    "first_trades": Text(
        "The first {shown} of {all} trades. The list of trades as CSV has them all.",
        "{shown} รายการแรกจาก {all} รายการ ดูทั้งหมดได้ในไฟล์ CSV ของการเทรด",
    ),
    "thinned": Text(
        "{shown} of {all} candles: the first, the last, and the highest and the lowest "
        "equity and the deepest drawdown of equal stretches. All are in the CSV.",
        "{shown} จาก {all} แท่ง: แท่งแรก แท่งสุดท้าย "
        "และจุดสูงสุด ต่ำสุดของมูลค่าพอร์ตและ drawdown ลึกสุดของช่วงที่ยาวเท่ากัน "
        "ดูทั้งหมดได้ในไฟล์ CSV ของมูลค่าพอร์ต",
    ),
    "number": Text("No.", "ลำดับ"),
    "symbol": Text("Symbol", "คู่เหรียญ"),
    "side": Text("Side", "ฝั่ง"),
    "long": Text("Long", "ซื้อ (Long)"),
    "short": Text("Short", "ขาย (Short)"),
    "entered": Text("In (Bangkok)", "เข้า (กรุงเทพฯ)"),
    "exited": Text("Out (Bangkok)", "ออก (กรุงเทพฯ)"),
    "entered_utc": Text("In (UTC)", "เข้า (UTC)"),
    "exited_utc": Text("Out (UTC)", "ออก (UTC)"),
    "entry_price": Text("Entry price", "ราคาเข้า"),
    "exit_price": Text("Exit price", "ราคาออก"),
    "size": Text("Quantity", "จำนวน"),
    "profit": Text("Profit", "กำไร"),
    "profit_percent": Text("Profit in percent", "กำไร เป็นเปอร์เซ็นต์"),
    "funding": Text("Funding", "Funding"),
    "excursions": Text("Largest loss / gain", "ขาดทุน / กำไรสูงสุด"),
    "mae": Text("Largest loss, in percent", "ขาดทุนสูงสุด เป็นเปอร์เซ็นต์"),
    "mfe": Text("Largest gain, in percent", "กำไรสูงสุด เป็นเปอร์เซ็นต์"),
    "reason": Text("Closed by", "ปิดโดย"),
    "closed_at": Text("Candle (UTC)", "แท่งเทียน (UTC)"),
    "exposure": Text("Exposure", "มูลค่าที่ถือ"),
    "close": Text("Close", "ราคาปิด"),
    "percent": Text("Percent", "เปอร์เซ็นต์"),
    "page": Text("page", "หน้า"),
    "summary_sheet": Text("Summary", "สรุป"),
    "metrics_sheet": Text("Metrics", "ตัวเลข"),
    "trades_sheet": Text("Trades", "การเทรด"),
    "equity_sheet": Text("Equity", "มูลค่าพอร์ต"),
    "months_sheet": Text("Months", "รายเดือน"),
}

SOURCES: Mapping[str, Text] = {
    "The record of the run itself": Text(
        "The record of the run itself", "บันทึกของการทดสอบนี้เอง"
    ),
}
"""Sources of metrics that are no book's or program's name."""

REASONS: Mapping[Reason, Text] = {
    Reason.OPEN: Text("Still open", "ยังเปิดอยู่"),
    Reason.SIGNAL: Text("Signal", "สัญญาณ"),
    Reason.STOP_LOSS: Text("Stop loss", "Stop loss"),
    Reason.TAKE_PROFIT: Text("Take profit", "Take profit"),
    Reason.TRAILING_STOP: Text("Trailing stop", "Trailing stop"),
    Reason.LIQUIDATION: Text("Liquidation", "ถูกบังคับปิด"),
    Reason.REBALANCED: Text("Rebalanced", "ปรับสัดส่วน"),
    Reason.REVERSED: Text("Reversed", "กลับสถานะ"),
}

VERDICTS: Mapping[str, Text] = {
    "FAILED": Text("Not passed", "ไม่ผ่าน"),
    "WARNED": Text("Take care", "ควรระวัง"),
    "PASSED": Text("Passed", "ผ่าน"),
    "UNKNOWN": Text("Not known", "ไม่ทราบ"),
}

ENGINES: Mapping[str, Text] = {
    "compiled": Text("Compiled (fast)", "แบบคอมไพล์ (เร็ว)"),
    "backtrader": Text("backtrader (reference)", "backtrader (อ้างอิง)"),
}

SLIPPAGE: Mapping[str, Text] = {
    "none": Text("None", "ไม่มี"),
    "fixed": Text("A fixed part of the price", "สัดส่วนคงที่ของราคา"),
    "spread": Text("Half of a spread", "ครึ่งหนึ่งของสเปรด"),
    "volume_share": Text(
        "By the share of the candle's volume", "ตามสัดส่วนของปริมาณในแท่ง"
    ),
    "square_root": Text(
        "By the square root of the share of volume", "ตามรากที่สองของสัดส่วนปริมาณ"
    ),
}

_WHOLE = Text("{rate} where it is all of the volume", "{rate} เมื่อเท่ากับปริมาณทั้งแท่ง")

SLIPPED: Mapping[str, Text] = {
    "fixed": Text("{rate}", "{rate}"),
    "spread": Text("a spread of {rate}", "สเปรด {rate}"),
    "volume_share": _WHOLE,
    "square_root": _WHOLE,
}
"""How much an order moves the price, by its model: ``rate`` is in percent."""
