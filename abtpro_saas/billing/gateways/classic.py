"""The original platform's callback, for partners who have not changed their gateway.

Its signature has no time and names no transaction, so anybody who saw one callback can
send it again. It is a hint: the gateway is asked, and only its answer moves money.
"""

from datetime import datetime
from typing import ClassVar, Literal

from abtpro_saas.billing.gateways import notices, signatures
from abtpro_saas.billing.gateways.generic import GenericGateway
from abtpro_saas.billing.gateways.port import (
    GatewayAccount,
    Hint,
    Notice,
    NoticeHeaders,
)


class ClassicGateway(GenericGateway):
    """The contract of ``generic`` but for notices, which are believed in nothing."""

    confirms: ClassVar[Literal["AUTOMATIC", "MANUAL", "HINT"]] = "HINT"

    def read_notice(
        self,
        account: GatewayAccount,
        raw: bytes,
        headers: NoticeHeaders,
        now: datetime,  # noqa: ARG002 - the classic signature has no time to compare
    ) -> Notice | Hint:
        """Return the hint in a callback, its digest verified over the raw bytes."""
        header = headers.get(signatures.CLASSIC_HEADER)
        signatures.verify_classic(header, raw, account.secrets)
        return notices.read_hint(raw)
