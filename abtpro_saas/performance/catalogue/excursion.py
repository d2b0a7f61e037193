"""What closed trades went through before they ended."""

from abtpro_saas.performance.catalogue.sources import FAITH, LEAN, SWEENEY
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.performance.undefined import Why, over
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "mae_average",
        Text("Average adverse excursion", "ขาดทุนระหว่างถือเฉลี่ย (MAE)"),
        Text(
            "The mean of the worst unrealised losses of closed trades, as positive "
            "percentages of their entry's value.",
            "ค่าเฉลี่ยของขาดทุนที่ยังไม่รับรู้สูงสุดของการเทรดที่ปิดแล้ว เป็นเปอร์เซ็นต์บวกของมูลค่าตอนเข้า",
        ),
        Unit.PERCENT,
        Group.EXCURSION,
        SWEENEY,
        lambda s: 100 * s.deals.mean(s.deals.against, Why.NO_CLOSED),
    ),
    Metric(
        "mae_largest",
        Text("Largest adverse excursion", "ขาดทุนระหว่างถือสูงสุด (MAE)"),
        Text(
            "The worst unrealised loss of a closed trade, as a positive percentage of "
            "its entry's value.",
            "ขาดทุนที่ยังไม่รับรู้สูงสุดของการเทรดที่ปิดแล้ว เป็นเปอร์เซ็นต์บวกของมูลค่าตอนเข้า",
        ),
        Unit.PERCENT,
        Group.EXCURSION,
        SWEENEY,
        lambda s: 100 * s.deals.of_all(s.deals.against).max(),
    ),
    Metric(
        "mfe_average",
        Text("Average favourable excursion", "กำไรระหว่างถือเฉลี่ย (MFE)"),
        Text(
            "The mean of the best unrealised profits of closed trades, as percentages "
            "of their entry's value.",
            "ค่าเฉลี่ยของกำไรที่ยังไม่รับรู้สูงสุดของการเทรดที่ปิดแล้ว เป็นเปอร์เซ็นต์ของมูลค่าตอนเข้า",
        ),
        Unit.PERCENT,
        Group.EXCURSION,
        SWEENEY,
        lambda s: 100 * s.deals.mean(s.deals.favour, Why.NO_CLOSED),
    ),
    Metric(
        "mfe_largest",
        Text("Largest favourable excursion", "กำไรระหว่างถือสูงสุด (MFE)"),
        Text(
            "The best unrealised profit of a closed trade, as a percentage of its "
            "entry's value.",
            "กำไรที่ยังไม่รับรู้สูงสุดของการเทรดที่ปิดแล้ว เป็นเปอร์เซ็นต์ของมูลค่าตอนเข้า",
        ),
        Unit.PERCENT,
        Group.EXCURSION,
        SWEENEY,
        lambda s: 100 * s.deals.of_all(s.deals.favour).max(),
    ),
    Metric(
        "edge_ratio",
        Text("Edge ratio", "Edge ratio"),
        Text(
            "Average favourable excursion divided by average adverse excursion.",
            "กำไรระหว่างถือเฉลี่ย หารขาดทุนระหว่างถือเฉลี่ย",
        ),
        Unit.RATIO,
        Group.EXCURSION,
        FAITH,
        lambda s: over(
            s.deals.mean(s.deals.favour, Why.NO_CLOSED),
            s.deals.mean(s.deals.against, Why.NO_CLOSED),
            Why.NO_ADVERSE,
        ),
    ),
    Metric(
        "closed_trade_drawdown",
        Text("Drawdown of closed trades", "Drawdown ของการเทรดที่ปิดแล้ว"),
        Text(
            "The largest fall of the sum of closed profits below its highest so far. "
            "Open positions do not count: the maximum drawdown is the true one.",
            "การลดลงมากที่สุดของกำไรสะสมที่ปิดแล้วจากจุดสูงสุดก่อนหน้า "
            "ไม่นับสถานะที่เปิดอยู่ ค่าที่แท้จริงคือ Drawdown สูงสุด",
        ),
        Unit.QUOTE,
        Group.EXCURSION,
        LEAN,
        lambda s: s.deals.of_all(s.deals.closed_fall),
    ),
    Metric(
        "intra_trade_drawdown",
        Text("Drawdown within trades", "Drawdown ระหว่างถือ"),
        Text(
            "The largest fall of the sum of profits below its highest so far, when "
            "each trade's best is counted before its worst.",
            "การลดลงมากที่สุดของกำไรสะสมจากจุดสูงสุดก่อนหน้า "
            "โดยนับจุดที่ดีที่สุดของแต่ละการเทรดก่อนจุดที่แย่ที่สุด",
        ),
        Unit.QUOTE,
        Group.EXCURSION,
        LEAN,
        lambda s: s.deals.of_all(s.deals.inner_fall),
    ),
    Metric(
        "end_trade_drawdown",
        Text("Average profit given back", "กำไรที่คืนกลับเฉลี่ย"),
        Text(
            "The mean of what closed trades lost of their best unrealised profit "
            "before they ended.",
            "ค่าเฉลี่ยของส่วนที่การเทรดที่ปิดแล้วเสียไปจากกำไรที่ยังไม่รับรู้สูงสุดก่อนปิด",
        ),
        Unit.QUOTE,
        Group.EXCURSION,
        LEAN,
        lambda s: s.deals.mean(s.deals.given_back, Why.NO_CLOSED),
    ),
    Metric(
        "end_trade_drawdown_largest",
        Text("Largest profit given back", "กำไรที่คืนกลับสูงสุด"),
        Text(
            "The most that a closed trade lost of its best unrealised profit before it "
            "ended.",
            "จำนวนมากที่สุดที่การเทรดที่ปิดแล้วเสียไปจากกำไรที่ยังไม่รับรู้สูงสุดก่อนปิด",
        ),
        Unit.QUOTE,
        Group.EXCURSION,
        LEAN,
        lambda s: s.deals.of_all(s.deals.given_back).max(),
    ),
)
