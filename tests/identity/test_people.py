"""Accounts, profiles, and who runs the tenant."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.errors import DomainError, NotFoundError
from abtpro_saas.identity import people
from abtpro_saas.identity.access import sessions
from abtpro_saas.identity.people import (
    EmailError,
    EmailTakenError,
    LastAdminError,
    PersonNameError,
)
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.words import Locale, Theme
from abtpro_saas.ids import new_id


@pytest.mark.parametrize(
    "email",
    [
        *("", "somchai", "a@b@c", "a b@c.th", "a@", "@b", "a@-b.th", "a\x00@b"),
        # Looks like another, is two, or brings a line of its own.
        *("ส@ไทย.th", "\u0430dmin@c.th", "ADM\u0130N@c.th"),
        *("a@c.th,b@c.th", "a@c.th\r\nBcc: b@c.th"),
    ],
)
def test_what_mail_cannot_reach_is_refused(email):
    with pytest.raises(EmailError):
        people.normal_email(email)


def test_an_address_is_compared_without_case_and_margins():
    assert people.normal_email(" Somchai@Example.COM ") == "somchai@example.com"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(name):
    with pytest.raises(PersonNameError):
        people.normal_name(name)


def test_an_address_is_taken_once_at_a_tenant(member):
    member(email="somchai@example.com")

    with pytest.raises(EmailTakenError):
        member(email="SOMCHAI@example.com")


def test_the_same_address_at_another_tenant_is_somebody_else(member, new_tenant):
    here = member(email="somchai@example.com")
    there = member(email="somchai@example.com", at=new_tenant())

    assert here.user_id != there.user_id


def test_of_many_who_ask_for_one_address_at_once_one_gets_it(user):
    def ask(_):
        try:
            return user(email="somchai@example.com")
        except EmailTakenError:
            return None

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(ask, range(6)))

    assert len([each for each in made if each]) == 1


def test_somebody_is_found_by_address(inside, tenant, member):
    somchai = member(email="somchai@example.com")

    with inside() as session:
        found = people.find_user(session, tenant, " Somchai@example.com")
        assert found.user_id == somchai.user_id
        assert people.find_user(session, tenant, "a\x00@example.com") is None


def test_members_are_listed_in_pages(inside, tenant, member):
    emails = [member().email for _ in range(5)]

    with inside() as session:
        first = people.list_members(session, tenant, limit=3)
        place = (first[-1].email, first[-1].user_id)
        rest = people.list_members(session, tenant, after=place, limit=3)

    assert [each.email for each in first + rest] == sorted(emails)


def test_a_profile_changes_only_where_something_is_given(inside, tenant, member):
    somchai = member()

    with inside() as session:
        changed = people.update_profile(
            session, tenant, somchai.user_id, locale=Locale.EN
        )

    assert (changed.name, changed.locale) == (somchai.name, "en")
    assert changed.theme == Theme.SYSTEM


def test_nobody_of_another_tenant_is_found(inside, tenant, member, new_tenant):
    stranger = member(at=new_tenant())

    with inside() as session, pytest.raises(NotFoundError):
        people.get_user(session, tenant, stranger.user_id)


def test_the_last_admin_cannot_be_demoted_or_disabled(inside, tenant, member, now):
    admin = member(Role.ADMIN)

    with inside() as session, pytest.raises(LastAdminError):
        people.change_role(session, tenant, admin.user_id, Role.TRADER)
    with inside() as session, pytest.raises(LastAdminError):
        people.disable_user(session, tenant, admin.user_id, now)


def test_an_invited_admin_does_not_yet_run_the_tenant(inside, tenant, member):
    admin = member(Role.ADMIN)
    member(Role.ADMIN, password=None)

    with inside() as session, pytest.raises(LastAdminError):
        people.change_role(session, tenant, admin.user_id, Role.TRADER)


def test_two_admins_who_demote_each_other_leave_one(inside, tenant, member):
    admins = [member(Role.ADMIN) for _ in range(2)]

    def demote(admin):
        try:
            with inside() as session:
                people.change_role(session, tenant, admin.user_id, Role.VIEWER)
        except LastAdminError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, admins)) == [False, True]


def test_who_is_disabled_is_out_on_every_device(inside, tenant, member, origin, now):
    somchai = member()
    with inside() as session:
        opened = sessions.open_session(session, somchai, origin, now)

    with inside() as session:
        people.disable_user(session, tenant, somchai.user_id, now)
    with inside() as session:
        assert sessions.find_session(session, tenant, opened.token, now) is None
        people.enable_user(session, tenant, somchai.user_id)
    with inside() as session:
        assert sessions.find_session(session, tenant, opened.token, now) is None


def test_a_member_who_is_not_there_is_not_found(inside, tenant):
    with inside() as session, pytest.raises(DomainError, match="no such thing"):
        people.change_role(session, tenant, new_id(), Role.ADMIN)
