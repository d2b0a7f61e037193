"""Which history of funding belongs to a market, among those that a user may see."""

from sqlalchemy.orm import Session

from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.finding import seen
from abtpro_saas.markets.naming import exchange_name, perpetual_name
from abtpro_saas.markets.service import SeriesName
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.words import FUNDING


def find_funding(
    session: Session, tenant_id: TenantId, user_id: UserId, exchange: str, symbol: str
) -> Series | None:
    """Return the funding history of a perpetual, if there is one; one's own first.

    ``symbol`` names the perpetual, or the pair whose perpetual is settled in its quote
    currency: ``BTC/USDT`` has the funding of ``BTC/USDT:USDT``.

    Raises:
        MarketNameError: there can be no such market.
    """
    name = SeriesName(exchange_name(exchange), perpetual_name(symbol), FUNDING)
    return seen(session, tenant_id, user_id, name)
