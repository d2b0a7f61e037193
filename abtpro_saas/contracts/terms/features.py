"""What plans are made of: the catalogue of features, in both languages.

Their names are those that version 1.x sold. A plan gives a flag, or so many of a limit;
``UNLIMITED`` of a limit is no limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from abtpro_saas.errors import InvalidError

UNLIMITED = -1
_MOST = 1_000_000


class FeatureType(StrEnum):
    """How a feature is given: or not at all, or so many times."""

    FLAG = "FLAG"
    LIMIT = "LIMIT"


class FeatureError(InvalidError):
    """The catalogue has no such feature, or not with such a value."""

    code = "unknown_feature"


@dataclass(frozen=True)
class Words:
    """A feature's name and what it means, in one language."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Feature:
    """Something that a plan may give."""

    key: str
    type: FeatureType
    words: Mapping[str, Words]


def _feature(
    key: str, th: tuple[str, str], en: tuple[str, str], kind: str = "FLAG"
) -> Feature:
    return Feature(key, FeatureType(kind), {"th": Words(*th), "en": Words(*en)})


CATALOGUE = {
    feature.key: feature
    for feature in (
        _feature(
            "max_bots",
            ("จำนวนบอต", "บอตที่เปิดทำงานพร้อมกันได้"),
            ("Bots", "How many bots may run at once"),
            "LIMIT",
        ),
        _feature(
            "basic_strategies",
            ("กลยุทธ์พื้นฐาน", "กลยุทธ์สำเร็จรูปที่เข้าใจง่าย เช่น RSI และเส้นค่าเฉลี่ย"),
            (
                "Basic strategies",
                "Ready-made ones, such as RSI or moving averages",
            ),
        ),
        _feature(
            "advanced_strategies",
            ("กลยุทธ์ขั้นสูง", "กลยุทธ์หลายกรอบเวลา การจับคู่เหรียญ และการคุมความผันผวน"),
            ("Advanced strategies", "Many time frames, pairs and volatility targets"),
        ),
        _feature(
            "custom_strategies",
            ("กลยุทธ์ของคุณเอง", "อัปโหลดและใช้กลยุทธ์ที่คุณเขียนเอง"),
            ("Your own strategies", "Bring strategies that you have written"),
        ),
        _feature(
            "plugin_support",
            ("ปลั๊กอิน", "ติดตั้งปลั๊กอินที่ผ่านการตรวจสอบแล้ว"),
            ("Plugins", "Install plugins that have been reviewed"),
        ),
        _feature(
            "backtesting",
            ("ทดสอบย้อนหลัง", "ทดสอบกลยุทธ์กับราคาจริงในอดีต"),
            ("Backtesting", "Test strategies on real prices of the past"),
        ),
        _feature(
            "paper_trading",
            ("เทรดจำลอง", "ทดลองกลยุทธ์กับราคาปัจจุบันโดยไม่ใช้เงินจริง"),
            ("Paper trading", "Run strategies on live prices without real money"),
        ),
        _feature(
            "portfolio_aggregation",
            ("รวมพอร์ต", "เห็นสินทรัพย์จากทุกบัญชีในหน้าเดียว"),
            ("Portfolio in one view", "All accounts' holdings on one page"),
        ),
        _feature(
            "multi_account_portfolio",
            ("หลายบัญชีซื้อขาย", "เชื่อมต่อบัญชีกระดานเทรดได้มากกว่าหนึ่งบัญชี"),
            ("Several exchange accounts", "Connect more than one exchange account"),
        ),
        _feature(
            "api_access",
            ("เข้าถึงผ่าน API", "เชื่อมต่อระบบของคุณด้วยคีย์ API"),
            ("API access", "Connect your own systems with API keys"),
        ),
        _feature(
            "standard_notifications",
            ("การแจ้งเตือนมาตรฐาน", "แจ้งเตือนในระบบและทางอีเมล"),
            ("Standard notifications", "In the product and by e-mail"),
        ),
        _feature(
            "telegram_notifications",
            ("แจ้งเตือนทาง Telegram", "รับการแจ้งเตือนทันทีทาง Telegram"),
            ("Telegram notifications", "Be told at once by Telegram"),
        ),
        _feature(
            "email_support",
            ("ช่วยเหลือทางอีเมล", "ทีมงานตอบคำถามทางอีเมล"),
            ("Support by e-mail", "Our people answer by e-mail"),
        ),
        _feature(
            "priority_support",
            ("ช่วยเหลือก่อนใคร", "คำถามของคุณได้รับการตอบก่อน"),
            ("Priority support", "Your questions are answered first"),
        ),
        _feature(
            "dedicated_support",
            ("ผู้ดูแลประจำ", "มีผู้ดูแลบัญชีของคุณโดยเฉพาะ"),
            ("A contact of your own", "One person looks after your account"),
        ),
    )
}
"""Every feature by its key, in the order in which plans show them."""

Features = Mapping[str, bool | int]


def check_features(given: Mapping[str, Any], field: str = "features") -> Features:
    """Return what a plan gives, in the catalogue's order, without flags that are off.

    Raises:
        FeatureError: an unknown feature, or a value that its type does not take.
    """
    for key, value in given.items():
        if key not in CATALOGUE:
            raise FeatureError(f"there is no feature {key!r}", f"{field}.{key}")
        if not _fits(CATALOGUE[key].type, value):
            raise FeatureError(
                f"{key}: {_FORMS[CATALOGUE[key].type]}", f"{field}.{key}"
            )
    return {key: given[key] for key in CATALOGUE if given.get(key)}


_FORMS = {
    FeatureType.FLAG: "true or false",
    FeatureType.LIMIT: f"a whole number from 0 to {_MOST:,}, or -1 for no limit",
}


def _fits(kind: FeatureType, value: object) -> bool:
    if kind is FeatureType.FLAG:
        return isinstance(value, bool)
    return type(value) is int and UNLIMITED <= value <= _MOST


def allows(features: Features, key: str) -> bool:
    """Tell whether ``features`` hold a flag, or any of a limit."""
    return bool(features.get(key))


def limit_of(features: Features, key: str) -> int:
    """Return how many of a limit are given: 0 for none, or ``UNLIMITED``."""
    return int(features.get(key, 0))
