"""The supervisor, with tiny programs in place of the platform's."""

import signal

import pytest

FOREVER = "echo pid $$; exec sleep 60"


def test_a_program_starts_when_those_it_needs_are_ready(stand, tmp_path):
    slow = f"sleep 0.5; echo slow is up; touch {tmp_path}/up; exec sleep 60"
    running = stand(
        {"name": "second", "sh": f"echo second; {FOREVER}", "after": ["first"]},
        {"name": "first", "sh": slow, "ready_file": f"{tmp_path}/up"},
    )
    running.wait_for("all ready")
    running.wait_for("pid")

    assert running.text.index("slow is up") < running.text.index("second")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_in_reverse_order_with_exit_code_0(stand, ended, number):
    says = "trap 'echo bye; exit' TERM; echo pid $$; while :; do sleep 0.05; done"
    running = stand(
        {"name": "base", "sh": says},
        {"name": "web", "sh": says, "after": ["base"]},
    )
    running.wait_for("pid", 2)
    pids = [running.pid_of("base"), running.pid_of("web")]

    assert running.end(number) == 0
    ended(*pids)
    byes = [line.split()[0] for line in running.text.splitlines() if "bye" in line]
    assert byes == ["web", "base"]


def test_nothing_is_left_when_the_supervisor_is_killed(stand, ended, kill):
    stubborn = "trap '' TERM; echo pid $$; while :; do sleep 0.05; done"
    workers = "sleep 61 & echo pid $!; wait"
    running = stand(
        {"name": "plain", "sh": FOREVER},
        {"name": "stubborn", "sh": stubborn},
        {"name": "workers", "sh": workers},
    )
    running.wait_for("pid", 3)
    pids = [running.pid_of(name) for name in ("plain", "stubborn", "workers")]
    kill(running.process.pid)

    ended(*pids)


def test_nothing_is_left_when_supervisor_and_guardian_are_killed(stand, ended, kill):
    running = stand({"name": "plain", "sh": FOREVER})
    running.wait_for("pid")
    children = f"/proc/{running.process.pid}/task/{running.process.pid}/children"
    with open(children) as file:  # noqa: PTH123 - procfs
        pids = [int(pid) for pid in file.read().split()]
    kill(running.process.pid)
    for pid in pids:
        if pid != running.pid_of("plain"):
            kill(pid)

    ended(*pids)


def test_a_program_that_ignores_sigterm_is_killed_after_its_grace(stand, ended):
    stubborn = "trap '' TERM; echo pid $$; while :; do sleep 0.05; done"
    running = stand({"name": "stubborn", "sh": stubborn, "grace_s": 0.3})
    running.wait_for("pid")

    assert running.end() == 0
    assert "did not end in 0.3 s: killed" in running.text
    ended(running.pid_of("stubborn"))


def test_a_second_signal_does_not_wait_for_the_grace(stand, ended):
    stubborn = "trap '' TERM; echo pid $$; while :; do sleep 0.05; done"
    running = stand({"name": "stubborn", "sh": stubborn, "grace_s": 60})
    running.wait_for("pid")
    running.process.terminate()
    running.wait_for("stopping")

    assert running.end() == 0
    ended(running.pid_of("stubborn"))


def test_a_killed_program_is_started_again_and_its_workers_are_not_left(
    stand, ended, kill
):
    running = stand({"name": "web", "sh": "sleep 61 & echo worker $!; " + FOREVER})
    running.wait_for("all ready")
    # The line after it: a line may be seen while it is being written.
    running.wait_for("| pid ")
    worker = int(running.text.split("worker ")[1].split()[0])
    kill(running.pid_of("web"))

    running.wait_for("web ended (SIGKILL)")
    running.wait_for("worker", 2)
    ended(worker)


