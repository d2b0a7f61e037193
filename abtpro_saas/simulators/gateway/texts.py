"""The words of the simulator's pages, in Thai and English."""

LANGUAGES = ("th", "en")

_TEXTS = {
    "title": ("ตัวจำลองเกตเวย์ชำระเงิน", "Gateway simulator"),
    "not_real": (
        "เครื่องมือทดสอบ ไม่มีเงินจริง",
        "A test tool: no real money moves here",
    ),
    "scan": ("สแกน QR", "Scan a QR"),
    "scan_help": (
        "วางข้อความของ QR หรือเลือกรายการที่รอชำระด้านล่าง",
        "Paste the text of a QR, or pick one that waits below",
    ),
    "payload": ("ข้อความของ QR", "Text of the QR"),
    "read": ("อ่าน QR", "Read the QR"),
    "waiting": ("QR ที่รอชำระ", "QR codes that wait"),
    "none_waiting": (
        "ยังไม่มี QR ที่รอชำระ สร้างรายการเติมเงินก่อน แล้วกลับมาที่หน้านี้",
        "No QR waits. Create a top-up first, then come back here",
    ),
    "recent": ("รายการล่าสุด", "Latest events"),
    "none_recent": ("ยังไม่มีรายการ", "Nothing has happened yet"),
    "pay_to": ("จ่ายให้", "Pay to"),
    "amount": ("จำนวนเงิน", "Amount"),
    "baht": ("บาท", "THB"),
    "reference": ("รหัสอ้างอิง", "Reference"),
    "biller": ("รหัสผู้รับชำระ", "Biller ID"),
    "target": ("พร้อมเพย์", "PromptPay"),
    "open_amount": ("ผู้จ่ายระบุจำนวนเอง", "the payer types it"),
    "pay": ("ยืนยันการจ่าย", "Pay now"),
    "back": ("ยกเลิก", "Cancel"),
    "again": ("สแกนรายการอื่น", "Scan another"),
    "faults": ("ทดสอบกรณีผิดปกติ", "Make something go wrong"),
    "pay_twice": ("จ่ายสองครั้ง", "Pay twice"),
    "repeat": ("แจ้งผลซ้ำ 5 ครั้ง", "Repeat the notice 5 times"),
    "less": ("จ่ายขาด 0.01", "Pay 0.01 too little"),
    "more": ("จ่ายเกิน 1.00", "Pay 1.00 too much"),
    "late": ("แจ้งผลช้า 10 วินาที", "Notice after 10 seconds"),
    "lost": ("แจ้งผลหาย", "Lose the notice"),
    "fail": ("จ่ายไม่สำเร็จ", "Fail"),
    "paid": ("จ่ายเงินสำเร็จ", "Paid"),
    "happened": ("บันทึกรายการแล้ว", "Done"),
    "transaction": ("เลขที่รายการ", "Transaction"),
    "time": ("เวลา", "Time"),
    "notices": ("การแจ้งผลถึงร้านค้า", "Notices to the merchant"),
    "no_notices": ("ไม่มีการแจ้งผล", "No notice was sent"),
    "tries": ("ครั้งที่", "Try"),
    "slip": ("สลิปโอนเงิน", "Transfer slip"),
    "slip_help": (
        "ผู้รับยืนยันด้วยเลขที่รายการหรือ QR บนสลิปนี้",
        "The receiver confirms by this slip's number or QR",
    ),
    "bank": ("ธนาคารผู้โอน", "Sending bank"),
    "refused": ("ทำรายการไม่ได้", "This cannot be done"),
    "DELIVERED": ("ส่งแล้ว", "Delivered"),
    "PENDING": ("รอส่ง", "Waiting"),
    "REFUSED": ("ถูกปฏิเสธ", "Refused"),
    "GIVEN_UP": ("เลิกส่ง", "Given up"),
    "payment.succeeded": ("จ่ายสำเร็จ", "Paid"),
    "payment.failed": ("จ่ายไม่สำเร็จ", "Failed"),
    "payment.expired": ("หมดอายุ", "Expired"),
    "payment.refunded": ("คืนเงินแล้ว", "Refunded"),
}


def texts(language: str) -> dict[str, str]:
    """Return every text in one of the two languages."""
    at = LANGUAGES.index(language)
    return {key: pair[at] for key, pair in _TEXTS.items()}
