"""The chunks of a study: each counts once, and the rest goes on from there."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.backtesting.processes.tasks import Kind
from tests.backtesting import studies_for
from tests.backtesting.studies_for import BAYESIAN


@pytest.fixture
def small(search):
    """Return a function that orders a search of several chunks."""
    return lambda *who, **of: search(*who, asked=BAYESIAN, **of)


def test_a_search_is_computed_chunk_by_chunk(small, finish, run_of, trials, files):
    study = finish(small())

    found = run_of(study)
    assert (found.status, found.progress) == ("COMPLETED", 100)
    assert (found.chunks, found.chunks_done) == (3, 3)
    assert found.findings["trials"] == trials(study) == 25
    assert found.findings["best"] is not None
    assert sorted(files(study)) == [f"chunk-00000{number}" for number in range(3)]
    assert (found.metrics, found.certificate) == (None, None)


def test_the_same_search_again_leaves_the_same_bytes(small, finish, files, trader):
    one, other = finish(small()), finish(small(trader()))

    assert files(one) == files(other)
    assert json.dumps(one.findings) == json.dumps(other.findings)


def test_a_study_goes_on_after_its_last_chunk_with_the_same_bytes(
    small, finish, begin, answer, note, conclude, files, trader
):
    undisturbed, study = finish(small(trader())), small()
    for step in ("nothing", "lost", "written"):
        (number, *_others) = begin(study).chunks
        reply = answer(study, number)
        if step == "written":  # else it was killed before the row knew of the file
            note(study, number, reply)
    while left := begin(study).chunks:
        note(study, left[0], answer(study, left[0]))

    done = conclude(study)

    assert files(study) == files(undisturbed)
    assert json.dumps(done.findings) == json.dumps(undisturbed.findings)


def test_a_chunk_that_is_computed_twice_counts_once(small, begin, answer, note, trials):
    study = small()
    begin(study)
    reply = answer(study, 0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: note(study, 0, reply), range(4)))

    assert trials(study) == 10
    assert begin(study).chunks == [1, 2]
    assert answer(study, 0) is None


def test_as_many_chunks_go_at_once_as_is_set_unless_each_learns(engine, search, small):
    free, learning = search(), small()

    assert studies_for.begin(engine, free, at_once=64).at_once == 64
    assert studies_for.begin(engine, free).at_once == 8
    assert studies_for.begin(engine, learning, at_once=64).at_once == 1


def test_progress_follows_the_chunks(small, begin, answer, note, run_of):
    study = small()
    begin(study)
    seen = []
    for number in range(3):
        note(study, number, answer(study, number))
        seen.append((run_of(study).progress, run_of(study).chunks_done))

    assert seen == [(33, 1), (66, 2), (99, 3)]


def test_a_cancelled_study_takes_no_more_chunks(
    small, begin, answer, note, cancel, conclude, trials
):
    study = small()
    begin(study)
    reply = answer(study, 0)
    cancel(study)

    note(study, 0, reply)

    assert (trials(study), answer(study, 1)) == (0, None)
    assert (begin(study).chunks, conclude(study).status) == ([], "CANCELLED")


def test_what_is_not_all_done_has_no_findings(small, begin, conclude):
    study = small()
    begin(study)

    assert (conclude(study).status, conclude(study).findings) == ("RUNNING", None)


def test_a_study_goes_on_with_the_candles_that_it_began_with(
    small, finish, begin, answer, note, conclude, candles, files, trader, trials
):
    undisturbed, study = finish(small(trader())), small()
    begin(study)
    candles(seed=9)

    for number in range(3):
        note(study, number, answer(study, number))

    assert conclude(study).status == "COMPLETED"
    assert files(study) == files(undisturbed)
    assert trials(study) == 25


def test_candles_that_are_not_kept_end_a_study(
    small, begin, answer, note, candles, run_of, root, series
):
    study = small()
    begin(study)
    note(study, 0, answer(study, 0))

    candles(seed=9)
    shutil.rmtree(root / series.location)

    assert answer(study, 1) is None
    assert (run_of(study).status, run_of(study).error_code) == (
        "FAILED",
        "series_changed",
    )


def test_a_study_that_waited_begins_with_the_candles_of_now(
    small, begin, candles, run_of
):
    study = small()
    candles(seed=9)

    assert begin(study).status == "RUNNING"
    assert run_of(study).fingerprint != study.fingerprint


def test_a_damaged_file_is_seen_and_not_taken_for_a_result(
    small, begin, answer, note, root, tenant
):
    study = small()
    begin(study)
    note(study, 0, answer(study, 0))
    (file,) = root.glob(f"results/{tenant}/{study.backtest_id}/*")
    file.write_bytes(file.read_bytes()[:-1])

    assert answer(study, 1).kind is Kind.AWAY
