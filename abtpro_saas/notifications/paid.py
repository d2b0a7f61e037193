"""Sentences of what was paid, and with what: the wallet, granted credit, or both.

Each is told from a notice's parameters. What was written down before they named granted
credit, a credit note or a price reads as it did then.
"""

from collections.abc import Callable, Mapping

from abtpro_saas.formats import format_money
from abtpro_saas.money import NOTHING, Satang, parse_baht

Params = Mapping[str, str]

_NOTHING = {"en": "There was nothing to pay.", "th": "ไม่มียอดที่ต้องชำระ"}
_WALLET = {
    "en": "We took {amount} from your wallet.",
    "th": "หักเงิน {amount} จากกระเป๋าเงินของคุณแล้ว",
}
_GRANTED = {
    "en": "Your granted credit paid {amount}; your wallet paid nothing.",
    "th": "ชำระ {amount} ด้วยเครดิตที่ได้รับทั้งหมด โดยไม่ได้หักเงินจากกระเป๋าเงิน",
}
_BOTH = {
    "en": "Of {amount}, your granted credit paid {granted} and your wallet {wallet}.",
    "th": "ชำระ {amount} แล้ว โดยใช้เครดิตที่ได้รับ {granted} และหักจากกระเป๋าเงิน {wallet}",
}
_COMES = {
    "en": "We will take {amount} from your wallet, which holds enough.",
    "th": "เราจะหักเงิน {amount} จากกระเป๋าเงินของคุณซึ่งมีเงินเพียงพอ",
}
_COMES_GRANTED = {
    "en": "{amount} is paid with your granted credit of {granted} first, and what is"
    " left from your wallet: they hold enough.",
    "th": "เราจะชำระ {amount} ด้วยเครดิตที่ได้รับ {granted} ก่อน"
    " ส่วนที่เหลือหักจากกระเป๋าเงิน ซึ่งมียอดเพียงพอ",
}
_COMES_FREE = {"en": "It costs you nothing.", "th": "โดยไม่มีค่าใช้จ่าย"}
_RENEW = {
    "en": "Renew it for {amount} to go on without a break.",
    "th": "ต่ออายุในราคา {amount} เพื่อใช้งานต่อเนื่อง",
}
_RENEW_FREE = {
    "en": "Renew it, free of charge, to go on without a break.",
    "th": "ต่ออายุโดยไม่มีค่าใช้จ่ายเพื่อใช้งานต่อเนื่อง",
}
_BEFORE = {
    "en": ", and gave back what was unused of your former plan.",
    "th": " และคืนเงินส่วนที่ยังไม่ได้ใช้ของแพ็กเกจเดิมแล้ว",
}
_RETURNED = {
    "en": ", and gave back {amount} that was unused of your former plan (credit note"
    " {note}). {taken}",
    "th": " และคืน {amount} สำหรับส่วนที่ยังไม่ได้ใช้ของแพ็กเกจเดิม (ใบลดหนี้เลขที่ {note}) {taken}",
}
_KEPT = {"en": ". {taken}", "th": " {taken}"}
_COSTS = {
    "en": " Its first period will cost {amount}.",
    "th": " รอบแรกราคา {amount}",
}
_COSTS_LESS = {
    "en": " Its first period will cost {amount}: your coupon takes off {off}.",
    "th": " รอบแรกราคา {amount} หลังหักส่วนลดคูปอง {off}",
}
_BACK = {
    "en": "It is in your wallet, and you can spend it at once.",
    "th": "เงินอยู่ในกระเป๋าเงินของคุณและใช้ได้ทันที",
}
_BACK_GRANTED = {
    "en": "Granted credit had paid it, and so it is granted credit again.",
    "th": "ยอดนี้เคยชำระด้วยเครดิตที่ได้รับ จึงคืนเป็นเครดิตที่ได้รับ",
}
_BACK_BOTH = {
    "en": "{wallet} is in your wallet, and {granted}, which granted credit had paid, is"
    " granted credit again.",
    "th": "คืนเข้ากระเป๋าเงิน {wallet} และคืนเป็นเครดิตที่ได้รับ {granted}"
    " ซึ่งเป็นส่วนที่เคยชำระด้วยเครดิต",
}


def told_of_payment(params: Params, locale: str) -> dict[str, str]:
    """Return the sentences that a notice with an amount may hold, by their names."""
    if "amount" not in params:
        return dict.fromkeys(_SENTENCES, "")
    return {name: tell(params, locale) for name, tell in _SENTENCES.items()}


def _taken(params: Params, locale: str) -> str:
    """What was paid in all, by whom."""
    amount = _satang(params, "amount_due" if "amount_due" in params else "amount")
    granted = _satang(params, "amount_granted")
    if not amount:
        return _NOTHING[locale]
    return _split(amount, granted, (_WALLET, _GRANTED, _BOTH), locale)


def _returned(params: Params, locale: str) -> str:
    """What a change at once gave back, and what was paid in all."""
    if "amount_returned" not in params:
        return _BEFORE[locale]
    amount = _satang(params, "amount_returned")
    text = (_RETURNED if amount else _KEPT)[locale]
    note, taken = params.get("note", ""), _taken(params, locale)
    return text.format(amount=format_money(amount), note=note, taken=taken)


def _costs(params: Params, locale: str) -> str:
    """What a planned change will cost."""
    off = _satang(params, "amount_off")
    text = (_COSTS_LESS if off else _COSTS)[locale]
    amount = format_money(_satang(params, "amount"))
    return text.format(amount=amount, off=format_money(off))


def _comes(params: Params, locale: str) -> str:
    """What a renewal will take, of which granted credit pays some."""
    amount, granted = _satang(params, "amount"), _satang(params, "amount_granted")
    if not amount:
        return _COMES_FREE[locale]
    text = (_COMES_GRANTED if granted else _COMES)[locale]
    return text.format(amount=format_money(amount), granted=format_money(granted))


def _renew(params: Params, locale: str) -> str:
    """What renewing by hand costs."""
    amount = _satang(params, "amount")
    return (_RENEW if amount else _RENEW_FREE)[locale].format(
        amount=format_money(amount)
    )


def _back(params: Params, locale: str) -> str:
    """Where what was given back has gone."""
    amount, granted = _satang(params, "amount"), _satang(params, "amount_granted")
    return _split(amount, granted, (_BACK, _BACK_GRANTED, _BACK_BOTH), locale)


def _split(
    amount: Satang, granted: Satang, texts: tuple[dict[str, str], ...], locale: str
) -> str:
    """Return the one of ``texts`` that fits: wallet alone, credit alone, or both."""
    wallet = Satang(amount - granted)
    text = texts[0] if not granted else texts[2] if wallet else texts[1]
    parts = {"amount": amount, "granted": granted, "wallet": wallet}
    shown = {name: format_money(part) for name, part in parts.items()}
    return text[locale].format(**shown)


def _satang(params: Params, name: str) -> Satang:
    return parse_baht(params[name]) if name in params else NOTHING


_SENTENCES: dict[str, Callable[[Params, str], str]] = {
    "taken": _taken,
    "returned": _returned,
    "costs": _costs,
    "comes": _comes,
    "renew": _renew,
    "back": _back,
}
