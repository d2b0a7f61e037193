"""The embedded PostgreSQL: its programs, its data, and what a broken start leaves."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from abtpro_saas.runtime.embedded import leftovers, places, postgres
from tests.ports import reserved_ports

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops its rights")


@pytest.fixture
def folder():
    """A folder that the database's user can reach."""
    with tempfile.TemporaryDirectory(prefix="abtpro-test-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_the_wheel_holds_postgresql_18():
    version = subprocess.run(
        [postgres.binaries() / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "(PostgreSQL) 18." in version.stdout


def test_a_sign_in_without_the_password_is_refused(server):
    url = server.app_url.replace(server.passwords["abtpro_app"], "guessed")

    with pytest.raises(psycopg.OperationalError, match="password authentication"):
        psycopg.connect(url)


def test_data_survive_a_stop(folder):
    passwords = postgres.new_passwords()
    server = postgres.Server(reserved_ports(), passwords)
    url = server.url("postgres", "postgres")
    for statement in ("CREATE TABLE kept AS SELECT 1 AS n", "SELECT n FROM kept"):
        postgres.create_cluster(folder / "data", passwords["postgres"])
        child = postgres.start(folder / "data", server.port)
        postgres.wait_ready(url)
        with psycopg.connect(url) as connection:
            found = connection.execute(statement)
            rows = found.fetchall() if found.description else []
        postgres.stop(child)

    assert rows == [(1,)]


def test_a_creation_that_broke_off_is_begun_anew(folder):
    (folder / "data.new").mkdir()
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    postgres.create_cluster(folder / "data", "a-password")

    assert (folder / "data" / "base").is_dir()
    assert not (folder / "data.new").exists()


def test_the_number_of_a_process_that_is_no_server_is_forgotten(tmp_path):
    file = tmp_path / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n{tmp_path}\n")
    leftovers.forget_stale_pid(tmp_path)

    assert not file.exists()


def test_the_number_of_a_server_of_these_data_is_kept(tmp_path):
    file = tmp_path / "postmaster.pid"
    with subprocess.Popen(["/bin/sleep", "60"], cwd=tmp_path) as server:
        file.write_text(f"{server.pid}\n{tmp_path}\n")
        leftovers.forget_stale_pid(tmp_path)
        server.kill()

    assert file.exists()


def test_what_a_killed_server_left_is_ended_and_the_next_one_starts(folder):
    data, passwords = folder / "data", postgres.new_passwords()
    server = postgres.Server(reserved_ports(), passwords)
    url = server.url("postgres", "postgres")
    postgres.create_cluster(data, passwords["postgres"])
    killed = postgres.start(data, server.port)
    postgres.wait_ready(url)
    connection = psycopg.connect(url)
    # Stopped, it cannot notice that its server is gone.
    os.kill(connection.info.backend_pid, signal.SIGSTOP)
    killed.kill()
    killed.wait()

    leftovers.end_orphans(data)
    leftovers.forget_stale_pid(data)
    child = postgres.start(data, server.port)
    postgres.wait_ready(url)
    leftovers.end_orphans(data)
    psycopg.connect(url).close()
    postgres.stop(child)
    connection.close()


@pytest.fixture
def outside(folder):
    """A folder that stands for /var/lib/abtpro."""
    return folder / "outside"


@pytest.fixture
def closed_home(folder):
    """A home folder that only root can walk into, as below /root."""
    home = folder / "closed" / "home"
    home.mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    return home


@root_only
def test_data_of_a_closed_home_go_outside_and_are_found_again(closed_home, outside):
    first = places.data_folder(closed_home, outside)
    (first / "base").mkdir(parents=True)

    assert first.parent == outside
    assert places.data_folder(closed_home, outside) == first
    assert (first / "base").exists()
    assert oct((closed_home.parent).stat().st_mode)[-3:] == "700"


@root_only
def test_deleting_a_closed_home_resets_its_data(closed_home, outside):
    first = places.data_folder(closed_home, outside)
    (first / "base").mkdir(parents=True)
    shutil.rmtree(closed_home)
    closed_home.mkdir()

    assert places.data_folder(closed_home, outside) == first
    assert not (first / "base").exists()
    assert first.is_relative_to(outside)


@root_only
def test_two_closed_homes_have_data_of_their_own(closed_home, outside):
    other = closed_home.with_name("other")
    other.mkdir()

    assert places.data_folder(closed_home, outside) != places.data_folder(
        other, outside
    )
    assert list(outside.iterdir()) == []


def test_data_of_an_open_home_stay_in_it(folder):
    assert places.data_folder(folder) == folder / "postgres"


@root_only
def test_programs_that_cannot_be_reached_are_copied_and_run(closed_home, outside):
    wheel = postgres.binaries().parents[1]
    for name in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(
            wheel.with_name(name),
            closed_home / name,
            ignore=shutil.ignore_patterns("pginstall", "include"),
        )
    copied = places.reachable_programs(closed_home / wheel.name, outside)

    assert copied.is_relative_to(outside)
    run = [copied / "pginstall18" / "bin" / "pg_dump", "--version"]
    assert subprocess.run(run, check=True, **places.unprivileged()).returncode == 0
