"""What the tenant sells: its plans, their versions, and the editor of the next one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing.invoices import parties
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.pages.contracts.admin.lengths import UNITS
from abtpro_saas.blueprints.pages.contracts.admin.plan_form import (
    PlanFields,
    empty_fields,
    fields_of,
    mark_of,
    plan_of,
    typed_fields,
)
from abtpro_saas.blueprints.pages.contracts.agreement import tell_moved
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.offers.plans import (
    NewPlan,
    PlanNotFoundError,
    check_plan,
    newest_plans,
    versions,
)
from abtpro_saas.contracts.office.pricing import (
    Renters,
    publish_plan,
    renters_by_plan,
)
from abtpro_saas.contracts.tables import Plan
from abtpro_saas.contracts.terms.features import CATALOGUE, FeatureType
from abtpro_saas.errors import ConflictError
from abtpro_saas.identity import people, tenants

PUBLISH = "publish"
LIMITS = [each for each in CATALOGUE.values() if each.type is FeatureType.LIMIT]
FLAGS = [each for each in CATALOGUE.values() if each.type is FeatureType.FLAG]

blp = Blueprint("plans_page", __name__, url_prefix="/admin/plans")


class PlanMovedError(ConflictError):
    """Somebody published another version since the editor was opened."""

    code = "plan_moved"


@dataclass(frozen=True)
class Effect:
    """What publishing would do: which fields change, and whom it reaches when.

    ``first`` is the first renewal to come, ``last`` the last; who is suspended may
    renew at any time.
    """

    new: NewPlan
    renters: Renters | None
    first: datetime
    last: datetime
    changes: Sequence[str]
    mark: str


@blp.get("")
def show() -> Response:
    """Show what is sold, and what is not any more."""
    with tenant_access(scope="contracts:read") as access:
        session, tenant_id = access.session, access.tenant_id
        context: dict[str, Any] = {
            "plans": newest_plans(session, tenant_id, access.now),
            "renters": renters_by_plan(session, tenant_id),
            "included": tenants.get_tenant(session, tenant_id).prices_include_vat,
            "vat": parties.vat_rate(session, tenant_id, access.now),
            "may_write": "plans:write" in access.caller.scopes,
        }
    return render("plans/show.html", **context)


@blp.get("/new")
def begin() -> Response:
    """Show the editor of a plan that is not there yet."""
    return _editor(EMPTY, None, empty_fields())


@blp.get("/<code>")
def item(code: str) -> Response:
    """Show a plan's versions, and the editor of its next one."""
    return _editor(EMPTY, code, None)


@blp.post("/new")
def publish_new() -> Response:
    """Show what the new plan would do; publish it once that was seen."""
    return _publish(None)


@blp.post("/<code>")
def publish(code: str) -> Response:
    """Show what the next version would do; publish it once that was seen."""
    return _publish(code)


def _publish(code: str | None) -> Response:
    fields = typed_fields(code)
    try:
        new = plan_of(fields)
        check_plan(new)
        if text("step") != PUBLISH or text("shown") != mark_of(new):
            return _editor(EMPTY, code, fields, new)
        with tenant_access(scope="plans:write") as access:
            _require_newest(access, new.code)
            made = publish_plan(
                access.session,
                access.tenant_id,
                new,
                by=access.user_id,
                now=access.now,
            )
            access.note(action="plan.publish", subject=made.code, version=made.version)
    except PlanMovedError as error:
        refused(error)  # sent twice: the first one has published it
        tell_moved()
        return redirect(url_for("plans_page.item", code=new.code), 303)
    except ANSWERABLE as error:
        return _editor(refused(error, beside=FIELDS), code, fields)
    flash(_("Published: version %(version)s.", version=made.version))
    return redirect(url_for("plans_page.show"), 303)


FIELDS = {"name.th": "name_th", "name.en": "name_en", "code": "code"} | {
    f"features.{key}": f"feature-{key}" for key in CATALOGUE
}
"""By which field a rule's refusal is told, where the rule calls it otherwise."""


def _require_newest(access: Access, code: str) -> None:
    """Refuse to publish over a version that the editor did not show.

    Raises:
        PlanMovedError: there is one.
    """
    rows = versions(access.session, access.tenant_id, code)
    newest = str(rows[0].version) if rows else ""
    if text("version") != newest:
        raise PlanMovedError("somebody published another version meanwhile")


def _editor(
    form: Form, code: str | None, fields: PlanFields | None, new: NewPlan | None = None
) -> Response:
    with tenant_access(scope="contracts:read") as access:
        session, tenant_id = access.session, access.tenant_id
        newest_plans(session, tenant_id, access.now)  # the defaults, where nobody asked
        asked = code or (new.code if new else "")
        rows = versions(session, tenant_id, asked)
        if code is not None and not rows:
            raise PlanNotFoundError("there is no such plan")
        names = {
            row.published_by: people.get_user(session, tenant_id, row.published_by).name
            for row in rows
            if row.published_by is not None
        }
        effect = _effect(access, new, rows) if new is not None else None
        context: dict[str, Any] = {
            "included": tenants.get_tenant(session, tenant_id).prices_include_vat,
            "may_write": "plans:write" in access.caller.scopes,
        }
    return render(
        "plans/item.html",
        status=form.status,
        form=form,
        fields=fields or fields_of(rows[0]),
        plan=rows[0] if rows else None,
        is_new=code is None,
        versions=rows,
        names=names,
        effect=effect,
        units=UNITS,
        limits=LIMITS,
        flags=FLAGS,
        **context,
    )


def _effect(access: Access, new: NewPlan, rows: Sequence[Plan]) -> Effect:
    renters = renters_by_plan(access.session, access.tenant_id).get(new.code)
    first = max(renters.first_end, access.now) if renters else access.now
    last = max(renters.last_end, first) if renters else first
    changes = _changes(rows[0], new) if rows else ()
    return Effect(new, renters, first, last, changes, mark_of(new))


def _changes(old: Plan, new: NewPlan) -> list[str]:
    """Return the names of the fields in which a version differs from the one before."""
    names = (
        "name_th",
        "name_en",
        "price",
        "yearly_price",
        "period",
        "grace_period",
        "trial_period",
        "offered",
    )
    changed = [name for name in names if getattr(old, name) != getattr(new, name)]
    given = {key: value for key, value in new.features.items() if value}
    return [*changed, "features"] if given != old.features else changed
