"""Members who lost phone and codes, let in by their admin."""

import pytest

from abtpro_saas.identity.access.passwords import QUICK
from abtpro_saas.identity.roles import Role
from tests.blueprints.pages.conftest import PASSWORD


@pytest.fixture
def owner(browser, user):
    """The browser of an admin who knows PASSWORD."""
    return browser(user(Role.ADMIN, password=PASSWORD, profile=QUICK))


def test_an_admin_lets_in_who_lost_the_second_step(
    owner, browser, user, enrol, sign_in, mails
):
    who = user(email="lost@example.com", password=PASSWORD, profile=QUICK)
    enrol(who)
    device = browser(who)
    assert f'id="second-off-{who}"' in owner.get("/members").text
    known = {"current_password": PASSWORD}
    done = owner.post(f"/members/{who}/second-factor/removal", data=known)

    assert done.location == "/members"
    assert device.get("/").status_code == 303
    assert "second-off" not in owner.get("/members").text
    assert [mail.address for mail in mails("SECOND_FACTOR_REMOVED")] == [
        "lost@example.com"
    ]
    assert sign_in("lost@example.com")[1].location == "/"


@pytest.mark.parametrize("typed", [{}, {"current_password": "wrong"}])
def test_a_stolen_session_takes_no_second_step_away(owner, user, enrol, mails, typed):
    who = user()
    enrol(who)
    refused = owner.post(f"/members/{who}/second-factor/removal", data=typed)

    assert refused.status_code == 401
    assert f'id="error-second-current-{who}"' in refused.text
    assert f'id="second-off-{who}"' in owner.get("/members").text
    assert mails("SECOND_FACTOR_REMOVED") == []


def test_a_second_step_of_another_tenant_is_not_there(owner, user, new_tenant):
    stranger = user(tenant_id=new_tenant())
    known = {"current_password": PASSWORD}
    answer = owner.post(f"/members/{stranger}/second-factor/removal", data=known)
    assert answer.status_code == 404


def test_an_admins_own_second_step_is_not_lost(browser, user, enrol):
    who = user(Role.ADMIN, password=PASSWORD, profile=QUICK)
    enrol(who)
    admin, known = browser(who), {"current_password": PASSWORD}
    answer = admin.post(f"/members/{who}/second-factor/removal", data=known)

    assert answer.status_code == 403
    assert "second-off" in admin.get("/security").text
