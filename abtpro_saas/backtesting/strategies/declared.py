"""Parameters that several strategies have in common."""

from abtpro_saas.plugins.api.parameters import Integer, ParameterError, Text, Values

FAST = Text(
    "Candles in the fast average, fewer than in the slow one.",
    "จำนวนแท่งเทียนของเส้นค่าเฉลี่ยเร็ว ต้องน้อยกว่าของเส้นช้า",
)
SLOW = Text(
    "Candles in the slow average.",
    "จำนวนแท่งเทียนของเส้นค่าเฉลี่ยช้า",
)


def fast_and_slow(fast: int, slow: int) -> tuple[Integer, Integer]:
    """Return the lengths of two averages, with these defaults."""
    return (
        Integer(
            "fast",
            fast,
            1,
            5_000,
            title=Text("Fast average", "เส้นค่าเฉลี่ยเร็ว"),
            meaning=FAST,
            also=("fast_period",),
        ),
        Integer(
            "slow",
            slow,
            2,
            10_000,
            title=Text("Slow average", "เส้นค่าเฉลี่ยช้า"),
            meaning=SLOW,
            also=("slow_period",),
        ),
    )


def check_order(values: Values) -> None:
    """Refuse a fast average that is not faster than the slow one.

    Raises:
        ParameterError: it is as slow, or slower.
    """
    if int(values["fast"]) >= int(values["slow"]):
        raise ParameterError("fast", f"below slow, which is {values['slow']}")
