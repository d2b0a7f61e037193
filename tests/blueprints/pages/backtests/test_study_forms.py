"""The forms of searches, walks and Monte Carlo: what they ask, count and refuse."""

import re

import pytest

from abtpro_saas.backtesting.strategies.catalogue import all_strategies
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from tests.blueprints.pages.backtests.test_new_page import WHOLE, fault_of

OPTIMISE, WALK = "/backtests/optimise", "/backtests/walk-forward"
RANGES = {
    "v_fast": "range",
    "low_fast": "3",
    "high_fast": "5",
    "step_fast": "1",
    "v_slow": "range",
    "low_slow": "15",
    "high_slow": "25",
    "step_slow": "5",
    "p_stop_loss": "5",
    "method": "grid",
    "objective": "total_return",
    "least_trades": "2",
}
WALKED = {"mode": "anchored", "windows": "3", "choose": "stable"}
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def send(shown, submit, series):
    """Return a function that sends a study's form, changed in some fields."""

    def now(path=OPTIMISE, **changed):
        extra = WALKED if path.startswith(WALK) else {}
        whole = WHOLE | RANGES | extra | changed
        at = WALK if path.startswith(WALK) else OPTIMISE
        fields = {k: v for k, v in whole.items() if v is not None}
        return submit(shown, path, at=at, **fields)

    return now


@pytest.fixture
def row_at(engine, tenant):
    """Return a function that reads the row that an answer leads to."""

    def read(answer):
        assert answer.status_code == 303, fault_of(answer, "")
        with tenant_transaction(engine, tenant) as session:
            key = answer.location.rpartition("/")[2]
            return session.get_one(Backtest, (tenant, key))

    return read


@pytest.mark.parametrize("path", [OPTIMISE, WALK])
@pytest.mark.parametrize("typed", ["nan", "inf", "-inf", "1e999", "1e300"])
def test_what_is_no_amount_is_no_number(send, path, typed):
    for name in ("p_stop_loss", "low_fast", "initial_capital"):
        page = send(path, **{name: typed})
        assert page.status_code == 422, (name, typed)


@pytest.mark.parametrize(
    "typed", ["0,07", "1,2", "0,070", "1.000,5", "10,00", "1,0000"]
)
def test_a_comma_that_is_no_thousand_is_no_number(send, typed):
    page = send(fees="own", maker=typed, taker="0.1")

    assert page.status_code == 422


def test_a_value_that_there_cannot_be_is_told_beside_its_field(send):
    for name, typed in (("p_fast", "-5"), ("p_fast", "1e14"), ("p_stop_loss", "-1")):
        assert send(**{name: typed, "v_fast": "fixed"}).status_code == 422


def plan_of(page):
    return page.text.partition('id="plan"')[2].partition("</div>")[0]


def test_a_form_becomes_the_search_that_it_describes(send, row_at):
    study = row_at(send())
    search = study.studied["search"]

    assert study.kind == "OPTIMISATION"
    assert search["space"]["fast"] == {"low": 3, "high": 5, "step": 1}
    assert (search["objective"], search["trials"]) == ("total_return", 9)
    assert search["constraints"] == [
        {"metric": "total_trades", "least": 2.0, "most": None}
    ]
    assert study.ordered["parameters"]["stop_loss"] == 0.05
    assert study.ordered["setup"]["costs"]["taker"] == 0.0025


def test_a_form_becomes_the_walk_that_it_describes(send, row_at):
    study = row_at(send(WALK, test_days="4"))
    walk = study.studied["walk"]

    assert study.kind == "WALK_FORWARD"
    assert (walk["mode"], walk["windows"]) == ("anchored", 3)
    assert (walk["test"], walk["choose"]) == (96, "stable")


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"low_fast": "0"}, "low_fast", "A whole number from 1 to 5,000."),
        ({"low_fast": "9"}, "low_fast", "must not be above the highest"),
        ({"high_fast": ""}, "high_fast", "A whole number from 1"),
        ({"step_slow": "0"}, "step_slow", "A number above 0"),
        ({"step_slow": "x"}, "step_slow", "A number above 0"),
        ({"v_fast": "fixed", "v_slow": "fixed"}, "space", "at least one parameter"),
        ({"method": "random", "trials": "0"}, "trials", "A whole number from 1"),
        (
            {"method": "bayesian", "trials": "2001", "high_slow": "900"}
            | {"step_fast": "1", "step_slow": "1"},
            "trials",
            "A search that learns tries 2,000 at most.",
        ),
        ({"objective": "nonsense"}, "objective", "Choose one of these"),
        ({"least_trades": "many"}, "least_trades", "A whole number"),
        ({"p_stop_loss": "700"}, "p_stop_loss", "A percentage from 0 to 99."),
        ({"start_date": "2031-01-01", "end_date": ""}, "start_date", "There are"),
        ({"initial_capital": "-1"}, "initial_capital", "A number above 0"),
    ],
)
def test_a_refused_search_names_the_field_and_keeps_the_ranges(
    send, changed, field, told
):
    page = send(**changed)
    assert page.status_code == 422
    assert told in fault_of(page, field)
    assert 'id="low_slow" name="low_slow" type="number" value="15"' in page.text


