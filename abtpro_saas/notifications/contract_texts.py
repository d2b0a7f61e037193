"""What is said of rental contracts, in Thai and in English."""

from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.wording import Text

K = NoticeKind

CONTRACT_TEXTS: dict[NoticeKind, dict[str, Text]] = {
    K.TRIAL_STARTED: {
        "en": Text(
            "Your trial of {plan} has begun",
            "You can use everything in {plan} until {at_end}. Nothing has been"
            " charged.",
        ),
        "th": Text(
            "เริ่มทดลองใช้ {plan} แล้ว",
            "คุณใช้ได้ทุกอย่างใน {plan} จนถึง {at_end} โดยยังไม่มีการเรียกเก็บเงิน",
        ),
    },
    K.CONTRACT_STARTED: {
        "en": Text(
            "{plan} is yours",
            "{taken} Your contract runs until {at_end}.{document}",
        ),
        "th": Text(
            "คุณเริ่มใช้ {plan} แล้ว",
            "{taken} สัญญาใช้ได้ถึง {at_end}{document}",
        ),
    },
    K.CONTRACT_RENEWED: {
        "en": Text(
            "{plan} is renewed",
            "{taken} Your contract now runs until {at_end}.{document}",
        ),
        "th": Text(
            "ต่ออายุ {plan} แล้ว",
            "{taken} สัญญาใช้ได้ถึง {at_end}{document}",
        ),
    },
    K.CONTRACT_CHANGED: {
        "en": Text(
            "You are on {plan} now",
            "We charged {amount} for {plan} until {at_end}{returned}{document}",
        ),
        "th": Text(
            "เปลี่ยนเป็น {plan} แล้ว",
            "คิดค่าบริการ {amount} สำหรับ {plan} จนถึง {at_end}{returned}{document}",
        ),
    },
    K.CONTRACT_CHANGE_PLANNED: {
        "en": Text(
            "{plan} begins on {at_end}",
            "Until then your present plan stays.{costs} You can take this back at any"
            " time before.",
        ),
        "th": Text(
            "{plan} จะเริ่มวันที่ {at_end}",
            "ก่อนถึงเวลานั้นคุณยังใช้แพ็กเกจเดิม{costs} และยกเลิกการเปลี่ยนได้ทุกเมื่อ",
        ),
    },
    K.CONTRACT_CANCELLED: {
        "en": Text(
            "Your contract is cancelled",
            "{ends} Nothing more will be charged, and nothing that you own is deleted.",
        ),
        "th": Text(
            "ยกเลิกสัญญาแล้ว",
            "{ends} จะไม่มีการเรียกเก็บเงินอีก และข้อมูลของคุณจะไม่ถูกลบ",
        ),
    },
    K.CONTRACT_RESUMED: {
        "en": Text(
            "Your contract goes on",
            "You took the cancellation back. {plan} is paid until {at_end}, and then"
            " goes on as before: you renew it, or it renews itself if that is on.",
        ),
        "th": Text(
            "สัญญาของคุณดำเนินต่อ",
            "คุณยกเลิกการบอกเลิกสัญญาแล้ว {plan} ชำระไว้ถึง {at_end} หลังจากนั้นเป็นไปตามเดิม"
            " คือคุณต่ออายุเอง หรือต่ออายุอัตโนมัติหากเปิดไว้",
        ),
    },
    K.CHANGE_DROPPED: {
        "en": Text(
            "You stay on {plan}",
            "The change of plan that was to come on {at_end} is dropped.",
        ),
        "th": Text(
            "คุณยังใช้ {plan} ต่อไป",
            "ยกเลิกการเปลี่ยนแพ็กเกจที่กำหนดไว้วันที่ {at_end} แล้ว",
        ),
    },
    K.CONTRACT_ENDS: {
        "en": Text(
            "Your access ends on {at_end}",
            "You have cancelled {plan}. If you want to stay, take the cancellation"
            " back before then.",
        ),
        "th": Text(
            "การใช้งานของคุณจะสิ้นสุดวันที่ {at_end}",
            "คุณยกเลิก {plan} ไว้ หากต้องการใช้ต่อ โปรดกลับมาใช้สัญญาเดิมก่อนเวลานั้น",
        ),
    },
    K.RENEWAL_DUE: {
        "en": Text(
            "{plan} ends on {at_end}",
            "{renew} Access is kept until {at_grace_end}.",
        ),
        "th": Text(
            "{plan} จะสิ้นสุดวันที่ {at_end}",
            "{renew} คุณยังใช้งานได้ถึง {at_grace_end}",
        ),
    },
    K.RENEWAL_SHORT: {
        "en": Text(
            "Your wallet is {amount_missing} short of the next renewal",
            "{plan} renews itself on {at_end} for {amount}. Top up {amount_missing}"
            " or more before then.",
        ),
        "th": Text(
            "กระเป๋าเงินขาดอีก {amount_missing} สำหรับการต่ออายุ",
            "{plan} จะต่ออายุเองวันที่ {at_end} ในราคา {amount}"
            " โปรดเติมเงินอย่างน้อย {amount_missing} ก่อนเวลานั้น",
        ),
    },
    K.RENEWAL_COMES: {
        "en": Text(
            "{plan} renews itself on {at_end}",
            "{comes} There is nothing to do.",
        ),
        "th": Text(
            "{plan} จะต่ออายุเองวันที่ {at_end}",
            "{comes} คุณไม่ต้องทำอะไร",
        ),
    },
    K.CONTRACT_GRACE: {
        "en": Text(
            "{plan} has ended; your access goes on until {at_grace_end}",
            "The renewal of {amount} is not paid.{missing} Renew before"
            " {at_grace_end}, and nothing changes for you.",
        ),
        "th": Text(
            "{plan} ครบกำหนดแล้ว แต่คุณยังใช้งานได้ถึง {at_grace_end}",
            "ยังไม่ได้ชำระค่าต่ออายุ {amount}{missing} โปรดต่ออายุก่อน {at_grace_end}"
            " เพื่อใช้งานต่อเนื่อง",
        ),
    },
    K.GRACE_GOES_ON: {
        "en": Text(
            "{left} left to renew {plan}",
            "The renewal of {amount} is still not paid.{missing} Your access ends on"
            " {at_grace_end}.",
        ),
        "th": Text(
            "เหลือเวลาต่ออายุ {plan} อีก {left}",
            "ยังไม่ได้ชำระค่าต่ออายุ {amount}{missing} คุณใช้งานได้ถึง {at_grace_end}",
        ),
    },
    K.GRACE_ENDS: {
        "en": Text(
            "Last notice: your access ends on {at_grace_end}",
            "{left} left: the renewal of {plan} for {amount} is not paid.{missing}"
            " After that your access is suspended until you renew; nothing that you"
            " own is deleted.",
        ),
        "th": Text(
            "แจ้งเตือนครั้งสุดท้าย: คุณใช้งานได้ถึง {at_grace_end}",
            "เหลือเวลาอีก {left} ยังไม่ได้ชำระค่าต่ออายุ {plan} จำนวน {amount}{missing}"
            " หลังจากนั้นการใช้งานจะถูกระงับจนกว่าคุณจะต่ออายุ โดยข้อมูลของคุณจะไม่ถูกลบ",
        ),
    },
    K.CONTRACT_SUSPENDED: {
        "en": Text(
            "Your access is suspended",
            "{plan} was not renewed. Everything you have is kept: top up and renew,"
            " and it is back at once.",
        ),
        "th": Text(
            "การใช้งานของคุณถูกระงับ",
            "{plan} ไม่ได้รับการต่ออายุ ข้อมูลทั้งหมดของคุณยังอยู่ เติมเงินและต่ออายุเพื่อกลับมาใช้ได้ทันที",
        ),
    },
    K.CONTRACT_ENDED: {
        "en": Text(
            "Your contract has ended",
            "{plan} ended as you asked. Everything you have is kept, should you come"
            " back.",
        ),
        "th": Text(
            "สัญญาของคุณสิ้นสุดแล้ว",
            "{plan} สิ้นสุดตามที่คุณยกเลิกไว้ ข้อมูลทั้งหมดของคุณยังอยู่หากคุณกลับมา",
        ),
    },
    K.CONTRACT_EXTENDED: {
        "en": Text(
            "Your contract is extended until {at_end}",
            "It costs you nothing. Reason: {reason}",
        ),
        "th": Text(
            "ขยายสัญญาของคุณถึง {at_end}",
            "โดยไม่มีค่าใช้จ่าย เหตุผล: {reason}",
        ),
    },
    K.CONTRACT_BLOCKED: {
        "en": Text(
            "An administrator has suspended your contract",
            "Your money and your data are kept. Reason: {reason}",
        ),
        "th": Text(
            "ผู้ดูแลระบบระงับสัญญาของคุณ",
            "เงินและข้อมูลของคุณยังอยู่ครบ เหตุผล: {reason}",
        ),
    },
    K.CONTRACT_UNBLOCKED: {
        "en": Text("Your contract is open again", "{access} Reason: {reason}"),
        "th": Text("สัญญาของคุณกลับมาใช้ได้แล้ว", "{access} เหตุผล: {reason}"),
    },
    K.RENTAL_REFUNDED: {
        "en": Text(
            "{amount} of your rental is given back",
            "{back}{document} Reason: {reason}",
        ),
        "th": Text(
            "คืนค่าเช่า {amount} ให้คุณแล้ว",
            "{back}{document} เหตุผล: {reason}",
        ),
    },
    K.PRICE_CHANGES: {
        "en": Text(
            "The price of {plan} changes",
            "From your next period on, which begins on {at_end}, it costs {amount}. The"
            " period that you have paid for stays as it is.",
        ),
        "th": Text(
            "ราคาของ {plan} จะเปลี่ยน",
            "ตั้งแต่รอบถัดไปซึ่งเริ่มวันที่ {at_end} ราคาเป็น {amount} รอบที่คุณชำระไว้แล้วไม่เปลี่ยนแปลง",
        ),
    },
}
