"""The bodies of what admins see of contracts, and do to them."""

from marshmallow import validate
from marshmallow.fields import UUID, Boolean, Dict, Integer, List, Nested, Raw, String

from abtpro_saas.blueprints.contracts.invoice_schemas import InvoiceOut
from abtpro_saas.blueprints.contracts.rental_schemas import GivingOut, StandingOut
from abtpro_saas.blueprints.http.fields import Baht, StrictSchema, Utc
from abtpro_saas.blueprints.http.pagination import CursorArgs
from abtpro_saas.contracts.office.acts import LONGEST_REASON
from abtpro_saas.contracts.words import (
    ContractStatus,
    EventKind,
    PeriodKind,
)

REASON = validate.Length(1, LONGEST_REASON)


class ContractsArgs(CursorArgs):
    """Which contracts to list."""

    status = String(load_default=None, validate=validate.OneOf(list(ContractStatus)))
    plan = String(load_default=None, validate=validate.Length(1, 32))
    due_before = Utc(
        load_default=None,
        metadata={"description": "Whose period ends before, and were not cancelled."},
    )
    replaced = Boolean(
        load_default=False,
        metadata={"description": "With those that a later contract replaced."},
    )


class RenterOut(StrictSchema):
    """Whose contract it is."""

    id = UUID(required=True)
    email = String(required=True)
    name = String(required=True)


class AdminContractOut(StandingOut):
    """A contract of the tenant's, and whose it is."""

    user = Nested(RenterOut, required=True)
    suspended_at = Utc(
        required=True,
        allow_none=True,
        metadata={"description": "When an admin suspended it."},
    )
    suspended_reason = String(required=True, allow_none=True)
    replaced_at = Utc(required=True, allow_none=True)


class AdminContractsOut(StrictSchema):
    """A page of contracts, newest first."""

    contracts = List(Nested(AdminContractOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class PeriodOut(StrictSchema):
    """A stretch that was paid for, or given; a change of plan may have ended it."""

    plan = String(required=True)
    plan_id = UUID(required=True)
    billing_period = String(required=True, attribute="billing")
    kind = String(required=True, validate=validate.OneOf(list(PeriodKind)))
    start = Utc(required=True, attribute="period_start")
    end = Utc(required=True, attribute="period_end")
    price = Baht(required=True)
    paid = Baht(required=True)
    document_id = UUID(required=True, allow_none=True)
    left_at = Utc(required=True, allow_none=True)
    created_at = Utc(required=True)


class EventOut(StrictSchema):
    """Something that happened in a contract's life; `at` is when it was due."""

    id = UUID(required=True)
    kind = String(required=True, validate=validate.OneOf(list(EventKind)))
    at = Utc(required=True)
    recorded_at = Utc(required=True)
    actor_id = UUID(required=True, allow_none=True)
    detail = Dict(
        keys=String(),
        values=Raw(allow_none=True),
        required=True,
        metadata={"description": "Amounts are decimal strings of baht."},
    )


class WholeContractOut(GivingOut, AdminContractOut):
    """A contract with all that was done, paid and issued."""

    history = List(Nested(EventOut), required=True)
    periods = List(Nested(PeriodOut), required=True)
    documents = List(Nested(InvoiceOut), required=True)


class ReasonIn(StrictSchema):
    """Why; the user is told."""

    reason = String(required=True, validate=REASON)


class ExtensionIn(ReasonIn):
    """How much time is given, and why."""

    duration = String(
        required=True,
        validate=validate.Length(1, 40),
        metadata={"description": "ISO 8601, such as P7D; five years at most."},
    )


class RentalRefundIn(ReasonIn):
    """What goes back to the wallet, of which invoice, and why."""

    document_id = UUID(required=True)
    amount = Baht(required=True)