def test_all_that_is_wrong_with_a_study_is_told_at_once(send):
    wrong = {
        "low_fast": "x",
        "step_slow": "0",
        "p_stop_loss": "700",
        "initial_capital": "abc",
        "start_date": "2019-01-01",
        "least_trades": "many",
    }
    page = send(WALK, **wrong, embargo="-1")
    assert page.status_code == 422
    for field in (*wrong, "embargo"):
        assert fault_of(page, field), field
    assert not fault_of(page, "space")
    assert not fault_of(page, "p_fast")


def test_fractions_are_searched_in_percent_and_come_again_so(send, row_at, shown):
    stops = {"low_stop_loss": "1", "high_stop_loss": "5.5", "step_stop_loss": "0.5"}
    study = row_at(send(v_slow="fixed", v_stop_loss="range", **stops))
    tried = study.studied["search"]["space"]["stop_loss"]
    assert tried == {"low": 0.01, "high": 0.055, "step": 0.005}

    text = shown.get(f"{OPTIMISE}?from={study.backtest_id}").text
    for name, value in stops.items():
        assert f'id="{name}" name="{name}" type="number" value="{value}"' in text
    assert "Stop loss, %" in text


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"train_days": "30"}, "windows"), ({"train_days": "0.5"}, "train_days")],
)
def test_a_walk_that_the_time_is_too_short_for_is_refused(send, changed, field):
    page = send(WALK, **changed)
    assert page.status_code == 422
    assert fault_of(page, field)


def test_how_much_will_be_tried_is_told_before(shown, send):
    assert "9 trials" in plan_of(send(OPTIMISE + "/plan"))
    apart = send(OPTIMISE + "/plan", high_fast="20", low_slow="10")
    assert "do not go together" in plan_of(apart)
    assert "7 trials" in plan_of(send(OPTIMISE + "/plan", method="random", trials="7"))
    assert "trials" in plan_of(shown.get(OPTIMISE))


def test_a_plan_that_cannot_be_says_why(send):
    fixed = send(OPTIMISE + "/plan", v_fast="fixed", v_slow="fixed")
    assert fixed.status_code == 200
    assert "least one range" in plan_of(fixed)
    huge = {"high_fast": "4000", "high_slow": "9000", "step_slow": "1"}
    assert "are more than" in plan_of(send(OPTIMISE + "/plan", **huge))


LONG = "This would take too long"


def test_a_plan_that_would_be_refused_as_too_much_says_so_before(send, candles):
    wide = {"high_fast": "60", "high_slow": "900", "step_slow": "1"}
    learns = {"method": "bayesian", "trials": "2001"} | wide
    assert LONG in plan_of(send(OPTIMISE + "/plan", **learns))
    assert LONG in plan_of(send(WALK + "/plan", **learns))
    assert LONG not in plan_of(send(OPTIMISE + "/plan", **learns | {"trials": "2000"}))


def test_a_plan_of_too_many_candles_says_so_before(send, candles):
    candles(3_000, symbol="ETH/USDT", timeframe="1d")
    slow = {"market": "simulated|ETH/USDT", "timeframe": "1d", "engine": "backtrader"}
    slow |= {"end_date": "2031-01-01", "high_fast": "60", "high_slow": "900"}
    slow |= {"step_slow": "1", "method": "random", "trials": "100000"}
    fast = slow | {"engine": "compiled"}
    assert LONG not in plan_of(send(OPTIMISE + "/plan", **fast))
    for path in (OPTIMISE, WALK):
        plan, order = send(path + "/plan", **slow), send(path, **slow)
        assert (LONG in plan_of(plan)) is (LONG in order.text)


