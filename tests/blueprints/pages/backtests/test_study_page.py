"""The pages of studies: how they go, what they found, who sees it."""

import re

import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.robustness.resampled import plan_from
from abtpro_saas.backtesting.studies.ordering import order_monte_carlo
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.backtests.findings.trials import MOST_READ
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from tests.backtesting import runs_for, studies_for

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def page_of(run):
    return f"/backtests/{run.backtest_id}"


@pytest.fixture
def resampled(engine, tenant, owner, root, completed):
    """A Monte Carlo of a run that has come to its end."""
    run = completed()
    plan = plan_from({"method": "trade_bootstrap", "simulations": 200})
    with tenant_transaction(engine, tenant) as session:
        where = session, tenant, owner, run.backtest_id
        study = order_monte_carlo(*where, plan, most=3, now=utc_now())
    return studies_for.finish(engine, root, study)


def test_a_search_shows_the_best_with_its_neighbours_and_luck(shown, searched):
    study = searched()
    text = shown.get(page_of(study)).text
    assert "How much of it is luck" in text
    assert "Neighbouring values" in text or "so did neighbouring" in text
    fast = study.findings["best"]["parameters"]["fast"]
    assert re.search(rf"/backtests/new\?p_fast={fast:g}&amp;", text)


@pytest.mark.parametrize(("share", "is_shown"), [(0.9, True), (0.1, False)])
def test_the_stable_choice_stands_first_where_there_is_a_plateau(
    shown, searched, engine, share, is_shown
):
    study = searched()
    with tenant_transaction(engine, study.tenant_id) as session:
        held = runs_for.hold_run(session, study.tenant_id, study.backtest_id)
        best, stable = held.findings["best"], held.findings["ranking"][1]
        held.findings = held.findings | {"stable": stable | {"plateau": share}}
    text = shown.get(page_of(study)).text
    assert best["parameters"] != stable["parameters"]
    assert ("The stable choice" in text) is is_shown
    assert text.find("The stable choice") < text.index(">The best")


def test_a_map_has_a_cell_for_each_combination_and_marks_the_best(shown, searched):
    text = shown.get(page_of(searched())).text
    cells = re.findall(r"<td [^>]*data-told=\"[^\"]+\"", text)
    assert len(cells) == 9
    assert "★" in text
    assert all("Fast average" in each for each in cells)


def test_the_sides_of_a_map_are_chosen_and_turned(shown, searched):
    space = {"fast": [3, 5], "slow": [15, 20, 25], "stop_loss": [0.0, 0.05]}
    path = page_of(searched(space=space)) + "/surface"
    part = shown.get(path + "?x=slow&y=stop_loss", headers=PART).text
    assert part.lstrip().startswith("<div")
    assert len(re.findall(r"data-told=", part)) == 6
    turned = shown.get(path + "?x=stop_loss&y=slow", headers=PART).text
    assert turned.count("<tr") == 4
    assert "<h1" in shown.get(path).text


def test_trials_are_ranked_sorted_and_taken_along(shown, searched):
    study = searched()
    path = page_of(study) + "/trials"
    rows = shown.get(path, headers=PART).text
    assert rows.count("as a backtest") == 9
    by_depth = shown.get(path + "?sort=max_drawdown", headers=PART).text
    depths = re.findall(r'data-label="Maximum drawdown">([\d.]+)%', by_depth)
    assert [float(each) for each in depths] == sorted(map(float, depths))
    for told, order in ((rows, "descending"), (by_depth, "ascending")):
        assert re.findall(r'aria-sort="([a-z]+)"', told) == [order]
    lines = shown.get(path + ".csv").text.splitlines()
    assert "number,fast,slow,score" in lines[0]
    assert len(lines) == 10


def test_links_of_a_part_keep_the_focus_by_an_id_of_their_own(shown, searched):
    part = shown.get(page_of(searched()) + "/trials", headers=PART).text
    links = re.findall(r"<a[^>]*hx-get[^>]*>", part)
    ids = [re.search(r' id="([^"]+)"| id=([^ ]+)', each) for each in links]
    assert len({each.group() for each in ids if each}) == len(links) == 6


def test_a_large_search_shows_its_best_and_says_of_how_many(shown, searched, engine):
    study = searched()
    path = page_of(study) + "/trials"
    assert "the file has all" not in shown.get(path, headers=PART).text
    with tenant_transaction(engine, study.tenant_id) as session:
        held = runs_for.hold_run(session, study.tenant_id, study.backtest_id)
        ranking = held.findings["ranking"][:5]
        held.findings = held.findings | {"trials": MOST_READ + 1, "ranking": ranking}

    told = shown.get(path, headers=PART).text
    assert "1 to 5 of 5" in told
    assert "the best of 1,501 trials; the file has all" in told
    assert told.count("as a backtest") == 5
    assert len(shown.get(path + ".csv").text.splitlines()) == 10


