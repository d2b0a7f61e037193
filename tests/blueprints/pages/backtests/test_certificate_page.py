"""The page of a certificate in front of an operator, who has it computed again."""

from secrets import token_hex
from uuid import uuid4

import pytest

from abtpro_saas.backtesting.runs import ordering
from abtpro_saas.backtesting.runs.repeating import judge
from abtpro_saas.backtesting.runs.rerunning import latest_rerun
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity.access import passwords, totp
from abtpro_saas.identity.operators import service as operators
from tests.backtesting import runs_for
from tests.blueprints.pages.conftest import PASSWORD


@pytest.fixture
def operator(client, settings, operator_engine, keyring, submit):
    """A browser in which an operator is signed in, who reads English."""
    email = f"{uuid4().hex[:8]}@example.test"
    with plain_transaction(operator_engine) as session:
        made = operators.create_operator(
            session, keyring, email=email, name="Op", password=PASSWORD,
            now=utc_now(), profile=passwords.QUICK,
        )  # fmt: skip
    browser = client(settings().operators_host)
    browser.set_cookie("abtpro_language", "en", domain=browser.host)
    code = totp.code_at(made.totp_secret, utc_now())
    submit(browser, "/operators/sign-in", email=email, password=PASSWORD, code=code)
    return browser


@pytest.fixture
def outcome(engine):
    """Return a function that ends a run's rerun, as a worker does."""

    def end(run, **differing):
        with tenant_transaction(engine, run.tenant_id) as session:
            rerun = latest_rerun(session, run)
            held = runs_for.hold_run(session, run.tenant_id, rerun.backtest_id)
            parts = run.certified | differing
            judge(session, held, parts, most=3, now=utc_now())

    return end


def page_of(run):
    return f"/verify/{run.certificate}"


BROUGHT = "brought as a file"


def test_prices_of_a_file_pass_for_no_exchanges_on_any_page(
    client, candles, completed, shown
):
    candles(exchange="binance", origins=["file"])
    told, other = completed(exchange="binance"), completed()

    public = client()
    public.set_cookie("abtpro_language", "en", domain=public.host)
    pages = [public.get(page_of(told)), shown.get(f"/backtests/{told.backtest_id}")]
    pages.append(shown.get("/backtests"))
    compared = f"/backtests/compare?run={told.backtest_id}&run={other.backtest_id}"
    pages.append(shown.get(compared))

    for page in pages:
        assert page.status_code == 200
        assert BROUGHT in page.text
    assert "binance \N{MIDDLE DOT} brought" in pages[0].text
    assert BROUGHT not in public.get(page_of(other)).text
    assert BROUGHT not in shown.get(f"/backtests/{other.backtest_id}").text


@pytest.mark.parametrize(
    ("differing", "words"),
    [({}, "The same came out"), ({"engine_version": "0"}, "Something else came out")],
)
def test_an_operator_has_a_certificate_computed_again_and_sees_what_came_out(
    operator, completed, outcome, submit, differing, words
):
    run = completed()
    assert "Compute it again" in operator.get(page_of(run)).text

    sent = submit(operator, page_of(run) + "/rerun", at=page_of(run))

    assert sent.status_code == 303
    waiting = operator.get(page_of(run)).text
    assert "as soon as it is its turn" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert "Compute it again" not in waiting
    outcome(run, **differing)
    page = operator.get(page_of(run)).text
    assert words in page
    assert "Compute it again" in page
    assert 'http-equiv="refresh"' not in page


def test_a_second_press_queues_nothing_more(engine, operator, completed, submit):
    run, queued = completed(), set()
    for _ in range(2):
        submit(operator, page_of(run) + "/rerun", at="/operators/tenants")
        with tenant_transaction(engine, run.tenant_id) as session:
            queued.add(latest_rerun(session, run).backtest_id)
    assert len(queued) == 1


def test_operators_find_certificates_in_their_menu(operator, completed):
    assert 'href="/verify"' in operator.get("/operators/tenants").text
    assert 'aria-current="page"' in operator.get("/verify").text


def test_nobody_else_has_it_computed_again_there(
    shown, visitor, operator, completed, submit
):
    run = completed()
    for other in (shown, visitor):
        assert "Compute it again" not in other.get(page_of(run)).text
    assert submit(shown, page_of(run) + "/rerun", at="/backtests").status_code == 403
    sent = submit(visitor, page_of(run) + "/rerun", at="/sign-in")
    assert sent.status_code == 303
    assert "/sign-in" in sent.location
    path = f"/verify/{token_hex(32)}/rerun"
    assert submit(operator, path, at="/operators/tenants").status_code == 404


def test_the_page_says_whose_times_it_has(shown, completed):
    assert "Times are Bangkok" in shown.get(page_of(completed())).text


def test_a_full_queue_of_the_owners_is_told_on_the_page(
    operator, completed, ordered, submit, monkeypatch
):
    run = completed()
    ordered(parameters={"fast": 3, "slow": 9})
    monkeypatch.setattr(ordering, "MOST_OPEN", 1)

    sent = submit(operator, page_of(run) + "/rerun", at="/operators/tenants")

    assert sent.status_code == 409
    assert "banner-bad" in sent.text
    assert "Compute it again" in sent.text