def test_the_plan_alone_is_sent_to_a_page_that_stands(shown, send):
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown.get(OPTIMISE).text)
    fields = WHOLE | RANGES | {"csrf_token": token[1]}
    part = shown.post(OPTIMISE + "/plan", data=fields, headers=PART)
    assert part.text.lstrip().startswith("<div")
    assert "9 trials" in part.text


def test_windows_are_drawn_over_time_before_anything_runs(send, shown):
    page = send(WALK + "/plan")
    assert page.text.count('class="study-train"') == 3
    assert page.text.count('class="study-test"') == 3
    assert "3 windows x 9 trials" in page.text
    assert shown.get(WALK).text.count('class="study-test"') == 5
    assert "too short" in plan_of(send(WALK + "/plan", test_days="30"))


def test_a_form_begins_with_the_order_of_a_run(shown, completed):
    run = completed(parameters={"fast": 8, "slow": 40}, commission=0.0025)
    text = shown.get(f"{OPTIMISE}?from={run.backtest_id}").text
    assert 'id="p_fast" name="p_fast" type="number" value="8"' in text
    assert 'id="low_fast" name="low_fast" type="number" value="4"' in text
    assert 'value="0.25"' in text


def test_every_strategy_can_be_searched(shown, series, candles):
    candles(symbol="ETH/USDT", seed=2)
    for strategy in all_strategies():
        page = shown.get(f"{OPTIMISE}?strategy={strategy.name}")
        assert page.status_code == 200, strategy.name
        told = "no parameters" if not strategy.parameters else "trials"
        assert told in plan_of(page), strategy.name


def test_a_choice_of_words_is_tried_by_ticks(shown, series):
    text = shown.get(f"{OPTIMISE}?strategy=RSI_CROSS").text
    words = re.findall(r'name="list_(\w+)" value="', text)
    assert all(f'name="v_{each}"' in text for each in words)


def test_a_monte_carlo_is_ordered_of_a_run(shown, submit, completed, row_at):
    run = completed()
    path = f"/backtests/{run.backtest_id}/monte-carlo"
    fields = {"method": "block_bootstrap", "simulations": "50", "ruin": "30"}
    study = row_at(submit(shown, path, **fields, block="3", seed="4"))
    assert (study.kind, study.parent_id) == ("MONTE_CARLO", run.backtest_id)
    assert (study.studied["ruin"], study.studied["block"]) == (0.3, 3.0)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"method": "magic"}, "method"),
        ({"simulations": "5"}, "simulations"),
        ({"ruin": "0"}, "ruin"),
        ({"seed": "-1"}, "seed"),
        ({"noise": "900"}, "noise"),
    ],
)
def test_a_refused_monte_carlo_names_the_field(
    shown, submit, completed, changed, field
):
    run = completed()
    fields = {"method": "candle_noise", "ruin": "50"} | changed
    page = submit(shown, f"/backtests/{run.backtest_id}/monte-carlo", **fields)
    assert page.status_code == 422
    assert fault_of(page, field)


def test_all_that_is_wrong_with_a_monte_carlo_is_told_at_once(shown, submit, completed):
    run = completed()
    wrong = {"method": "block_bootstrap", "simulations": "5", "ruin": "x", "seed": "-1"}
    page = submit(shown, f"/backtests/{run.backtest_id}/monte-carlo", **wrong)
    assert [bool(fault_of(page, each)) for each in ("simulations", "ruin", "seed")] == [
        True
    ] * 3


def test_a_strangers_run_begins_no_study(browser, trader, completed):
    run, stranger = completed(), browser(trader())
    assert stranger.get(f"{OPTIMISE}?from={run.backtest_id}").status_code == 404
    assert stranger.get(f"{WALK}?from={run.backtest_id}").status_code == 404
    path = f"/backtests/{run.backtest_id}/monte-carlo"
    assert stranger.get(path).status_code == 404


@pytest.mark.parametrize("path", [OPTIMISE, WALK])
def test_who_has_no_such_plan_is_refused(browser, trader, series, path):
    page = browser(trader(plan=None)).get(path)
    assert page.status_code == 402
    assert "/pricing" in page.text


@pytest.mark.parametrize("path", [OPTIMISE, WALK])
def test_who_may_only_look_orders_no_study(browser, user, series, path):
    viewer = browser(user(Role.VIEWER, locale="en"))
    assert viewer.get(path).status_code in {402, 403}
