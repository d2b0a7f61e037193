"""Throwaway resources that try the core before, and apart from, the real ones."""

from typing import ClassVar

from flask.views import MethodView
from marshmallow import Schema
from marshmallow.fields import Integer, List, Nested, String
from psycopg.errors import DeadlockDetected
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from abtpro_saas.blueprints.guard.access import operator_access, tenant_access
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.http.fields import Baht, StrictSchema, Utc
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import OffsetArgs, Pager, offset_of
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.database import existing
from abtpro_saas.errors import (
    ConflictError,
    PaymentRequiredError,
    UnavailableError,
)
from abtpro_saas.identity import audit
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import AuditEntry, Tenant, User
from abtpro_saas.identity.words import ActorKind
from abtpro_saas.ids import new_id

blp = Blueprint("probe", __name__, url_prefix="/api/v1/probe")


class Inner(StrictSchema):
    depth = Integer(strict=True)


class MarkIn(StrictSchema):
    amount = Baht(required=True)
    text = String(load_default="")
    at = Utc(load_default=None)
    inner = Nested(Inner)


class MarkOut(Schema):
    mark_id = String()
    amount = Baht()
    text = String()
    at = Utc(allow_none=True)


class PageArgs(OffsetArgs):
    action = String(load_default=None)


class EntryOut(Schema):
    subject = String()


class PageOut(Schema):
    entries = List(Nested(EntryOut))
    count = Integer()
    next_cursor = String(allow_none=True)


class ShortError(PaymentRequiredError):
    """Says more than its message, and tries to say what is not its to say."""

    members: ClassVar = {"missing": "1.00", "status": 200, "code": "fine"}


FAILURES = {
    "conflict": ConflictError,
    "unavailable": UnavailableError,
    "short": ShortError,
}


def leave_half(access):
    """Write what must not outlive a refusal."""
    audit.record(
        access.session,
        tenant_id=access.tenant_id,
        actor_kind=ActorKind.SYSTEM,
        actor_id=None,
        action="half",
        now=access.now,
    )
    access.session.flush()


@blp.route("/marks")
class Marks(MethodView):
    @blp.arguments(MarkIn)
    @idempotent(money=True)
    @blp.response(201, MarkOut)
    @refuses(ConflictError, UnavailableError, PaymentRequiredError)
    def post(self, body):
        """Leave a mark: one line in the audit trail."""
        with tenant_access(Role.TRADER, scope="wallet:write") as access:
            mark_id = new_id()
            access.note(action="mark", subject=mark_id, text=body["text"])
            if body["text"] in FAILURES:
                leave_half(access)
            if body["text"] == "slow":
                access.session.execute(text("SELECT pg_sleep(0.5)"))
            if body["text"] in FAILURES:
                raise FAILURES[body["text"]]("as asked")
            return {"mark_id": mark_id, **body}

    @blp.arguments(PageArgs, location="query")
    @blp.response(200, PageOut)
    def get(self, args):
        """List the marks."""
        with tenant_access(scope="wallet:read") as access:
            wanted = {"action": args["action"]}
            pager = Pager(
                access.tenant_id, "marks", args["limit"], wanted, args["cursor"]
            )
            chosen = (
                select(AuditEntry)
                .filter_by(action=args["action"] or "mark")
                .order_by(AuditEntry.entry_id)
                .offset(offset_of(args))
                .limit(pager.fetch)
            )
            if pager.after:
                chosen = chosen.where(AuditEntry.entry_id > pager.after[0])
            rows = access.session.scalars(chosen).all()
            return pager.close(rows, lambda row: (row.entry_id,)).under("entries")


@blp.route("/secrets")
class Secrets(MethodView):
    @idempotent()
    @blp.response(201, MarkOut)
    def post(self):
        """Answer with what is shown once."""
        with tenant_access():
            return {"text": f"once-{new_id()}"}


@blp.route("/users/<uuid:user_id>")
class Users(MethodView):
    @blp.response(200, MarkOut)
    def get(self, user_id):
        """Find somebody of the tenant."""
        with tenant_access(Role.ADMIN) as access:
            key = (access.tenant_id, user_id)
            return {"text": existing(access.session.get(User, key)).email}


@blp.route("/open")
class Open(MethodView):
    @open_to_all()
    @blp.response(200)
    def get(self):
        """Answer anybody."""
        return {}


@blp.route("/faults/<kind>")
class Faults(MethodView):
    @blp.response(200)
    def post(self, kind):
        """Fail in the way asked for."""
        with tenant_access() as access:
            if kind == "bug":
                raise RuntimeError("secret: hunter2")
            if kind == "deadlock":
                raise OperationalError("", {}, DeadlockDetected())
            access.session.execute(text("SET LOCAL statement_timeout = 1"))
            access.session.execute(text("SELECT pg_sleep(1)"))
            return {}


@blp.route("/operators")
class Operators(MethodView):
    @blp.response(200)
    def post(self):
        """Do what operators alone may do."""
        with operator_access() as access:
            access.note(action="probe", subject=access.operator.email)
            access.session.execute(select(Tenant)).first()
            return {"asked_by": access.operator.email}
