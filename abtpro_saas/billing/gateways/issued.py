"""The generic contract with a gateway that insists on making the QR itself."""

from typing import ClassVar

from abtpro_saas.billing.gateways.generic import GenericGateway
from abtpro_saas.billing.gateways.port import GatewayAccount
from abtpro_saas.money import Satang


class IssuedGateway(GenericGateway):
    """As ``generic``, but what ``register`` answers is what the payer scans."""

    issues_qr: ClassVar[bool] = True

    def payload(
        self,
        account: GatewayAccount,  # noqa: ARG002 - the port's signature
        reference: str,  # noqa: ARG002 - the port's signature
        amount: Satang,  # noqa: ARG002 - the port's signature
    ) -> str | None:
        """Return nothing: the QR comes from the gateway."""
        return None