@pytest.mark.parametrize(("tried", "is_told"), [((3, 4, 5), True), ((1, 5, 9), False)])
def test_a_best_at_the_edge_of_what_was_tried_is_told(
    shown, searched, engine, tried, is_told
):
    study = searched()
    with tenant_transaction(engine, study.tenant_id) as session:
        held = runs_for.hold_run(session, study.tenant_id, study.backtest_id)
        best = held.findings["best"] | {"parameters": {"fast": 5, "slow": 5}}
        lines = [each | {"values": list(tried)} for each in held.findings["lines"]]
        held.findings = held.findings | {"best": best, "lines": lines}

    assert ("At the edge of what" in shown.get(page_of(study)).text) is is_told


def test_a_search_without_any_trial_that_counts_says_so(shown, searched):
    study = searched(constraints=[{"metric": "total_trades", "least": 10_000}])
    assert "Nothing that counts was found" in shown.get(page_of(study)).text
    assert shown.get(page_of(study) + "/trials.csv").status_code == 200


def test_a_walk_shows_each_window_and_the_unseen_account(shown, walked):
    text = shown.get(page_of(walked)).text
    gained = f"{abs(walked.findings['metrics']['total_return']):.2f}%"
    assert gained in text.partition("answer-figure")[2][:200]
    assert text.count('data-label="Tested on"') == 3
    assert "One account through all tests" in text
    assert "Walk-forward efficiency" in text


def test_a_monte_carlo_shows_its_bands_and_ruin_in_words(shown, resampled):
    text = shown.get(page_of(resampled)).text
    assert text.count('class="plot-band') == 2
    assert "of 200 courses 50% of the capital was once lost" in text
    assert f'href="/backtests/{resampled.parent_id}"' in text


def test_a_monte_carlo_says_at_once_why_its_fall_is_not_the_reports(
    shown, engine, resampled
):
    own = f"{resampled.findings['drawdown']['original']:.2f}%"
    with tenant_transaction(engine, resampled.tenant_id) as session:
        run = session.get_one(Backtest, (resampled.tenant_id, resampled.parent_id))
        run.metrics = run.metrics | {"max_drawdown": 28.567}

    doubts = shown.get(page_of(resampled)).text.partition('id="fan-head"')[0]

    assert f"fell by {own}" in doubts
    assert "Its report says 28.57%, candle by candle" in doubts


def test_a_study_under_way_tells_its_parts_and_can_be_cancelled(
    shown, engine, tenant, owner, series, submit
):
    order = read_order(runs_for.LEAST)
    study = studies_for.order_search(engine, tenant, owner, order)
    studies_for.begin(engine, study)
    page = shown.get(page_of(study)).text
    assert "data-live=" in page
    assert "Computing" in page
    submit(shown, page_of(study) + "/cancellation", at=page_of(study))
    assert "It was cancelled" in shown.get(page_of(study)).text


def test_the_list_names_kinds_and_narrows_to_one(shown, searched, walked):
    searched()
    text = shown.get("/backtests").text
    assert "Best of 9 trials" in text
    assert "Return on unseen candles" in text
    assert "Best of" not in shown.get("/backtests?kind=WALK_FORWARD").text
    assert "No backtests like this" in shown.get("/backtests?kind=RUN").text
    assert shown.get("/backtests?kind=NONSENSE").status_code == 422


def test_studies_are_not_compared(shown, searched, completed):
    study, run = searched(), completed()
    ids = f"run={study.backtest_id}&run={run.backtest_id}"
    assert shown.get(f"/backtests/compare?{ids}").status_code == 409
    assert 'id="compare"' not in shown.get("/backtests").text


def test_a_searchs_space_comes_again_with_its_form(shown, searched):
    study = searched(space={"fast": {"low": 3, "high": 6, "step": 3}, "slow": [15, 20]})
    text = shown.get(f"/backtests/optimise?from={study.backtest_id}").text
    assert 'id="low_fast" name="low_fast" type="number" value="3"' in text
    assert 'id="high_fast" name="high_fast" type="number" value="6"' in text


def test_a_stranger_sees_no_study_of_others(browser, trader, searched):
    study, stranger = searched(), browser(trader())
    for path in ("", "/surface", "/trials", "/trials.csv"):
        assert stranger.get(page_of(study) + path).status_code == 404


