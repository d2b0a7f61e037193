"""The plans that every tenant begins with; it may sell others, or these otherwise."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abtpro_saas.contracts.terms.features import UNLIMITED
from abtpro_saas.money import Satang

if TYPE_CHECKING:
    from abtpro_saas.contracts.terms.features import Features

PERIOD = "P1M"
GRACE = "P3D"


@dataclass(frozen=True)
class DefaultPlan:
    """What a plan is where the tenant has not said otherwise."""

    code: str
    name_th: str
    name_en: str
    price: Satang
    yearly_price: Satang
    features: "Features"


_BASIC: "Features" = {
    "max_bots": 2,
    "basic_strategies": True,
    "email_support": True,
    "standard_notifications": True,
}
_PREMIUM: "Features" = {
    **_BASIC,
    "max_bots": 10,
    "advanced_strategies": True,
    "priority_support": True,
    "telegram_notifications": True,
    "portfolio_aggregation": True,
}
_ENTERPRISE: "Features" = {
    **_PREMIUM,
    "max_bots": UNLIMITED,
    "custom_strategies": True,
    "plugin_support": True,
    "dedicated_support": True,
    "api_access": True,
    "multi_account_portfolio": True,
    "backtesting": True,
    "paper_trading": True,
}

DEFAULTS = (
    DefaultPlan("BASIC", "เบสิก", "Basic", Satang(49_900), Satang(499_000), _BASIC),
    DefaultPlan(
        "PREMIUM", "พรีเมียม", "Premium", Satang(149_900), Satang(1_499_000), _PREMIUM
    ),
    DefaultPlan(
        "ENTERPRISE",
        "เอนเทอร์ไพรส์",
        "Enterprise",
        Satang(499_900),
        Satang(4_999_000),
        _ENTERPRISE,
    ),
)
"""A year costs ten months. VAT is included, unless the tenant says otherwise."""
