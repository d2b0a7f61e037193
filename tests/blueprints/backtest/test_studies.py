"""Studies over the API: ordered, refused by name, looked at, cancelled."""

import pytest

from abtpro_saas.identity.roles import SCOPES, Role
from tests.backtesting import studies_for
from tests.backtesting.runs_for import found
from tests.blueprints.backtest.conftest import LEAST, RUNS

OPTIMISE = "/api/v1/backtest/optimise"
WALK_FORWARD = "/api/v1/backtest/walk-forward"
MONTE_CARLO = "/api/v1/backtest/monte-carlo"
SEARCH = {"method": "grid", "space": {"fast": {"low": 3, "high": 5}, "slow": [15, 20]}}
ASKED = LEAST | {"search": SEARCH}


@pytest.fixture
def study(trader):
    """Return a function that orders a study and gives the answer's body."""

    def make(path=OPTIMISE, body=ASKED, **members):
        answer = trader.post(path, json=body | members)
        assert answer.status_code == 202, answer.text
        return answer.json

    return make


@pytest.fixture
def finish(engine, tenant, root):
    """Return a function that computes a study, as workers do; gives its address."""

    def now(study):
        run = found(engine, tenant, study["backtest_id"])
        studies_for.finish(engine, root, run)
        return f"{RUNS}/{study['backtest_id']}"

    return now


def test_a_search_is_accepted_and_named_in_full(study):
    answer = study(commission=0.001)

    assert (answer["kind"], answer["status"]) == ("OPTIMISATION", "PENDING")
    assert answer["study"]["trials"] == 6
    assert answer["study"]["search"]["space"]["slow"] == [15, 20]
    assert answer["costs"]["taker"] == 0.001


def test_a_search_tells_what_it_found_and_every_trial(trader, study, finish):
    address = finish(study())

    run = trader.get(address).json
    page = trader.get(f"{address}/trials?limit=4").json
    rest = trader.get(f"{address}/trials?cursor={page['next_cursor']}").json

    assert (run["status"], run["kind"]) == ("COMPLETED", "OPTIMISATION")
    assert (run["results"], run["trust"], run["eta_seconds"]) == (None, None, None)
    assert run["trust_reason"]["code"] == "not_a_run"
    assert (run["findings"]["trials"], run["trials"]) == (6, 6)
    assert [each["number"] for each in page["trials"] + rest["trials"]] == [
        *range(1, 7)
    ]
    assert set(page["trials"][0]["values"]) >= {"fast", "slow"}
    assert rest["next_cursor"] is None


def test_a_walk_is_accepted(study):
    answer = study(WALK_FORWARD, walk={"windows": 3, "mode": "anchored"})

    assert answer["kind"] == "WALK_FORWARD"
    assert answer["study"]["walk"]["mode"] == "anchored"


def test_studies_are_listed_with_their_kind(trader, study, order):
    study()
    order()

    shown = trader.get(RUNS).json["backtests"]
    searches = trader.get(f"{RUNS}?kind=OPTIMISATION").json["backtests"]

    assert [run["kind"] for run in shown] == ["RUN", "OPTIMISATION"]
    assert len(searches) == 1


