"""What notices and mails say, in Thai and in English.

A text names its parameters in braces. ``amount`` and ``amount_…`` come as a decimal
string of baht, ``at`` and ``at_…`` as an ISO 8601 instant, ``flag`` as a top-up's flag,
``keys_…`` as how many API keys, which is a sentence where there are any; ``plan`` is
``plan_th`` or ``plan_en``; ``document`` as its number, which is a sentence where there
is one; ``left`` in seconds; ``missing`` is a sentence of ``amount_missing``, where that
is known; ``taken`` and the others of ``paid.py`` are sentences of amounts, ``ends``
and ``access`` of how long there is access; all else is shown as it is. With ``exact``,
instants show their seconds.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from abtpro_saas.formats import format_instant, format_left, format_money
from abtpro_saas.money import parse_baht
from abtpro_saas.notifications.contract_texts import CONTRACT_TEXTS
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.paid import told_of_payment
from abtpro_saas.notifications.wording import (
    KEYS,
    Text,
    document_told,
    keys_told,
    missing_told,
    told_of_access,
)

K = NoticeKind

TEXTS: dict[NoticeKind, dict[str, Text]] = {
    K.SIGNED_IN: {
        "en": Text(
            "New sign-in to your account",
            "Somebody signed in on {at} from {address} with {device}. If that was"
            " you, there is nothing to do. If not, change your password now and sign"
            " out everywhere.",
        ),
        "th": Text(
            "มีการเข้าสู่ระบบใหม่",
            "มีการเข้าสู่ระบบเมื่อ {at} จาก {address} ด้วย {device} หากเป็นคุณ"
            " ไม่ต้องดำเนินการใด ๆ หากไม่ใช่ โปรดเปลี่ยนรหัสผ่านทันทีและออกจากระบบทุกอุปกรณ์",
        ),
    },
    K.PASSWORD_RESET: {
        "en": Text(
            "Choose a new password",
            "You, or somebody who knows your address, asked for a new password. The"
            " link works once, for one hour. If you did not ask, ignore this mail:"
            " your password stays as it is.",
            "Choose a new password",
        ),
        "th": Text(
            "ตั้งรหัสผ่านใหม่",
            "มีการขอตั้งรหัสผ่านใหม่สำหรับบัญชีของคุณ ลิงก์นี้ใช้ได้ครั้งเดียวภายในหนึ่งชั่วโมง"
            " หากคุณไม่ได้ขอ โปรดเพิกเฉยต่ออีเมลนี้ รหัสผ่านเดิมยังใช้ได้",
            "ตั้งรหัสผ่านใหม่",
        ),
    },
    K.VERIFY_EMAIL: {
        "en": Text(
            "Confirm your e-mail address",
            "Please confirm that this address is yours. The link works once.",
            "Confirm this address",
        ),
        "th": Text(
            "ยืนยันอีเมลของคุณ",
            "โปรดยืนยันว่าอีเมลนี้เป็นของคุณ ลิงก์นี้ใช้ได้ครั้งเดียว",
            "ยืนยันอีเมล",
        ),
    },
    K.INVITED: {
        "en": Text(
            "You are invited to {brand}",
            "{inviter} invites you to {brand}. The link works once; it lets you"
            " choose a password.",
            "Accept the invitation",
        ),
        "th": Text(
            "คุณได้รับเชิญให้เข้าร่วม {brand}",
            "{inviter} เชิญคุณเข้าร่วม {brand} ลิงก์นี้ใช้ได้ครั้งเดียวสำหรับตั้งรหัสผ่านของคุณ",
            "ตอบรับคำเชิญ",
        ),
    },
    K.PASSWORD_CHANGED: {
        "en": Text(
            "Your password was changed",
            "Your password was changed on {at} from {address}.{keys_revoked}"
            "{keys_left} If that was not you, ask for a new password at once and"
            " tell us.",
        ),
        "th": Text(
            "รหัสผ่านของคุณถูกเปลี่ยนแล้ว",
            "รหัสผ่านของคุณถูกเปลี่ยนเมื่อ {at} จาก {address}{keys_revoked}{keys_left}"
            " หากไม่ใช่คุณ โปรดขอตั้งรหัสผ่านใหม่ทันทีและแจ้งให้เราทราบ",
        ),
    },
    K.EMAIL_CHANGED: {
        "en": Text(
            "Your e-mail address was changed",
            "Your account at {brand} has another e-mail address since {at}; the change"
            " came from {address}. This address no longer signs in there. If that was"
            " not you, tell an administrator of {brand} at once: they can shut the"
            " account until it is yours again.",
        ),
        "th": Text(
            "อีเมลของบัญชีคุณถูกเปลี่ยนแล้ว",
            "บัญชีของคุณที่ {brand} เปลี่ยนไปใช้อีเมลอื่นเมื่อ {at} จาก {address}"
            " อีเมลนี้ใช้เข้าสู่ระบบไม่ได้อีก หากไม่ใช่คุณ โปรดแจ้งผู้ดูแลระบบของ {brand} ทันที"
            " เพื่อระงับบัญชีจนกว่าจะกลับมาเป็นของคุณ",
        ),
    },
    K.SECOND_FACTOR_REMOVED: {
        "en": Text(
            "Your second step was removed",
            "{by} removed the second step of your sign-in on {at}, and signed you out"
            " everywhere. Your password alone opens your account: set up a new second"
            " step. If you did not ask for this, change your password now and tell us.",
        ),
        "th": Text(
            "การยืนยันตัวตนสองขั้นตอนของคุณถูกยกเลิกแล้ว",
            "{by} ยกเลิกการยืนยันตัวตนสองขั้นตอนของคุณเมื่อ {at} และให้คุณออกจากระบบทุกอุปกรณ์"
            " ขณะนี้รหัสผ่านอย่างเดียวเปิดบัญชีได้ โปรดตั้งค่าการยืนยันตัวตนสองขั้นตอนใหม่"
            " หากคุณไม่ได้ขอ โปรดเปลี่ยนรหัสผ่านทันทีและแจ้งให้เราทราบ",
        ),
    },
    K.SECOND_FACTOR_OFF: {
        "en": Text(
            "Your second step is off",
            "The second step of your sign-in was switched off on {at} from {address}."
            " Your password alone opens your account. If this was not you, change your"
            " password now and tell us.",
        ),
        "th": Text(
            "ปิดการยืนยันตัวตนสองขั้นตอนแล้ว",
            "การยืนยันตัวตนสองขั้นตอนของคุณถูกปิดเมื่อ {at} จาก {address}"
            " ขณะนี้รหัสผ่านอย่างเดียวเปิดบัญชีได้"
            " หากไม่ใช่คุณ โปรดเปลี่ยนรหัสผ่านทันทีและแจ้งให้เราทราบ",
        ),
    },
    K.LOCKED_OUT: {
        "en": Text(
            "Sign-in is paused for your account",
            "Too many wrong passwords were tried on {at} from {address}. Sign-in is"
            " paused for a while and opens again by itself.",
        ),
        "th": Text(
            "บัญชีของคุณถูกระงับการเข้าสู่ระบบชั่วคราว",
            "มีการใส่รหัสผ่านผิดหลายครั้งเมื่อ {at} จาก {address}"
            " การเข้าสู่ระบบถูกระงับชั่วคราวและจะเปิดใช้ได้อีกโดยอัตโนมัติ",
        ),
    },
    K.TOPUP_PAID: {
        "en": Text(
            "{amount} is in your wallet",
            "Your top-up {reference} of {amount} was paid on {at}. Keep this"
            " message as your receipt.",
        ),
        "th": Text(
            "เติมเงิน {amount} เข้ากระเป๋าเงินแล้ว",
            "รายการเติมเงิน {reference} จำนวน {amount} ชำระแล้วเมื่อ {at}"
            " โปรดเก็บข้อความนี้ไว้เป็นหลักฐานการชำระเงิน",
        ),
    },
    K.TOPUP_EXPIRED: {
        "en": Text(
            "Your QR code has expired",
            "Top-up {reference} of {amount} was not paid in time. If you have paid"
            " it, the money still reaches your wallet; else make a new one.",
        ),
        "th": Text(
            "คิวอาร์โค้ดหมดอายุแล้ว",
            "รายการเติมเงิน {reference} จำนวน {amount} ไม่ได้ชำระภายในเวลาที่กำหนด"
            " หากคุณชำระแล้ว เงินจะยังเข้ากระเป๋าเงินของคุณ หากยัง โปรดสร้างรายการใหม่",
        ),
    },
    K.TOPUP_FLAGGED: {
        "en": Text(
            "About your top-up {reference}",
            "{flag} The amount that we received is {amount}, and it is in your wallet.",
        ),
        "th": Text(
            "เกี่ยวกับรายการเติมเงิน {reference}",
            "{flag} จำนวนเงินที่เราได้รับคือ {amount} และอยู่ในกระเป๋าเงินของคุณแล้ว",
        ),
    },
    K.REFUNDED: {
        "en": Text(
            "{amount} is on its way back to you",
            "We refund {amount} of top-up {reference}. Reason: {reason}",
        ),
        "th": Text(
            "กำลังคืนเงิน {amount} ให้คุณ",
            "เราคืนเงิน {amount} จากรายการเติมเงิน {reference} เหตุผล: {reason}",
        ),
    },
    **CONTRACT_TEXTS,
}

FLAGS = {
    "UNDERPAID": {
        "en": "You paid less than the QR code asked for.",
        "th": "คุณชำระน้อยกว่าจำนวนในคิวอาร์โค้ด",
    },
    "OVERPAID": {
        "en": "You paid more than the QR code asked for.",
        "th": "คุณชำระมากกว่าจำนวนในคิวอาร์โค้ด",
    },
    "PAID_TWICE": {
        "en": "The same QR code was paid twice.",
        "th": "คิวอาร์โค้ดเดียวกันถูกชำระสองครั้ง",
    },
    "PAID_LATE": {
        "en": "Your payment came after the QR code had expired.",
        "th": "การชำระเงินของคุณมาถึงหลังคิวอาร์โค้ดหมดอายุ",
    },
    "FAILED_AFTER_PAID": {
        "en": "The bank first reported the payment, then reported it as failed. We"
        " are looking into it.",
        "th": "ธนาคารแจ้งว่าชำระแล้ว แต่ต่อมาแจ้งว่าไม่สำเร็จ เรากำลังตรวจสอบ",
    },
    "AMOUNT_MISMATCH": {
        "en": "The bank reported two different amounts. We are looking into it.",
        "th": "ธนาคารแจ้งจำนวนเงินไม่ตรงกัน เรากำลังตรวจสอบ",
    },
}

GREETING = {"en": "Hello {name},", "th": "สวัสดี {name}"}
CLOSING = {
    "en": "You receive this mail because you have an account at {brand}.",
    "th": "คุณได้รับอีเมลนี้เพราะคุณมีบัญชีกับ {brand}",
}


def write(kind: NoticeKind, locale: str, params: Mapping[str, str]) -> Text:
    """Return the text of a notice, filled in.

    Raises:
        KeyError: a parameter that the text names is missing.
    """
    text = TEXTS[kind][locale]
    given = dict.fromkeys(KEYS, "0") | dict(params)
    given.setdefault("plan", given.get(f"plan_{locale}", ""))
    given.setdefault("missing", given.get("amount_missing", ""))
    exact = "exact" in given
    told = told_of_payment(given, locale) | told_of_access(given, locale)
    shown = {
        name: _shown(name, value, locale, exact=exact) for name, value in given.items()
    } | told
    return Text(text.title.format(**shown), text.body.format(**shown), text.action)


def _shown(name: str, value: str, locale: str, *, exact: bool) -> str:
    def instant(text: str) -> str:
        return format_instant(datetime.fromisoformat(text), locale, seconds=exact)

    writers: dict[str, Callable[[str], str]] = {
        "amount": lambda text: format_money(parse_baht(text)),
        "at": instant,
        "left": lambda text: format_left(timedelta(seconds=int(text)), locale),
        "missing": lambda text: missing_told(text, locale),
        "flag": lambda text: FLAGS[text][locale] if text in FLAGS else "",
        "document": lambda text: document_told(text, locale),
    }
    if name in KEYS:
        return keys_told(name, int(value), locale)
    return writers.get(name.partition("_")[0], str)(value)
