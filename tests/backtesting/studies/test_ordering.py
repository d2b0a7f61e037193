"""A study is one of its user's runs; one that cannot succeed is refused by name."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.runs import finding
from abtpro_saas.contracts.entitlements import FeatureNeededError
from abtpro_saas.outbox import OutboxRow
from tests.backtesting import candles_for, studies_for
from tests.backtesting.studies_for import BAYESIAN, GRID


@pytest.fixture
def messages(open_):
    """Return a function that gives the kinds of the processes that were started."""

    def read():
        with open_() as session:
            rows = session.scalars(select(OutboxRow).order_by(OutboxRow.outbox_id))
            return [r.kind for r in rows if r.kind.startswith("backtest.")]

    return read


def test_a_search_says_all_that_will_be_tried(search):
    study = search()

    asked = study.studied
    assert (study.kind, study.chunks, study.chunks_done) == ("OPTIMISATION", 1, 0)
    assert asked["search"]["space"]["slow"] == [15, 20, 25]
    assert asked["search"]["objective"] == "sharpe_ratio"
    assert (asked["trials"], asked["sequential"]) == (9, False)


def test_defaults_that_do_not_go_with_what_is_given_are_searched_anyway(search):
    fast = GRID | {"space": {"fast": [2, 3]}}

    study = search(asked=fast, parameters={"slow": 5})

    found = study.ordered["parameters"]
    assert (found["fast"], found["slow"]) == (2, 5)
    assert study.chunks == 1


def test_a_parameter_that_never_goes_with_what_is_given_is_refused(search):
    fast = GRID | {"space": {"fast": [20, 30]}}

    with pytest.raises(OrderError) as refused:
        search(asked=fast, parameters={"slow": 5})

    assert refused.value.field.startswith("parameters.")


def test_what_learns_goes_one_chunk_after_the_other(search, begin):
    study = search(asked=BAYESIAN)

    standing = begin(study)

    assert study.studied["sequential"] is True
    assert (standing.chunks, standing.at_once) == ([0, 1, 2], 1)


def test_a_walk_is_cut_by_its_windows(walk):
    study = walk()

    assert (study.kind, study.chunks) == ("WALK_FORWARD", 3)
    assert study.studied["trials"] == 27


def test_each_kind_has_a_process_of_its_own(search, walk, order, messages):
    search()
    walk()
    order()

    kinds = ["backtest.optimise", "backtest.walk_forward", "backtest.run"]
    assert messages() == kinds


def test_a_study_is_one_of_so_many_at_once(search, walk, order, statuses):
    put = (search, order, walk, search, order)
    for each in put:
        each()

    assert statuses() == ["ADMITTED"] * 3 + ["PENDING"] * 2


def test_the_number_is_exact_for_studies_and_runs_at_one_instant(
    search, order, cancel, statuses
):
    with ThreadPoolExecutor(6) as pool:
        puts = [pool.submit(search if n % 2 else order, most=2) for n in range(6)]
        studies = [each.result() for each in puts]
    first = next(each for each in studies if each.admitted_at)

    cancel(first, most=2)

    assert sorted(statuses()) == ["ADMITTED"] * 2 + ["CANCELLED"] + ["PENDING"] * 3


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (GRID | {"space": {"fast": {"low": 0, "high": 5}}}, "search.space.fast"),
        (GRID | {"space": {"quick": [1, 2]}}, "search.space.quick"),
        (GRID | {"objective": "luck"}, "search.objective"),
        (GRID | {"constraints": [{"metric": "luck", "least": 1}]}, "search.constrain"),
        (BAYESIAN | {"trials": 0}, "search.trials"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused_by_name(
    search, statuses, asked, field
):
    with pytest.raises(OrderError) as refused:
        search(asked=asked)

    assert refused.value.field.startswith(field)
    assert statuses() == []


def test_a_walk_over_too_few_candles_is_refused_by_name(walk):
    with pytest.raises(OrderError) as refused:
        walk(walk={"train": 5, "windows": 3})

    assert refused.value.field.startswith("walk")


def test_who_has_no_plan_for_it_is_refused(search, trader):
    with pytest.raises(FeatureNeededError):
        search(trader("BASIC"))


def test_a_study_has_no_trades_to_look_at(search, finish, open_, tenant, owner):
    study = finish(search())

    with open_() as session, pytest.raises(finding.NotCompletedError):
        finding.completed_run(session, tenant, study.backtest_id, owner)


def test_runs_and_studies_are_listed_by_kind(search, order, open_, tenant, owner):
    search()
    order()

    with open_() as session:
        found = finding.list_runs(session, tenant, owner, kind="OPTIMISATION")

    assert [run.kind for run in found] == ["OPTIMISATION"]


def test_a_walk_over_candles_with_gaps_is_computed_as_it_was_accepted(
    open_, tenant, root, engine, owner, order_of, finish
):
    with open_() as session:
        holes = candles_for.walk(symbol="ETH/USDT", without=range(200, 205))
        candles_for.give(session, tenant, holes, root=root)
    filling = {"windows": 5, "train": 300, "test": 60}

    study = studies_for.order_walk(
        engine, tenant, owner, order_of(symbol="ETH/USDT"), walk=filling
    )

    found = finish(study).findings["windows"]
    assert [each["train_bars"] for each in found] == [295, 295, 295, 295, 300]
    assert [each["test_bars"] for each in found] == [60] * 5


def test_a_walk_of_which_a_window_is_missing_is_refused_by_name(
    open_, tenant, root, engine, owner, order_of
):
    with open_() as session:
        holes = candles_for.walk(symbol="ETH/USDT", without=range(540, 599))
        candles_for.give(session, tenant, holes, root=root)
    order = order_of(symbol="ETH/USDT", gap_tolerance=0.5)
    filling = {"windows": 5, "train": 300, "test": 60}

    with pytest.raises(OrderError, match="of window 5") as refused:
        studies_for.order_walk(engine, tenant, owner, order, walk=filling)

    assert refused.value.field == "walk.windows"