@pytest.mark.parametrize(
    ("search", "pointer"),
    [
        (SEARCH | {"space": {"fast": {"low": 0, "high": 3}}}, "/search/space/fast"),
        (SEARCH | {"space": {"quick": [1]}}, "/search/space/quick"),
        (SEARCH | {"space": {}}, "/search/space"),
        (SEARCH | {"method": "luck"}, "/search/method"),
        (SEARCH | {"objective": "luck"}, "/search/objective"),
        (SEARCH | {"trials": 2}, "/search/trials"),
        (SEARCH | {"constraints": [{"metric": "luck", "most": 1}]}, "/search/constrai"),
        (SEARCH | {"trials": 10**400}, "/search/trials"),
        (SEARCH | {"seed": 10**400}, "/search/seed"),
        (SEARCH | {"space": {"fast": [3, 10**400]}}, "/search/space/fast"),
        (SEARCH | {"space": {"fast": {"low": 3, "high": 10**400}}}, "/search/space/fa"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused_by_its_member(trader, search, pointer):
    answer = trader.post(OPTIMISE, json=LEAST | {"search": search})

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"][0]["pointer"].startswith(pointer)
    assert trader.get(RUNS).json["count"] == 0


@pytest.mark.parametrize("path", [OPTIMISE, WALK_FORWARD])
def test_a_search_is_needed(trader, path):
    answer = trader.post(path, json=LEAST)

    assert answer.json["errors"][0]["pointer"] == "/search"


def test_a_walk_that_cannot_be_made_is_refused_by_its_member(trader):
    for walk in ({"windows": 3, "train": 5}, {"train": 10**400}):
        answer = trader.post(WALK_FORWARD, json=ASKED | {"walk": walk})

        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"].startswith("/walk/")


def test_all_that_is_wrong_with_a_study_is_told_at_once(trader):
    search = {"method": "grid", "space": {"fast": {"low": 9, "high": 3}}, "trials": 0}
    wrong = {"search": search, "walk": {"windows": 0, "embargo": -1}, "commission": 7}

    answer = trader.post(WALK_FORWARD, json=LEAST | wrong)

    assert answer.status_code == 422
    pointers = [each["pointer"] for each in answer.json["errors"]]
    assert sorted(pointers) == [
        "/commission",
        "/search/space/fast",
        "/search/trials",
        "/walk/embargo",
        "/walk/windows",
    ]


def test_all_that_is_wrong_with_a_monte_carlo_is_told_at_once(trader, completed):
    plan = {"method": "trade_shuffle", "simulations": 1, "ruin": 3, "seed": -1}
    run_id = completed().rpartition("/")[2]

    answer = trader.post(MONTE_CARLO, json=plan | {"backtest_id": run_id})

    pointers = [each["pointer"] for each in answer.json["errors"]]
    assert sorted(pointers) == ["/ruin", "/seed", "/simulations"]


@pytest.mark.parametrize("name", ["simulations", "seed", "ruin", "block", "noise"])
def test_a_number_that_nothing_holds_is_refused_by_its_member(trader, completed, name):
    run_id = completed().rpartition("/")[2]
    plan = {"method": "trade_shuffle", "backtest_id": run_id, name: 10**400}

    answer = trader.post(MONTE_CARLO, json=plan)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [f"/{name}"]


def test_a_study_has_no_trades(trader, study, finish):
    address = finish(study())

    for part in ("trades", "equity", "report"):
        assert trader.get(f"{address}/{part}").json["code"] == "backtest_not_completed"


def test_a_run_has_no_trials(trader, order):
    answer = trader.get(f"{RUNS}/{order()['backtest_id']}/trials")

    assert (answer.status_code, answer.json["code"]) == (409, "no_trials")


def test_a_key_orders_once(trader):
    headers = {"Idempotency-Key": "once"}

    first, again = (
        trader.post(OPTIMISE, json=ASKED, headers=headers) for _ in range(2)
    )

    assert first.json == again.json
    assert trader.get(RUNS).json["count"] == 1


def test_a_study_is_cancelled_and_removed_as_a_run_is(trader, study):
    address = f"{RUNS}/{study()['backtest_id']}"

    cancelled = trader.post(f"{address}/cancel").json
    removed = trader.delete(address).json

    assert (cancelled["status"], removed["success"]) == ("CANCELLED", True)
    assert trader.get(address).status_code == 404


def test_strangers_see_no_study(strangers, study, finish):
    address = finish(study())

    for stranger in strangers:
        assert stranger.get(address).status_code == 404
        assert stranger.get(f"{address}/trials").status_code == 404
        assert stranger.post(f"{address}/cancel").status_code == 404


@pytest.fixture
def bodies(completed):
    """What each study is ordered with."""
    own = completed().rpartition("/")[2]
    resampled = {"backtest_id": own, "method": "trade_shuffle"}
    return {OPTIMISE: ASKED, WALK_FORWARD: ASKED, MONTE_CARLO: resampled}


def test_a_key_needs_the_scope(client, api_key, bodies):
    reader = client(key=api_key(scopes=SCOPES[Role.TRADER] - {"backtests:write"}))

    for path, body in bodies.items():
        assert reader.post(path, json=body).json["code"] == "missing_scope"


def test_a_viewer_orders_none(client, api_key, bodies):
    viewer = client(key=api_key(role=Role.VIEWER))

    for path, body in bodies.items():
        assert viewer.post(path, json=body).status_code in {402, 403}


def test_who_has_not_rented_it_is_told_what_has_it(browser, user, bodies):
    stranger = browser(user())

    for path, body in bodies.items():
        assert stranger.post(path, json=body).json["code"] == "feature_needed"


def test_nobody_elses_run_is_drawn_anew(strangers, bodies):
    for stranger in strangers:
        answer = stranger.post(MONTE_CARLO, json=bodies[MONTE_CARLO])
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_run_that_was_examined_tells_its_grade(
    trader, completed, engine, tenant, root
):
    address = completed(commission=0.001)
    assert trader.get(address).json["trust_reason"]["code"] == "not_examined"

    studies_for.examine(engine, root, found(engine, tenant, address.rpartition("/")[2]))

    run = trader.get(address).json
    assert run["trust_reason"] is None
    assert run["trust"]["trials"] == run["trials"] == 1
    assert run["trust"]["grade"] in set("ABCDEF")
    assert {"code", "verdict", "title", "text"} == set(run["trust"]["checks"][0])
