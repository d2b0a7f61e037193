"""Staff close an incident when they have dealt with it."""

import pytest

from abtpro_saas.billing import incidents
from abtpro_saas.billing.words import IncidentKind
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role


@pytest.fixture
def opened(engine, tenant):
    """Return a function that opens an incident and gives its id."""

    def make(tenant_id=tenant):
        kind = IncidentKind.AMOUNT_MISMATCH
        with tenant_transaction(engine, tenant_id) as session:
            incidents.open_again(session, tenant_id, kind, "a:txn-1", utc_now())
            (found,) = incidents.list_incidents(session, tenant_id)
            return found.incident_id

    return make


@pytest.fixture
def incident(opened):
    return opened()


def closing(incident):
    return f"/suspense/incidents/{incident}/closing"


def test_an_admin_closes_an_incident_with_a_note(browser, incident, trail):
    admin = browser(role=Role.ADMIN)
    page = admin.get("/suspense").text
    assert f'action="{closing(incident)}"' in page
    assert "txn-1" in page

    answer = admin.post(closing(incident), data={"note": " Asked the bank "})

    assert answer.location == "/suspense"
    assert "txn-1" not in admin.get("/suspense").text
    (told,) = trail(action="incident.close")
    assert told.subject == str(incident)
    assert told.detail == {"kind": "AMOUNT_MISMATCH", "note": "Asked the bank"}


def test_no_note_is_needed_and_a_long_one_is_cut(browser, incident, trail):
    admin = browser(role=Role.ADMIN)
    admin.post(closing(incident))
    admin.post(closing(incident), data={"note": "x" * 5000})

    again, first = trail(action="incident.close")
    assert first.detail == {"kind": "AMOUNT_MISMATCH"}
    assert len(again.detail["note"]) == 200


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TRADER])
def test_nobody_else_closes_one(browser, incident, role):
    reader = browser(role=role)
    assert closing(incident) not in reader.get("/suspense").text
    assert reader.post(closing(incident)).status_code == 403
    assert "txn-1" in browser(role=Role.ADMIN).get("/suspense").text


def test_another_tenants_incident_is_nothing_here(browser, opened, new_tenant):
    elsewhere = opened(new_tenant())
    admin = browser(role=Role.ADMIN)
    assert admin.post(closing(elsewhere)).status_code == 404
