"""Tenants: made, found, changed, suspended."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity import tenants
from abtpro_saas.identity.hosts import HostError, HostRules
from abtpro_saas.identity.tenants import (
    HostTakenError,
    SlugError,
    SlugTakenError,
    TenantChangedError,
    VatError,
    find_tenant,
)
from abtpro_saas.ids import TenantId, new_id

RULES = HostRules("localhost", "ops.localhost")


@pytest.fixture
def slug():
    return f"t{uuid4().hex[:10]}"


@pytest.fixture
def create(as_operator, slug, now):
    """Return a function that makes a tenant."""

    def run(name="Siam", **values):
        values = {"slug": slug, "hosts": [f"{slug}.localhost"], **values}
        with as_operator() as session:
            return tenants.create_tenant(session, name=name, now=now, **values)

    return run


@pytest.fixture
def give_hosts(inside, now):
    """Return a function that gives a tenant its hosts, as its own admin would."""

    def run(tenant_id, *hosts):
        with inside(tenant_id) as session:
            return tenants.set_hosts(session, tenant_id, hosts, now, rules=RULES)

    return run


def test_a_tenant_is_found_by_its_host(engine, create, slug):
    made = create()
    found = find_tenant(engine, f"{slug.upper()}.localhost:8000")

    assert (found.tenant_id, found.slug) == (made.tenant_id, slug)
    assert found.suspended is False
    assert find_tenant(engine, "nobody.localhost") is None


@pytest.mark.parametrize(
    "bad", ["", "Siam", "-siam", "siam-", "s" * 33, "ops", "ไทย", "xn--iam-5ve"]
)
def test_a_slug_fits_into_a_host(create, bad):
    with pytest.raises(SlugError):
        create(slug=bad)


def test_a_slug_is_taken_once(create):
    create()

    with pytest.raises(SlugTakenError):
        create(hosts=[])


def test_a_host_leads_to_one_tenant(create, slug):
    create()

    with pytest.raises(HostTakenError):
        create(slug=slug + "2")


def test_the_main_tenant_is_ensured_once(operator_engine, engine, settings, now):
    chosen = settings(ABTPRO_BASE_URL="https://abtpro.example")

    def ensure(_):
        return tenants.ensure_main_tenant(operator_engine, chosen, now)

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(ensure, range(4)))
    hosts = ("abtpro.example", "localhost", "127.0.0.1:8000")
    assert {find_tenant(engine, host).tenant_id for host in hosts} == ids


def test_what_is_given_changes_and_the_rest_stays(inside, tenant):
    with inside() as session:
        changed = tenants.update_tenant(
            session, tenant, name="สยาม", accent="#AA0000", sign_up=True, version=1
        )

    assert (changed.name, changed.accent) == ("สยาม", "#aa0000")
    assert (changed.sign_up, changed.locale, changed.version) == (True, "th", 2)


def test_a_logo_is_set_and_removed(inside, tenant):
    logo = "data:image/png;base64,iVBORw0="
    with inside() as session:
        assert tenants.update_tenant(session, tenant, logo_url=logo).logo_url == logo
        assert tenants.update_tenant(session, tenant, logo_url="").logo_url is None


def test_who_saw_an_older_version_changes_nothing(inside, tenant):
    with inside() as session:
        tenants.update_tenant(session, tenant, sign_up=True)

    with inside() as session, pytest.raises(TenantChangedError):
        tenants.update_tenant(session, tenant, sign_up=False, version=1)


@pytest.mark.parametrize("vat", [-1, 10_001])
def test_vat_is_a_part_of_the_whole(inside, tenant, vat):
    with inside() as session, pytest.raises(VatError):
        tenants.update_tenant(session, tenant, vat_basis_points=vat)


def test_a_tenant_changes_itself_alone(inside, tenant, new_tenant):
    with inside() as session, pytest.raises(NotFoundError):
        tenants.update_tenant(session, new_tenant(), name="Mine now")


def test_an_admin_gives_the_tenant_its_own_domain(engine, create, give_hosts, slug):
    made = create()
    own = f"trade.{slug}.example"

    assert give_hosts(made.tenant_id, own, f"{slug}.localhost") == sorted(
        [own, f"{slug}.localhost"]
    )
    assert find_tenant(engine, own).tenant_id == made.tenant_id
    give_hosts(made.tenant_id, own)
    assert find_tenant(engine, f"{slug}.localhost") is None


def test_a_tenant_keeps_a_door(tenant, give_hosts):
    with pytest.raises(HostError):
        give_hosts(tenant)


@pytest.mark.parametrize("host", ["ops.localhost", "localhost", "lanna.localhost"])
def test_an_admin_cannot_take_the_platforms_hosts(tenant, give_hosts, host):
    with pytest.raises(HostError):
        give_hosts(tenant, host)


def test_an_admin_cannot_take_another_tenants_domain(tenant, new_tenant, give_hosts):
    domain = f"{uuid4().hex[:8]}.example"
    give_hosts(new_tenant(), domain)

    with pytest.raises(HostTakenError):
        give_hosts(tenant, domain)


def test_two_who_ask_for_one_domain_do_not_both_get_it(new_tenant, give_hosts):
    domain = f"{uuid4().hex[:8]}.example"

    def ask(tenant_id):
        try:
            give_hosts(tenant_id, domain)
        except HostTakenError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ask, [new_tenant(), new_tenant()])) == [False, True]


def test_a_suspended_tenant_is_known_as_such(engine, create, as_operator, slug, now):
    made = create()
    with as_operator() as session:
        tenants.suspend_tenant(session, made.tenant_id, "unpaid", now)
    assert find_tenant(engine, f"{slug}.localhost").suspended
    with as_operator() as session:
        assert tenants.find_by_slug(session, slug).suspended_reason == "unpaid"
        tenants.resume_tenant(session, made.tenant_id)

    assert not find_tenant(engine, f"{slug}.localhost").suspended


def test_a_suspension_keeps_its_first_instant(as_operator, create, now):
    made = create()
    for later in (now, now.replace(hour=9)):
        with as_operator() as session:
            tenants.suspend_tenant(session, made.tenant_id, "unpaid", later)

    with as_operator() as session:
        assert tenants.get_tenant(session, made.tenant_id).suspended_at == now


def test_operators_list_tenants_in_pages(as_operator, create, slug):
    create(slug=slug + "-a", hosts=[])
    create(slug=slug + "-b", hosts=[])

    with as_operator() as session:
        listed = tenants.list_tenants(session, after=slug, limit=2)
    assert [each.slug for each in listed] == [slug + "-a", slug + "-b"]


def test_what_is_not_there_is_not_found(as_operator, inside, tenant, slug):
    with as_operator() as session, pytest.raises(NotFoundError):
        tenants.find_by_slug(session, slug)
    with inside() as session, pytest.raises(NotFoundError):
        tenants.get_tenant(session, TenantId(new_id()))
