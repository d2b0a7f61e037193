"""The bodies of accounts, members, keys, the audit trail and tenants."""

from marshmallow import validate
from marshmallow.fields import UUID, Boolean, Dict, Integer, List, Nested, Raw, String

from abtpro_saas.blueprints.http.fields import StrictSchema, Utc
from abtpro_saas.blueprints.http.pagination import CursorArgs
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.words import ActorKind, Locale, Outcome, Rising, Theme

NAME = validate.Length(min=1, max=100)
EMAIL = validate.Length(min=3, max=254)
ROLE = validate.OneOf(list(Role))
LOCALE = validate.OneOf(list(Locale))
STANDINGS = ("INVITED", "ACTIVE", "DISABLED")


class AccountOut(StrictSchema):
    """Whoever asks, and what this session or key may do."""

    id = UUID(required=True)
    email = String(required=True)
    name = String(required=True)
    role = String(required=True, validate=ROLE)
    locale = String(required=True, validate=LOCALE)
    theme = String(required=True, validate=validate.OneOf(list(Theme)))
    rising = String(required=True, validate=validate.OneOf(list(Rising)))
    second_factor = Boolean(required=True)
    tenant = String(required=True, metadata={"description": "The tenant's slug."})
    scopes = List(String(), required=True)


class AccountIn(StrictSchema):
    """What to change; what is left out stays."""

    name = String(validate=NAME)
    locale = String(validate=LOCALE)
    theme = String(validate=validate.OneOf(list(Theme)))
    rising = String(
        validate=validate.OneOf(list(Rising)),
        metadata={"description": "The colour of what rises and gains, on pages."},
    )


class MemberOut(StrictSchema):
    """Somebody of the tenant."""

    id = UUID(required=True)
    email = String(required=True)
    name = String(required=True)
    role = String(required=True, validate=ROLE)
    status = String(required=True, validate=validate.OneOf(STANDINGS))
    second_factor = Boolean(required=True)
    created_at = Utc(required=True)
    last_sign_in_at = Utc(required=True, allow_none=True)


