"""The list of a trader's backtests, and what those see who may not run any."""

import re

import pytest

from abtpro_saas.backtesting.runs.repeating import judge
from abtpro_saas.backtesting.runs.rerunning import latest_rerun
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from tests.backtesting import runs_for


def test_an_empty_list_says_how_to_begin(shown):
    page = shown.get("/backtests")
    assert page.status_code == 200
    assert "No backtests yet" in page.text
    assert "/backtests/new" in page.text


def test_runs_stand_newest_first_with_what_came_out(shown, completed, ordered):
    run = completed(timeframe="2h")
    ordered(timeframe="4h")
    text = shown.get("/backtests").text

    assert text.index("4h ·") < text.index("2h ·")
    assert f"{run.metrics['max_drawdown']:.2f}%" in text
    assert "data-live=" in text  # one still waits


def test_runs_of_one_strategy_are_told_apart_by_what_was_changed(shown, ordered):
    ordered(parameters={"fast": 7, "slow": 33})
    ordered(parameters={"slow": 44}, margin={"leverage": 5})
    text = " ".join(re.sub(r"<[^>]+>", " ", shown.get("/backtests").text).split())

    first, second = text.index("33"), text.index("44")
    assert second < first  # the newest stands above
    assert "5x leverage" in text
    assert text.count("leverage") == 1
    usual = {each.name: each.default for each in find_strategy("SMA_CROSS").parameters}
    assert f"Fast average {usual['fast']} " not in text


def test_a_list_of_ended_runs_is_not_followed(shown, completed):
    completed()
    assert "data-live=" not in shown.get("/backtests").text


def test_a_running_one_shows_how_far_it_is(shown, engine, root, ordered):
    runs_for.start(engine, root, ordered())
    text = shown.get("/backtests").text
    assert "Running" in text
    assert "<progress" in text


def test_a_status_narrows_the_list_and_a_wrong_one_is_refused(shown, completed):
    completed()
    assert "SMA" not in shown.get("/backtests?status=FAILED").text
    assert "No backtests like this" in shown.get("/backtests?status=FAILED").text
    assert "Completed" in shown.get("/backtests?status=COMPLETED").text
    assert shown.get("/backtests?status=NONSENSE").status_code == 422


def test_older_runs_are_on_the_next_page(shown, ordered, monkeypatch):
    monkeypatch.setattr("abtpro_saas.blueprints.pages.backtests.listing.ON_A_PAGE", 1)
    ordered(timeframe="2h")
    ordered(timeframe="4h")
    first = shown.get("/backtests").text
    older = first.partition("cursor=")[2].partition('"')[0]
    second = shown.get(f"/backtests?cursor={older}").text
    assert "4h ·" in first
    assert "2h ·" not in first
    assert "2h ·" in second


def test_a_run_is_cancelled_and_removed_from_the_list(shown, ordered, submit):
    run = ordered()
    path = f"/backtests/{run.backtest_id}"
    answer = submit(shown, path + "/cancellation", at="/backtests", back="list")
    assert answer.location.endswith("/backtests")
    assert "Cancelled" in shown.get("/backtests").text
    submit(shown, path + "/removal", at="/backtests")
    assert "No backtests yet" in shown.get("/backtests").text


def test_a_run_is_removed_after_it_was_asked_for_twice(shown, completed):
    run = completed()
    text = shown.get("/backtests").text

    dialog = text.partition(f'<dialog class="dialog" id="remove-{run.backtest_id}"')[2]
    dialog, end, _rest = dialog.partition("</dialog>")
    assert end
    assert "cannot be brought back" in dialog
    assert f'action="/backtests/{run.backtest_id}/removal"' in dialog
    assert text.count(f'data-dialog="remove-{run.backtest_id}"') == 1
    assert text.count("/removal") == 1


def test_cancelling_what_has_ended_changes_nothing(shown, completed, submit):
    run = completed()
    path = f"/backtests/{run.backtest_id}"
    answer = submit(shown, path + "/cancellation", at="/backtests")
    assert answer.status_code == 303
    assert "Return after costs" in shown.get(path).text


def test_who_has_no_such_plan_is_led_to_the_plans(browser, trader, series):
    without = browser(trader(plan=None))
    page = without.get("/backtests")
    assert "does not have backtesting" in page.text
    assert 'href="/backtests/new"' not in page.text
    refused = without.get("/backtests/new")
    assert refused.status_code == 402
    assert "/pricing" in refused.text


def test_a_viewer_looks_and_starts_nothing(browser, user, series):
    viewer = browser(user(Role.VIEWER, locale="en"))
    assert viewer.get("/backtests").status_code == 200
    assert viewer.get("/backtests/new").status_code in {402, 403}


@pytest.mark.parametrize("path", ["/backtests", "/backtests/new", "/market"])
def test_who_is_not_signed_in_is_led_to_the_sign_in(visitor, path):
    assert "/sign-in" in visitor.get(path).location


def test_a_rerun_stands_in_the_list_and_leads_to_its_result(
    shown, completed, submit, engine, owner
):
    run = completed()
    page = f"/backtests/{run.backtest_id}"
    submit(shown, f"{page}/rerun", at=page)
    with tenant_transaction(engine, run.tenant_id) as session:
        rerun = latest_rerun(session, run)
    address = f"/backtests/{rerun.backtest_id}"
    assert address in shown.get("/backtests").text

    with tenant_transaction(engine, run.tenant_id) as session:
        held = runs_for.hold_run(session, run.tenant_id, rerun.backtest_id)
        judge(session, held, run.certified, most=3, now=utc_now())

    text = shown.get("/backtests?kind=RERUN").text
    assert "Done again" in text
    assert address in text
    assert shown.get(address).location == page
