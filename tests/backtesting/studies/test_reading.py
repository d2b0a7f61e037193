"""What there is to see of a study while it goes on, and of a run's trust."""

from datetime import timedelta

import pytest

from abtpro_saas.backtesting.studies import reading
from abtpro_saas.backtesting.studies.reading import NoTrialsError
from abtpro_saas.clock import utc_now
from tests.backtesting.studies_for import BAYESIAN


@pytest.fixture
def see(open_, root):
    """Return a function that gives a page of a search's trials."""

    def read(study, start=0, limit=100):
        with open_() as session:
            parts = reading.parts_of(session, study)
        return reading.trials_in(str(root), study, parts, start, limit)

    return read


@pytest.fixture
def left(open_, run_of):
    """Return a function that tells how long a study still takes."""

    def read(study, now=None):
        with open_() as session:
            return reading.time_left(session, run_of(study), now or utc_now())

    return read


def test_trials_are_numbered_over_all_chunks(search, finish, see):
    study = finish(search(asked=BAYESIAN))

    page, rest = see(study, 0, 12), see(study, 12, 50)

    assert [each.number for each in page + rest] == list(range(1, 26))
    assert {each.trial.values["fast"] for each in page} <= set(range(2, 10))
    assert all(isinstance(each.trial.values["fast"], int) for each in page + rest)
    assert any(each.trial.score is not None for each in page)


def test_trials_are_seen_while_others_are_computed(search, begin, answer, note, see):
    study = search()
    begin(study)
    assert see(study) == []

    note(study, 0, answer(study, 0))

    assert len(see(study)) == 9


def test_what_is_no_search_has_no_trials(walk, order, see):
    for each in (walk(), order()):
        with pytest.raises(NoTrialsError):
            see(each)


def test_the_time_left_follows_the_pace_of_chunks(search, begin, answer, note, left):
    study = search(asked=BAYESIAN)
    assert left(study) is None
    begin(study)
    assert left(study) is None

    note(study, 0, answer(study, 0))
    after_one = left(study)
    note(study, 1, answer(study, 1))
    later = left(study, utc_now() + timedelta(hours=1))

    assert after_one > timedelta(0)
    assert later > timedelta(0)


def test_what_has_ended_takes_no_more_time(search, finish, left):
    assert left(finish(search())) is None


@pytest.fixture
def trust(open_, run_of):
    """Return a function that tells how far a run can be trusted."""

    def read(run):
        with open_() as session:
            return reading.trust_of(session, run_of(run))

    return read


def test_what_has_no_grade_says_why(search, order, end, trust):
    waiting, done = order(), end(order())

    assert trust(search()).reason == "not_a_run"
    assert trust(waiting).reason == "not_completed"
    assert trust(done).reason == "not_examined"
    assert set(reading.NO_TRUST) > {trust(done).reason, trust(waiting).reason}
