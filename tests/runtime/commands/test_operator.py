"""``abtpro operator``: made, renewed, and the code of the demo's."""

import json
from uuid import uuid4

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity.access import totp
from abtpro_saas.identity.access.passwords import verify_password
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.operators.keys import authenticate_operator_key


def test_an_operator_is_made_with_authenticator_and_key(abtpro, operator_engine):
    email = f"{uuid4().hex[:8]}@abtpro.example"
    code, told, _ = abtpro(
        "operator", "create", email, "--name", "Somsri", "--api-key", "scripts"
    )

    assert code == 0
    assert told["authenticator"].startswith("otpauth://totp/")
    assert len(told["password"]) >= 16
    caller = authenticate_operator_key(
        operator_engine, told["API key"], "127.0.0.1", utc_now()
    )
    assert caller.email == email


def test_a_given_password_is_not_repeated(abtpro):
    email = f"{uuid4().hex[:8]}@abtpro.example"
    asked = ("operator", "create", email, "--name", "Somsri", "--password-file", "-")
    code, told, _ = abtpro(*asked, typed="correct-horse-battery-staple\n")

    assert code == 0
    assert "password" not in told


def test_an_operator_who_lost_everything_is_renewed(abtpro, operator_engine):
    email = f"{uuid4().hex[:8]}@abtpro.example"
    _, before, _ = abtpro("operator", "create", email, "--name", "Somsri")
    code, told, _ = abtpro("operator", "renew", email)

    assert code == 0
    assert told["password"] != before["password"]
    assert told["authenticator"] != before["authenticator"]
    with plain_transaction(operator_engine) as session:
        found = operators.find_operator(session, email)
        assert verify_password(found.password_hash, told["password"])


def test_an_unknown_operator_is_refused_in_one_line(abtpro):
    code, _, error = abtpro("operator", "renew", "nobody@abtpro.example")

    assert code == 1
    assert error.startswith("abtpro: ")
    assert error.count("\n") == 1


def test_the_demo_operators_code_is_the_authenticators(abtpro, tmp_path):
    secret = totp.new_secret()
    held = {"operator": {"email": "ops@abtpro.example", "totp_secret": secret}}
    abtpro("tenant", "list")  # makes the home folder
    (tmp_path / "home" / "demo.json").write_text(json.dumps(held))
    before = utc_now()
    code, told, _ = abtpro("operator", "code")

    assert code == 0
    assert told["operator"] == "ops@abtpro.example"
    codes = {totp.code_at(secret, each) for each in (before, utc_now())}
    assert told["code"] in codes


def test_without_a_demo_the_code_says_what_makes_one(abtpro):
    code, _, error = abtpro("operator", "code")

    assert code == 1
    assert "`./dev up` writes it" in error


def test_an_operators_code_is_for_local_use_alone(abtpro):
    code, _, error = abtpro("operator", "code", ABTPRO_ENV="production")

    assert code == 1
    assert "ABTPRO_ENV: expected local" in error