class MembersOut(StrictSchema):
    """A page of the tenant's people, by e-mail."""

    members = List(Nested(MemberOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class MemberIn(StrictSchema):
    """Whom to invite; a mail lets them choose a password."""

    email = String(required=True, validate=EMAIL)
    name = String(required=True, validate=NAME)
    role = String(required=True, validate=ROLE)
    locale = String(load_default=Locale.TH, validate=LOCALE)


class MemberChangeIn(StrictSchema):
    """What to change; what is left out stays."""

    role = String(validate=ROLE)
    disabled = Boolean(truthy={True}, falsy={False})


class KeyOut(StrictSchema):
    """An API key, without its secret."""

    id = UUID(required=True, attribute="key_id")
    public_id = String(required=True)
    name = String(required=True)
    scopes = List(String(), required=True)
    allowed_networks = List(String(), required=True)
    created_at = Utc(required=True)
    expires_at = Utc(required=True, allow_none=True)
    revoked_at = Utc(required=True, allow_none=True)
    last_used_at = Utc(required=True, allow_none=True)
    replaces = UUID(required=True, allow_none=True)


class NewKeyOut(KeyOut):
    """A fresh API key: its text is shown here and never again."""

    key = String(required=True)


class KeysOut(StrictSchema):
    """All keys of whoever asks, the newest first."""

    keys = List(Nested(KeyOut), required=True)
    count = Integer(required=True)


class KeyIn(StrictSchema):
    """What the key may do, until when, and from where."""

    name = String(required=True, validate=NAME)
    scopes = List(
        String(validate=validate.Length(max=50)),
        required=True,
        validate=validate.Length(min=1, max=50),
    )
    expires_at = Utc(load_default=None, allow_none=True)
    allowed_networks = List(
        String(validate=validate.Length(max=50)),
        load_default=list,
        validate=validate.Length(max=20),
    )


class RotationIn(StrictSchema):
    """How long the old key works beside the new one."""

    grace_hours = Integer(load_default=24, strict=True, validate=validate.Range(0, 168))


class AuditArgs(CursorArgs):
    """Which entries to list; ``format=csv`` gives all of them, oldest first."""

    actor = UUID(load_default=None)
    action = String(load_default=None, validate=validate.Length(max=100))
    subject = String(load_default=None, validate=validate.Length(max=200))
    outcome = String(load_default=None, validate=validate.OneOf(list(Outcome)))
    since = Utc(load_default=None, data_key="from")
    until = Utc(load_default=None, data_key="to")
    format = String(load_default=None, validate=validate.OneOf(["json", "csv"]))


class AuditEntryOut(StrictSchema):
    """Who did what from where, done or refused."""

    id = UUID(required=True, attribute="entry_id")
    at = Utc(required=True)
    actor_kind = String(required=True, validate=validate.OneOf(list(ActorKind)))
    actor_id = UUID(required=True, allow_none=True)
    action = String(required=True)
    subject = String(required=True, allow_none=True)
    detail = Dict(keys=String(), values=Raw(allow_none=True), required=True)
    address = String(required=True, allow_none=True)
    request_id = String(required=True, allow_none=True)
    outcome = String(required=True, validate=validate.OneOf(list(Outcome)))
    code = String(required=True, allow_none=True)


class AuditOut(StrictSchema):
    """A page of the trail, newest first; an export is one page, oldest first."""

    entries = List(Nested(AuditEntryOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class TenantOut(StrictSchema):
    """A tenant's own settings."""

    id = UUID(required=True, attribute="tenant_id")
    slug = String(required=True)
    name = String(required=True)
    accent = String(required=True)
    logo_url = String(required=True, allow_none=True)
    locale = String(required=True, validate=LOCALE)
    sign_up = Boolean(required=True)
    vat_basis_points = Integer(required=True)
    prices_include_vat = Boolean(required=True)
    hosts = List(String(), required=True)
    version = Integer(required=True)


class TenantChangeIn(StrictSchema):
    """What to change; with ``version``, only if nobody else did meanwhile."""

    name = String(validate=validate.Length(min=1, max=80))
    accent = String(validate=validate.Length(equal=7))
    logo_url = String(metadata={"description": "Empty text removes the logo."})
    locale = String(validate=LOCALE)
    sign_up = Boolean(truthy={True}, falsy={False})
    vat_basis_points = Integer(strict=True, validate=validate.Range(0, 10_000))
    prices_include_vat = Boolean(truthy={True}, falsy={False})
    hosts = List(
        String(validate=validate.Length(min=1, max=253)),
        validate=validate.Length(max=20),
    )
    version = Integer(strict=True, validate=validate.Range(1, 2**31 - 1))


class OperatorTenantOut(StrictSchema):
    """A tenant, as operators see it."""

    id = UUID(required=True, attribute="tenant_id")
    slug = String(required=True)
    name = String(required=True)
    hosts = List(String(), required=True)
    locale = String(required=True, validate=LOCALE)
    sign_up = Boolean(required=True)
    created_at = Utc(required=True)
    suspended_at = Utc(required=True, allow_none=True)
    suspended_reason = String(required=True, allow_none=True)


class OperatorTenantsOut(StrictSchema):
    """A page of all tenants, by slug."""

    tenants = List(Nested(OperatorTenantOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class FirstAdminIn(StrictSchema):
    """Who is to run the new tenant; a mail lets them choose a password."""

    email = String(required=True, validate=EMAIL)
    name = String(required=True, validate=NAME)


class OperatorTenantIn(StrictSchema):
    """A new tenant; its host is ``slug`` below the platform's own, and those named."""

    slug = String(required=True, validate=validate.Length(min=1, max=32))
    name = String(required=True, validate=validate.Length(min=1, max=80))
    hosts = List(
        String(validate=validate.Length(min=1, max=253)),
        load_default=list,
        validate=validate.Length(max=20),
    )
    locale = String(load_default=Locale.TH, validate=LOCALE)
    sign_up = Boolean(load_default=False, truthy={True}, falsy={False})
    admin = Nested(FirstAdminIn, load_default=None)


class SuspensionIn(StrictSchema):
    """Why the tenant's doors are shut."""

    reason = String(required=True, validate=validate.Length(min=1, max=500))