def test_many_kills_from_outside_are_no_crash_loop(stand, kill):
    running = stand({"name": "web", "sh": FOREVER})
    for times in range(1, 9):
        running.wait_for("pid", times)
        running.wait_for("all ready")
        kill(running.pid_of("web"))

    running.wait_for("pid", 9)
    assert running.process.poll() is None


def test_kills_while_it_starts_are_no_crash_loop_either(stand, tmp_path, kill):
    up = tmp_path / "up"
    running = stand({"name": "web", "sh": FOREVER, "ready_file": str(up)})
    for times in range(1, 8):
        running.wait_for("pid", times)
        kill(running.pid_of("web"))
    up.touch()

    running.wait_for("all ready")
    assert running.process.poll() is None


def test_a_dead_base_comes_back_before_those_that_need_it(stand, tmp_path, kill):
    up = tmp_path / "up"
    base = f"rm -f {up}; echo base pid $$; sleep 0.4; touch {up}; exec sleep 60"
    running = stand(
        {"name": "base", "sh": base, "ready_file": str(up)},
        {"name": "web", "sh": FOREVER, "after": ["base"]},
    )
    running.wait_for("all ready")
    base_pid, web_pid = running.pid_of("base"), running.pid_of("web")
    up.unlink()
    kill(base_pid)
    running.wait_for("base ended")
    kill(web_pid)
    running.wait_for("web ended")
    assert running.text.count("web        | pid") == 1

    running.wait_for("web        | pid", 2)
    assert up.exists()


def test_a_program_that_needs_a_dead_base_runs_on(stand, tmp_path, kill, ended):
    running = stand(
        {"name": "base", "sh": FOREVER},
        {"name": "web", "sh": FOREVER, "after": ["base"]},
    )
    running.wait_for("all ready")
    web_pid = running.pid_of("web")
    kill(running.pid_of("base"))
    running.wait_for("base       | pid", 2)

    assert running.text.count("web        | pid") == 1
    running.end()
    ended(web_pid)


def test_a_crash_loop_stops_everything_with_one_line(stand, ended):
    running = stand(
        {"name": "good", "sh": FOREVER},
        {"name": "bad", "sh": "echo no module named web >&2; exit 3"},
    )
    assert running.process.wait(20) == 1

    last = running.text.splitlines()[-1]
    assert last == (
        "bad ended 5 times in a row (exit code 3); its last line: no module named web"
    )
    ended(running.pid_of("good"))


def test_a_program_that_never_answers_is_tried_again_and_then_given_up(stand):
    running = stand(
        {"name": "dumb", "sh": FOREVER, "ready_file": "/nowhere", "start_s": 0.1}
    )

    assert running.process.wait(20) == 1
    assert "dumb is killed: gave no answer in " in running.text


BUSY = "echo pid $$; while :; do :; done"
"""Works all the time, as a program that starts on a loaded machine does."""


def test_a_program_that_works_may_take_longer_to_start(stand, tmp_path):
    up = tmp_path / "up"
    slow = f"(sleep 1.5; touch {up}) & {BUSY}"
    running = stand({"name": "web", "sh": slow, "ready_file": str(up), "start_s": 0.5})

    running.wait_for("all ready")
    assert "web is still starting: it is busy" in running.text
    assert "is killed" not in running.text


def test_a_program_whose_worker_works_may_take_longer_to_start(stand, tmp_path):
    up = tmp_path / "up"
    slow = f"(sleep 1.5; touch {up}) & (while :; do :; done) & {FOREVER}"
    running = stand({"name": "web", "sh": slow, "ready_file": str(up), "start_s": 0.5})

    running.wait_for("all ready")
    assert "is killed" not in running.text


def test_a_program_that_turns_in_circles_is_given_up_in_the_end(stand):
    running = stand(
        {"name": "dumb", "sh": BUSY, "ready_file": "/nowhere", "start_s": 0.1}
    )

    assert running.process.wait(30) == 1
    assert running.text.splitlines()[-1].startswith("dumb ended 5 times in a row")