def test_a_run_has_no_surface_and_no_trials(shown, completed):
    run = completed()
    assert shown.get(page_of(run) + "/surface").status_code == 404
    assert shown.get(page_of(run) + "/trials.csv").status_code == 409


def with_findings(engine, study, **changed):
    """Give a study other findings, and return it."""
    with tenant_transaction(engine, study.tenant_id) as session:
        held = runs_for.hold_run(session, study.tenant_id, study.backtest_id)
        held.findings = held.findings | changed
    return study


def test_the_windows_trades_are_those_of_the_tile(shown, walked):
    text = shown.get(page_of(walked)).text
    rows = re.findall(r'data-label="Trades">([\d,]+)', text)
    assert sum(map(int, rows)) == walked.findings["metrics"]["total_trades"]
    assert "closed there, and counts as a trade of that window" in text
    assert text.count("Buy and hold") >= 2


def test_a_walk_of_before_holding_was_kept_is_shown_all_the_same(shown, engine, walked):
    with tenant_transaction(engine, walked.tenant_id) as session:
        held = runs_for.hold_run(session, walked.tenant_id, walked.backtest_id)
        held.findings = {k: v for k, v in held.findings.items() if k != "held"}
    assert "One account through all tests" in shown.get(page_of(walked)).text


@pytest.mark.parametrize(
    ("values", "tone", "told"),
    [
        ([3, 3, 3.5], "good", "stays within 25% of the range that was tried"),
        ([3, 4, 3], "warn", "moves about: over 50% of the range"),
        ([3, 5, 3], "bad", "restless: over 100% of the range"),
    ],
)
def test_how_values_moved_is_judged_by_what_was_tried(
    shown, engine, walked, values, tone, told
):
    assert walked.studied["search"]["space"]["fast"] == {"low": 3, "high": 5, "step": 1}
    drift = {"fast": {"values": values, "changes": 2, "spread": 0.1}}
    text = shown.get(page_of(with_findings(engine, walked, drift=drift))).text
    assert f'chip-{tone}">{told}' in text.partition('id="drift-head"')[2]


@pytest.mark.parametrize(
    ("share", "chip", "told"),
    [(0.9, "a plateau", "costs little"), (0.67, "a slope", "costs much")],
)
def test_the_stable_choice_says_no_more_than_its_neighbours(
    shown, engine, searched, share, chip, told
):
    study = searched()
    best = {"parameters": {"fast": 5, "slow": 15}, "plateau": 0.6}
    stable = {"parameters": {"fast": 3, "slow": 25}, "plateau": share}
    changed = {
        name: study.findings[name] | each
        for name, each in (("best", best), ("stable", stable))
    }
    text = shown.get(page_of(with_findings(engine, study, **changed))).text
    assert f"a little off {told}" in text
    assert chip in text


def test_fractions_stand_in_percent_wherever_values_are_written(shown, searched):
    space = {"fast": [3, 5], "stop_loss": {"low": 0.02, "high": 0.06, "step": 0.02}}
    text = shown.get(page_of(searched(space=space)) + "?x=stop_loss&y=fast").text
    assert '<th scope="col" class="num">4%</th>' in text
    assert "Stop loss 4%, " in text
    assert '<th scope="row" class="num">6%</th>' in text
    assert "2% to 6% (step 2%)" in text


def test_cells_of_which_nothing_counts_are_explained(shown, engine, searched):
    study = searched()
    assert "Hatched: nothing that counts" not in shown.get(page_of(study)).text
    maps = [
        each | {"scores": [[None, *row[1:]] for row in each["scores"]]}
        for each in study.findings["heat_maps"]
    ]
    text = shown.get(page_of(with_findings(engine, study, heat_maps=maps))).text
    assert "Hatched: nothing that counts" in text


def test_percentiles_are_no_courses(shown, resampled):
    assert "a row is no one course" in shown.get(page_of(resampled)).text


def test_a_walk_that_chose_nothing_claims_neither_losses_nor_steadiness(
    shown, engine, walked
):
    steady, few = "as steady as can be", "Fewer than two windows chose values"
    same = {"drift": {}, "empty_windows": 0}
    text = shown.get(page_of(with_findings(engine, walked, **same))).text
    assert steady in text
    assert few not in text

    nothing = {"drift": {}, "empty_windows": 3, "profitable_windows": 0}
    text = shown.get(page_of(with_findings(engine, walked, **nothing))).text
    assert "Nothing was traded in any window" in text
    assert few in text
    assert "Most windows lost" not in text
    assert steady not in text
