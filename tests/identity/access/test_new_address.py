"""A new e-mail address holds once it is proven."""

import pytest

from abtpro_saas.identity import people
from abtpro_saas.identity.access import credentials, tokens
from abtpro_saas.identity.access.tokens import LinkError
from abtpro_saas.identity.people import EmailTakenError
from tests.identity.access.conftest import EMAIL


def test_an_address_holds_until_the_new_one_is_proven(member, inside, tenant, now):
    somchai = member(email=EMAIL)
    with inside() as session:
        issued = credentials.request_email_change(
            session, tenant, somchai.user_id, "New@example.com", now
        )
    with inside() as session:
        assert people.find_user(session, tenant, EMAIL) is not None
        assert tokens.peek(session, tenant, issued.plain, now).email == issued.email
        changed = credentials.verify_email(session, tenant, issued.plain, now)

    assert (changed.user.email, changed.former) == ("new@example.com", EMAIL)


def test_an_address_proven_again_has_no_former_one(member, inside, tenant, now):
    somchai = member(email=EMAIL)
    with inside() as session:
        issued = credentials.request_email_change(
            session, tenant, somchai.user_id, EMAIL, now
        )
        proven = credentials.verify_email(session, tenant, issued.plain, now)

    assert proven.former is None


def test_an_address_that_was_taken_meanwhile_is_refused(member, inside, tenant, now):
    somchai = member(email=EMAIL)
    with inside() as session:
        issued = credentials.request_email_change(
            session, tenant, somchai.user_id, "new@example.com", now
        )
    member(email="new@example.com")

    with inside() as session, pytest.raises(EmailTakenError):
        credentials.verify_email(session, tenant, issued.plain, now)


def test_a_link_to_prove_an_address_sets_no_password(
    member, inside, tenant, choose, now
):
    somchai = member(email=EMAIL)
    with inside() as session:
        issued = credentials.request_email_change(
            session, tenant, somchai.user_id, EMAIL, now
        )

    with pytest.raises(LinkError):
        choose(issued.plain)


def test_proving_an_address_opens_no_account_without_a_password(
    sign_up, inside, tenant, now
):
    issued = sign_up()

    with inside() as session, pytest.raises(LinkError):
        credentials.verify_email(session, tenant, issued.plain, now)