def test_a_program_that_only_waits_is_not_taken_for_one_that_works(stand):
    asks = "echo pid $$; while :; do sleep 0.3; done"
    running = stand(
        {"name": "dumb", "sh": asks, "ready_file": "/nowhere", "start_s": 1}
    )

    running.wait_for("dumb is killed: gave no answer in ")
    assert "still starting" not in running.text


def test_a_program_that_is_not_there_stops_everything_with_one_line(stand):
    running = stand({"name": "web", "sh": "true", "options": {"cwd": "/nowhere"}})

    assert running.process.wait(20) == 1
    assert running.text.splitlines()[-1].startswith("web cannot be started: ")


def test_a_step_that_fails_stops_everything_with_its_last_line(stand, ended):
    running = stand(
        {"name": "base", "sh": FOREVER},
        {
            "name": "migrations",
            "sh": "echo table is odd; exit 1",
            "after": ["base"],
            "once": True,
        },
        {"name": "web", "sh": "echo never", "after": ["migrations"]},
    )

    assert running.process.wait(20) == 1
    assert running.text.splitlines()[-1] == "migrations failed: table is odd"
    assert "never" not in running.text
    ended(running.pid_of("base"))


def test_a_step_runs_once_though_its_base_dies(stand, kill):
    running = stand(
        {"name": "base", "sh": FOREVER},
        {"name": "step", "sh": "echo did it", "after": ["base"], "once": True},
    )
    running.wait_for("all ready")
    kill(running.pid_of("base"))
    running.wait_for("pid", 2)
    running.end()

    assert running.text.count("did it") == 1


def test_a_long_line_and_odd_bytes_are_shown(stand):
    sh = f"head -c 200000 /dev/zero | tr '\\0' x; printf '\\n\\377 end\\n'; {FOREVER}"
    running = stand({"name": "web", "sh": sh})
    running.wait_for("all ready")
    running.wait_for("end")

    assert running.text.count("x") >= 200_000
    assert running.end() == 0


def test_all_ready_is_said_once(stand, kill):
    running = stand({"name": "web", "sh": FOREVER})
    running.wait_for("all ready")
    running.wait_for("pid")
    kill(running.pid_of("web"))
    running.wait_for("pid", 2)
    running.end()

    assert running.text.count("all ready") == 1


def test_lines_that_tell_nobody_anything_are_not_shown(stand):
    says = "echo WARNING: AS ALWAYS; echo as never; " + FOREVER
    running = stand({"name": "web", "sh": says, "unsaid": ["AS ALWAYS"]})
    running.wait_for("as never")

    assert "AS ALWAYS" not in running.text


def test_a_step_apart_begins_when_all_is_ready_and_keeps_nobody_waiting(
    stand, tmp_path
):
    slow = f"sleep 0.4; touch {tmp_path}/up; exec sleep 60"
    running = stand(
        {"name": "extra", "sh": "sleep 0.5; echo made", "once": True, "apart": True},
        {"name": "base", "sh": slow, "ready_file": f"{tmp_path}/up"},
    )
    running.wait_for("made")

    assert running.text.index("all ready") < running.text.index("made")
    assert running.end() == 0


def test_a_step_apart_that_fails_takes_nobody_with_it(stand, ended):
    failing = "echo no room; exit 3"
    running = stand(
        {"name": "base", "sh": FOREVER},
        {"name": "extra", "sh": failing, "once": True, "apart": True},
    )
    running.wait_for("extra failed: no room")
    pid = running.pid_of("base")

    assert running.process.poll() is None
    assert running.end() == 0
    ended(pid)


def test_a_step_apart_is_ended_with_the_others(stand, ended):
    running = stand(
        {"name": "base", "sh": FOREVER},
        {"name": "extra", "sh": FOREVER, "once": True, "apart": True},
    )
    pid = running.pid_of("extra")

    assert running.end() == 0
    ended(pid)
