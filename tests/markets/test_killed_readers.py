"""An import whose file is read by a process that somebody kills."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.markets.files import Files
from abtpro_saas.markets.imports import working
from tests.markets.conftest import made
from tests.markets.importing import Desk
from tests.markets.test_apart import reader_of
from tests.markets.test_reading import csv_of


@pytest.fixture
def desk(engine, tenant, user, tmp_path):
    """A trader who brings files."""
    return Desk(engine, tenant, user(), str(tmp_path / "data"))


def kill_the_reader(desk, import_id):
    """Let what reads a file be killed while an import works on it."""
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(desk.work, import_id)
        os.kill(reader_of(os.getpid()), signal.SIGKILL)
        return working.result()


def test_a_file_whose_reader_was_killed_is_read_again(desk):
    import_id = desk.bring(csv_of(made(100_000)).encode())

    standing = kill_the_reader(desk, import_id)
    between = desk.row(import_id)
    after = desk.finish(import_id)

    assert standing.review_at is not None
    assert (between.status, between.faults) == ("RUNNING", 1)
    assert (after.status, after.rows) == ("COMPLETED", 100_000)
    assert Files(desk.root).parts("uploads") == []


def test_a_file_whose_reader_is_always_killed_is_given_up(desk, monkeypatch):
    monkeypatch.setattr(working, "MOST_READERS", 1)
    import_id = desk.bring(csv_of(made(100_000)).encode())

    kill_the_reader(desk, import_id)
    kill_the_reader(desk, import_id)

    row = desk.row(import_id)
    assert (row.status, row.error_code) == ("FAILED", "reader_killed")
    assert desk.left() == []
