"""Which history of funding belongs to a market, among those that a user may see."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.naming import exchange_name, perpetual_name
from abtpro_saas.markets.service import visible_to
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
    query = (
        select(Series)
        .where(
            visible_to(tenant_id, user_id),
            Series.exchange == exchange_name(exchange),
            Series.symbol == perpetual_name(symbol),
            Series.timeframe == FUNDING,
        )
        .order_by(Series.owner_id.is_(None))
        .limit(1)
    )
    return session.scalar(query)
