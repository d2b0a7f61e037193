"""What the account came to, in money."""

from abtpro_saas.performance.catalogue.sources import ACCOUNT, BACKTESTING, PARDO
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "initial_capital",
        Text("Initial capital", "เงินทุนตั้งต้น"),
        Text("Cash before the first bar.", "เงินสดก่อนแท่งเทียนแรก"),
        Unit.QUOTE,
        Group.EQUITY,
        ACCOUNT,
        lambda s: s.curve.initial,
    ),
    Metric(
        "final_capital",
        Text("Final equity", "มูลค่าพอร์ตสุดท้าย"),
        Text(
            "Cash and open positions at the last close.",
            "เงินสดรวมสถานะที่เปิดอยู่ ตีราคาที่ราคาปิดสุดท้าย",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        ACCOUNT,
        lambda s: s.curve.final,
    ),
    Metric(
        "net_profit",
        Text("Net profit", "กำไรสุทธิ"),
        Text(
            "Final equity less the initial capital, after all costs.",
            "มูลค่าพอร์ตสุดท้ายลบเงินทุนตั้งต้น หลังหักต้นทุนทั้งหมด",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        PARDO,
        lambda s: s.curve.final - s.curve.initial,
    ),
    Metric(
        "total_return",
        Text("Total return", "ผลตอบแทนรวม"),
        Text(
            "Net profit as a percentage of the initial capital. Nothing is paid in or "
            "out, so it is the time-weighted return too.",
            "กำไรสุทธิคิดเป็นเปอร์เซ็นต์ของเงินทุนตั้งต้น เนื่องจากไม่มีการฝากหรือถอน "
            "จึงเท่ากับผลตอบแทนถ่วงน้ำหนักตามเวลา",
        ),
        Unit.PERCENT,
        Group.EQUITY,
        PARDO,
        lambda s: 100 * s.total_return,
    ),
    Metric(
        "realised_profit",
        Text("Realised profit", "กำไรที่รับรู้แล้ว"),
        Text(
            "The sum of the profits and losses of closed trades.",
            "ผลรวมกำไรและขาดทุนของการเทรดที่ปิดแล้ว",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        ACCOUNT,
        lambda s: float(s.deals.profit.sum()),
    ),
    Metric(
        "unrealised_profit",
        Text("Unrealised profit", "กำไรที่ยังไม่รับรู้"),
        Text(
            "The sum of the profits and losses of trades still open, at the last close "
            "and without a fee for closing.",
            "ผลรวมกำไรและขาดทุนของการเทรดที่ยังเปิดอยู่ ณ ราคาปิดสุดท้าย โดยไม่หักค่าธรรมเนียมการปิด",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        ACCOUNT,
        lambda s: float(s.record.trades.profit[s.deals.open].sum()),
    ),
    Metric(
        "gross_profit",
        Text("Gross profit", "กำไรขั้นต้น"),
        Text(
            "The sum of the profits of winning trades.",
            "ผลรวมกำไรของการเทรดที่กำไร",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        PARDO,
        lambda s: s.deals.gain,
    ),
    Metric(
        "gross_loss",
        Text("Gross loss", "ขาดทุนขั้นต้น"),
        Text(
            "The sum of the losses of losing trades, as a positive amount.",
            "ผลรวมขาดทุนของการเทรดที่ขาดทุน แสดงเป็นจำนวนบวก",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        PARDO,
        lambda s: s.deals.loss,
    ),
    Metric(
        "peak_equity",
        Text("Highest equity", "มูลค่าพอร์ตสูงสุด"),
        Text(
            "The highest equity at a close, or the initial capital if that is higher.",
            "มูลค่าพอร์ตสูงสุด ณ ราคาปิด หรือเงินทุนตั้งต้นหากสูงกว่า",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        BACKTESTING,
        lambda s: s.curve.peak,
    ),
    Metric(
        "lowest_equity",
        Text("Lowest equity", "มูลค่าพอร์ตต่ำสุด"),
        Text(
            "The lowest equity at a close, or the initial capital if that is lower.",
            "มูลค่าพอร์ตต่ำสุด ณ ราคาปิด หรือเงินทุนตั้งต้นหากต่ำกว่า",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        BACKTESTING,
        lambda s: s.curve.lowest,
    ),
    Metric(
        "run_up",
        Text("Largest run-up", "การเพิ่มขึ้นสูงสุด"),
        Text(
            "The largest rise of equity from its lowest point so far.",
            "การเพิ่มขึ้นสูงสุดของมูลค่าพอร์ตจากจุดต่ำสุดก่อนหน้า",
        ),
        Unit.QUOTE,
        Group.EQUITY,
        PARDO,
        lambda s: s.curve.walked[2],
    ),
    Metric(
        "run_up_percent",
        Text("Largest run-up, percent", "การเพิ่มขึ้นสูงสุด (%)"),
        Text(
            "The largest rise of equity as a percentage of its lowest point so far.",
            "การเพิ่มขึ้นสูงสุดของมูลค่าพอร์ต คิดเป็นเปอร์เซ็นต์ของจุดต่ำสุดก่อนหน้า",
        ),
        Unit.PERCENT,
        Group.EQUITY,
        PARDO,
        lambda s: 100 * s.curve.walked[3],
    ),
    Metric(
        "started_at",
        Text("Begins", "เริ่มต้น"),
        Text("When the first bar opened.", "เวลาที่แท่งเทียนแรกเปิด"),
        Unit.DATE,
        Group.EQUITY,
        ACCOUNT,
        lambda s: s.curve.start_ms,
    ),
    Metric(
        "ended_at",
        Text("Ends", "สิ้นสุด"),
        Text("When the last bar closed.", "เวลาที่แท่งเทียนสุดท้ายปิด"),
        Unit.DATE,
        Group.EQUITY,
        ACCOUNT,
        lambda s: s.curve.end_ms,
    ),
    Metric(
        "length",
        Text("Length", "ระยะเวลา"),
        Text(
            "From the first bar's opening to the last bar's close, gaps included.",
            "ตั้งแต่แท่งเทียนแรกเปิดจนแท่งเทียนสุดท้ายปิด รวมช่วงที่ไม่มีข้อมูล",
        ),
        Unit.SECONDS,
        Group.EQUITY,
        ACCOUNT,
        lambda s: s.curve.seconds,
    ),
    Metric(
        "bars",
        Text("Bars", "จำนวนแท่งเทียน"),
        Text("How many bars were run through.", "จำนวนแท่งเทียนที่ใช้ทดสอบ"),
        Unit.COUNT,
        Group.EQUITY,
        ACCOUNT,
        lambda s: s.curve.bars,
    ),
)
