"""Where a mail leads that has no secret: a page of the reader's own tenant.

Whoever opens it signs in first. Where a link needs a parameter of its notice, its
path names it in braces, as the texts do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from abtpro_saas.identity import tenants
from abtpro_saas.identity.hosts import host_rules
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.settings import Settings

K = NoticeKind


@dataclass(frozen=True)
class Link:
    """A page, and what the button says that leads there, in each language."""

    path: str
    words: Mapping[str, str]


CONTRACT = Link("/contract", {"en": "To your contract", "th": "ไปที่สัญญาของคุณ"})
RENEWAL = Link("/contract/renewal", {"en": "Renew now", "th": "ต่ออายุตอนนี้"})
INVOICES = Link("/invoices", {"en": "To your invoices", "th": "ไปที่ใบเสร็จและใบกำกับภาษี"})
PLANS = Link("/pricing", {"en": "See the plans", "th": "ดูแพ็กเกจ"})
SECURITY = Link(
    "/security", {"en": "To your account's security", "th": "ไปที่ความปลอดภัยของบัญชี"}
)
WALLET = Link("/wallet", {"en": "To your wallet", "th": "ไปที่กระเป๋าเงินของคุณ"})
TOP_UP = Link(
    "/topups/new?amount={amount_missing}&next=/contract",
    {"en": "Top up", "th": "เติมเงิน"},
)

LINKS: Mapping[NoticeKind, Link] = {
    K.SIGNED_IN: SECURITY,
    K.PASSWORD_CHANGED: SECURITY,
    K.SECOND_FACTOR_REMOVED: SECURITY,
    K.SECOND_FACTOR_OFF: SECURITY,
    K.TOPUP_PAID: WALLET,
    K.TOPUP_FLAGGED: WALLET,
    K.REFUNDED: WALLET,
    K.TRIAL_STARTED: CONTRACT,
    K.CONTRACT_STARTED: INVOICES,
    K.CONTRACT_RENEWED: INVOICES,
    K.CONTRACT_CHANGED: INVOICES,
    K.CONTRACT_CHANGE_PLANNED: CONTRACT,
    K.CONTRACT_CANCELLED: CONTRACT,
    K.CONTRACT_RESUMED: CONTRACT,
    K.CHANGE_DROPPED: CONTRACT,
    K.CONTRACT_ENDS: CONTRACT,
    K.RENEWAL_DUE: RENEWAL,
    K.RENEWAL_SHORT: TOP_UP,
    K.RENEWAL_COMES: CONTRACT,
    K.CONTRACT_GRACE: RENEWAL,
    K.GRACE_GOES_ON: RENEWAL,
    K.GRACE_ENDS: RENEWAL,
    K.CONTRACT_SUSPENDED: RENEWAL,
    K.CONTRACT_ENDED: PLANS,
    K.CONTRACT_EXTENDED: CONTRACT,
    K.CONTRACT_BLOCKED: CONTRACT,
    K.CONTRACT_UNBLOCKED: CONTRACT,
    K.RENTAL_REFUNDED: INVOICES,
    K.PRICE_CHANGES: CONTRACT,
}


def link_of(kind: NoticeKind, params: Mapping[str, str]) -> Link | None:
    """Return where a notice leads, its path filled in; some lead nowhere."""
    found = LINKS.get(kind)
    if found is None:
        return None
    if found is INVOICES and not params.get("document"):  # nothing was charged
        found = CONTRACT
    if kind is K.CONTRACT_CANCELLED and _is_over(params):
        found = PLANS
    return Link(found.path.format(**params), found.words)


def _is_over(params: Mapping[str, str]) -> bool:
    """Tell whether what was cancelled ended at once."""
    at, end = (datetime.fromisoformat(params[name]) for name in ("at", "at_end"))
    return end <= at


def tenant_origin(
    session: Session, tenant_id: TenantId, settings: Settings, base: str = ""
) -> str:
    """Return the origin of the tenant's pages; ``base`` stands in for the base URL."""
    port = settings.port_of("web")
    known = urlsplit(settings.base_url or base or f"http://localhost:{port}")
    own = host_rules(settings).own_host(tenants.get_tenant(session, tenant_id).slug)
    hosts = tenants.list_hosts(session, tenant_id)
    host = own if own in hosts or not hosts else hosts[0]
    return f"{known.scheme}://{host}" + (f":{known.port}" if known.port else "")
