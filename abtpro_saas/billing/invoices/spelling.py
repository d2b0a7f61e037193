"""Amounts in words, as a receipt repeats its total."""

from abtpro_saas.money import Satang

_THAI = ("", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า")
_THAI_PLACES = ("", "สิบ", "ร้อย", "พัน", "หมื่น", "แสน")
_MILLION = 10**6

_BELOW_TWENTY = (
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = (
    "",
    "",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
)
_SCALES = (
    (10**12, "trillion"),
    (10**9, "billion"),
    (_MILLION, "million"),
    (1000, "thousand"),
    (100, "hundred"),
)
_TEENS_END = 20


def in_thai(satang: Satang) -> str:
    """Write an amount, zero or above: ``หนึ่งพันสี่ร้อยเก้าสิบเก้าบาทถ้วน``."""
    baht, rest = divmod(satang, 100)
    whole = f"{_thai(baht)}บาท" if baht or not rest else ""
    return f"{whole}{_thai(rest)}สตางค์" if rest else f"{whole}ถ้วน"


def in_english(satang: Satang) -> str:
    """Write an amount, zero or above: ``One thousand four hundred ninety-nine baht``.

    Satang follow as ``and fifty satang``; where there are none, ``only``.
    """
    baht, rest = divmod(satang, 100)
    whole = f"{_english(baht)} baht" if baht or not rest else ""
    part = f"{_english(rest)} satang" if rest else ""
    words = " and ".join(filter(None, (whole, part)))
    return words[0].upper() + words[1:] + ("" if rest else " only")


def _thai(number: int) -> str:
    if number == 0:
        return "ศูนย์"
    millions, rest = divmod(number, _MILLION)
    leading = f"{_thai(millions)}ล้าน" if millions else ""
    return leading + _thai_below_million(rest, follows=bool(millions))


def _thai_below_million(number: int, *, follows: bool) -> str:
    digits = str(number)
    words = []
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            continue
        words.append(_thai_digit(int(digit), place) + _THAI_PLACES[place])
    # A one at the end, with anything before it, has a name of its own: 101, 1000001.
    if digits[-1] == "1" and (follows or number > 1):
        words[-1] = "เอ็ด"
    return "".join(words)


def _thai_digit(digit: int, place: int) -> str:
    if place == 1 and digit in (1, 2):  # ten is not "one ten", nor twenty "two ten"
        return "" if digit == 1 else "ยี่"
    return _THAI[digit]


def _english(number: int) -> str:
    if number == 0:
        return "zero"
    words = []
    for size, name in _SCALES:
        count, number = divmod(number, size)
        if count:
            words.append(f"{_english(count)} {name}")
    if number:
        words.append(_below_hundred(number))
    return " ".join(words)


def _below_hundred(number: int) -> str:
    if number < _TEENS_END:
        return _BELOW_TWENTY[number]
    tens, ones = divmod(number, 10)
    return "-".join(filter(None, (_TENS[tens], _BELOW_TWENTY[ones])))
