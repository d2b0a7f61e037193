"""A tenant's contracts: what its admins see of them, and do to them."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import request
from flask.views import MethodView

from abtpro_saas.billing.invoices import issuing
from abtpro_saas.billing.invoices.parts import CreditTooLargeError
from abtpro_saas.billing.ledger import PostedError
from abtpro_saas.billing.reasons import ReasonNeededError
from abtpro_saas.blueprints.contracts.admin import schemas as bodies
from abtpro_saas.blueprints.contracts.admin.answers import (
    FILE,
    listed_answer,
    whole_answer,
)
from abtpro_saas.blueprints.contracts.invoice_schemas import InvoiceOut, PdfArgs
from abtpro_saas.blueprints.contracts.invoices import document_answer, pdf_file
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.idempotency import HEADER, idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.contracts.deals.finding import ContractStateError
from abtpro_saas.contracts.deals.paying import BalanceShortError
from abtpro_saas.contracts.office import acts, listing
from abtpro_saas.contracts.office.acts import RentalRefund
from abtpro_saas.contracts.office.listing import ContractFilter, ListedContract
from abtpro_saas.contracts.terms.durations import DurationError
from abtpro_saas.contracts.words import ContractStatus
from abtpro_saas.errors import InvalidError, NotFoundError
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import new_id
from abtpro_saas.money import AmountError, baht

blp = Blueprint(
    "admin_contracts",
    __name__,
    url_prefix="/api/v1/admin",
    description="Admins: rental contracts",
)


@blp.route("/contracts")
class Contracts(MethodView):
    """The tenant's contracts."""

    @blp.arguments(bodies.ContractsArgs, location="query")
    @blp.response(200, bodies.AdminContractsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List contracts, newest first."""
        status = args["status"]
        chosen = ContractFilter(
            ContractStatus(status) if status else None,
            args["plan"],
            args["due_before"],
            args["replaced"],
        )
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="contracts:read") as access:
            narrowed = {"filter": repr(chosen)}
            pager = Pager(
                access.tenant_id, "contracts", args["limit"], narrowed, args["cursor"]
            )
            found = listing.list_contracts(
                access.session,
                access.tenant_id,
                chosen,
                access.now,
                limit=pager.fetch,
                before=pager.after[0] if pager.after else None,
            )
            page = pager.close(found, lambda row: (row.contract.contract_id,))
            shown = [listed_answer(row, access.now) for row in page.rows]
            return page.under("contracts", shown)


@blp.route("/contracts/<uuid:contract_id>")
class OneContract(MethodView):
    """One contract of the tenant's."""

    @blp.response(200, bodies.WholeContractOut)
    def get(self, contract_id: UUID) -> dict[str, Any]:
        """Return a contract with its history, periods and documents."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="contracts:read") as access:
            found = _shown(access, contract_id)
            return whole_answer(access.session, found, access.now)


@blp.route("/contracts/<uuid:contract_id>/renew")
class ForcedRenewal(MethodView):
    """A renewal, whoever switched it off."""

    @blp.arguments(bodies.ReasonIn)
    @idempotent(money=True)
    @blp.response(200, bodies.AdminContractOut)
    @blp.alt_response(409, description="It is cancelled, replaced, or paid ahead.")
    @refuses(ReasonNeededError, ContractStateError, BalanceShortError)
    def post(self, body: dict[str, str], contract_id: UUID) -> dict[str, Any]:
        """Pay for the next period from the user's wallet."""
        return _act("contract.renew", acts.force_renew, contract_id, body)


@blp.route("/contracts/<uuid:contract_id>/extend")
class Extension(MethodView):
    """Time that is given."""

    @blp.arguments(bodies.ExtensionIn)
    @idempotent()
    @blp.response(200, bodies.AdminContractOut)
    @blp.alt_response(409, description="It is cancelled, or replaced.")
    @refuses(ReasonNeededError, DurationError, InvalidError, ContractStateError)
    def post(self, body: dict[str, str], contract_id: UUID) -> dict[str, Any]:
        """Move the end of a contract, free of charge; one that is over begins again."""
        return _act("contract.extend", acts.give_time, contract_id, body)


@blp.route("/contracts/<uuid:contract_id>/suspend")
class ContractSuspension(MethodView):
    """A contract, shut by hand."""

    @blp.arguments(bodies.ReasonIn)
    @idempotent()
    @blp.response(200, bodies.AdminContractOut)
    @blp.alt_response(409, description="A later contract has replaced it.")
    @refuses(ReasonNeededError, ContractStateError)
    def post(self, body: dict[str, str], contract_id: UUID) -> dict[str, Any]:
        """Shut a contract until an admin lifts that; its time runs on."""
        shut = partial(acts.set_blocked, blocked=True)
        return _act("contract.suspend", shut, contract_id, body)


@blp.route("/contracts/<uuid:contract_id>/unsuspend")
class SuspensionEnd(MethodView):
    """The end of a suspension by hand."""

    @blp.arguments(bodies.ReasonIn)
    @idempotent()
    @blp.response(200, bodies.AdminContractOut)
    @blp.alt_response(409, description="A later contract has replaced it.")
    @refuses(ReasonNeededError, ContractStateError)
    def post(self, body: dict[str, str], contract_id: UUID) -> dict[str, Any]:
        """Lift a suspension; what was not paid for meanwhile stays shut."""
        lift = partial(acts.set_blocked, blocked=False)
        return _act("contract.unsuspend", lift, contract_id, body)


@blp.route("/contracts/<uuid:contract_id>/refund")
class RentalRefunds(MethodView):
    """Refunds of what was paid for a contract."""

    @blp.arguments(bodies.RentalRefundIn)
    @idempotent(money=True)
    @blp.response(201, InvoiceOut)
    @blp.alt_response(409, description="More than is left, or not this contract's.")
    @refuses(
        ReasonNeededError,
        AmountError,
        ContractStateError,
        CreditTooLargeError,
        PostedError,
    )
    def post(self, body: dict[str, Any], contract_id: UUID) -> dict[str, Any]:
        """Give a part of an invoice back to the wallet, with a credit note."""
        with tenant_access(Role.ADMIN, scope="contracts:write") as access:
            key = f"{access.user_id}:{request.headers.get(HEADER, new_id())}"
            access.note(
                action="contract.refund",
                subject=contract_id,
                document_id=str(body["document_id"]),
                amount=baht(body["amount"]),
                reason=body["reason"],
            )
            note = acts.refund(
                access.session,
                access.tenant_id,
                contract_id,
                RentalRefund(**body, key=f"{contract_id}:{key}"),
                by=access.user_id,
                now=access.now,
            )
            return document_answer(note, FILE)


@blp.route("/documents/<uuid:document_id>.pdf")
class DocumentFile(MethodView):
    """One document of the tenant's, to keep and to print."""

    @blp.arguments(PdfArgs, location="query")
    @blp.response(200, content_type="application/pdf")
    def get(self, args: dict[str, str], document_id: UUID) -> object:
        """Return a document as PDF, whoever's it is."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="contracts:read") as access:
            found = issuing.get_document(access.session, access.tenant_id, document_id)
        return pdf_file(found, args["locale"])


def _act(
    action: str, act: Callable[..., object], contract_id: UUID, body: dict[str, str]
) -> dict[str, Any]:
    """Do what an admin asks: ``act`` takes the members of ``body`` by their names."""
    with tenant_access(Role.ADMIN, scope="contracts:write") as access:
        access.note(action=action, subject=contract_id, **body)
        place = access.session, access.tenant_id, contract_id
        act(*place, **body, by=access.user_id, now=access.now)
        return listed_answer(_shown(access, contract_id), access.now)


def _shown(access: Access, contract_id: UUID) -> ListedContract:
    found = listing.show_contract(
        access.session, access.tenant_id, contract_id, access.now
    )
    if found is None:
        raise NotFoundError("there is no such contract")
    return found
