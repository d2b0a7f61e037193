"""Commands as processes of their own, without each importing the program again.

One process imports what commands need, and becomes each of them by a fork. It reads a
line of JSON for each command from its standard input, and answers with the exit code.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRELOADED = (
    "abtpro_saas.runtime.house",
    "abtpro_saas.runtime.main_tenant",
    "abtpro_saas.runtime.doctor",
    "abtpro_saas.runtime.commands.tenant",
    "abtpro_saas.runtime.commands.operator",
    "abtpro_saas.runtime.commands.outbox",
    "abtpro_saas.runtime.commands.seal",
    "abtpro_saas.runtime.commands.database",
)


class Zygote:
    """Runs commands; one at a time."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.zygote"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._turn = threading.Lock()

    def run(self, arguments, *, cwd, env, typed="", timeout_s=60):
        """Return what ``subprocess.run`` would, of ``python -m abtpro_saas.cli …``."""
        with tempfile.TemporaryDirectory() as folder:
            files = {name: str(Path(folder) / name) for name in ("in", "out", "err")}
            Path(files["in"]).write_text(typed)
            order = {"arguments": arguments, "cwd": str(cwd), "env": env, **files}
            with self._turn:
                self._process.stdin.write(json.dumps(order | {"limit": timeout_s}))
                self._process.stdin.write("\n")
                self._process.stdin.flush()
                code = int(self._process.stdout.readline())
            out, err = (Path(files[name]).read_text() for name in ("out", "err"))
        return subprocess.CompletedProcess(arguments, code, out, err)

    def close(self):
        self._process.communicate(timeout=60)


def main():
    """Become each command that is asked for, until the input ends."""
    for name in PRELOADED:
        __import__(name)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if not pid:
            become(order)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def become(order):
    """Be the command, as if it had been started by itself."""
    signal.alarm(int(order["limit"]))
    flags = os.O_WRONLY | os.O_CREAT
    os.dup2(os.open(order["in"], os.O_RDONLY), 0)
    os.dup2(os.open(order["out"], flags, 0o600), 1)
    os.dup2(os.open(order["err"], flags, 0o600), 2)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["abtpro", *order["arguments"]]
    code = 1
    try:
        __import__("abtpro_saas.cli").cli.main()
        code = 0
    except SystemExit as end:
        code = exit_code(end.code)
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def exit_code(given):
    """Return the exit code of a SystemExit; a text is printed, as Python does."""
    if given is None or isinstance(given, int):
        return given or 0
    print(given, file=sys.stderr)  # noqa: T201 - as the interpreter does
    return 1


if __name__ == "__main__":
    main()
