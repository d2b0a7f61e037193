"""The form of what is said to users, and the sentences that stand in it or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from abtpro_saas.formats import format_instant, format_money
from abtpro_saas.money import parse_baht


@dataclass(frozen=True)
class Text:
    """One text in one language; ``action`` labels the link where there is one."""

    title: str
    body: str
    action: str = ""


KEYS = {
    "keys_revoked": {
        "en": (" {n} API key was revoked.", " {n} API keys were revoked."),
        "th": (" เพิกถอนคีย์ API แล้ว {n} คีย์", " เพิกถอนคีย์ API แล้ว {n} คีย์"),
    },
    "keys_left": {
        "en": (
            " {n} API key still works: revoke it if you do not know it.",
            " {n} API keys still work: revoke those that you do not know.",
        ),
        "th": (
            " คีย์ API ยังใช้ได้อีก {n} คีย์ โปรดเพิกถอนคีย์ที่คุณไม่รู้จัก",
            " คีย์ API ยังใช้ได้อีก {n} คีย์ โปรดเพิกถอนคีย์ที่คุณไม่รู้จัก",
        ),
    },
}
"""One, and more than one; of none nothing is said, as in what was written before."""

DOCUMENT = {
    "en": " You find document {number} among your invoices.",
    "th": " ดูเอกสารเลขที่ {number} ได้ในหน้าใบเสร็จและใบกำกับภาษี",
}

MISSING = {
    "en": (" Your wallet is {amount} short.", " Your wallet holds enough."),
    "th": (" กระเป๋าเงินของคุณขาดอีก {amount}", " กระเป๋าเงินของคุณมีเงินเพียงพอ"),
}
"""While something is missing, and when nothing is."""

ENDS = {
    "en": ("Your access ends on {end}.", "Your access has ended."),
    "th": ("คุณใช้งานได้ถึง {end}", "การใช้งานของคุณสิ้นสุดแล้ว"),
}
"""Of what is cancelled: while it runs, and when it ended at once."""

BACK = {
    "en": (
        "Your access is back, until {end}.",
        "Its time has run out meanwhile: renew or choose a plan to come back.",
    ),
    "th": (
        "คุณใช้งานได้อีกครั้งจนถึง {end}",
        "ระยะเวลาของสัญญาหมดไประหว่างนั้น โปรดต่ออายุหรือเลือกแพ็กเกจเพื่อกลับมาใช้งาน",
    ),
}
"""Of a suspension that is lifted: in its time, and after it."""


def told_of_access(params: Mapping[str, str], locale: str) -> dict[str, str]:
    """Return the sentences of how long there is access, by their names.

    Without ``at_access_end``, as in what was written before, it lasts through grace.
    """
    if not {"at", "at_end", "at_grace_end"} <= set(params):
        return {}
    at = datetime.fromisoformat(params["at"])
    seconds = "exact" in params

    def until(texts: Mapping[str, tuple[str, str]], text: str) -> str:
        end, (running, over) = datetime.fromisoformat(text), texts[locale]
        if end <= at:
            return over
        return running.format(end=format_instant(end, locale, seconds=seconds))

    access_end = params.get("at_access_end", params["at_grace_end"])
    return {"ends": until(ENDS, params["at_end"]), "access": until(BACK, access_end)}


def keys_told(name: str, count: int, locale: str) -> str:
    """Return the sentence of so many keys, or nothing."""
    if count == 0:
        return ""
    one, more = KEYS[name][locale]
    return (one if count == 1 else more).format(n=count)


def document_told(number: str, locale: str) -> str:
    """Return the sentence that names a document, or nothing."""
    return DOCUMENT[locale].format(number=number) if number else ""


def missing_told(amount: str, locale: str) -> str:
    """Return what is missing in a wallet, in baht; nothing where none is named."""
    if not amount:
        return ""
    short, enough = MISSING[locale]
    satang = parse_baht(amount)
    return short.format(amount=format_money(satang)) if satang else enough
