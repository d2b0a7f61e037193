"""Loops that are compiled before somebody waits for them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

from abtpro_saas.backtesting.engines.warm import warm
from abtpro_saas.backtesting.indicators import compiling
from abtpro_saas.backtesting.indicators.compiling import loops_folder

IMPORTED = re.compile(r"(?m)^from abtpro_saas\.([\w.]+) import \(?([^)]+?)\)?$")
TYPES = {"Candles", "Flags", "Floats", "Integers"}
ROOMS = tuple(f"backtesting/{each}" for each in compiling.ROOMS)


def test_every_loop_is_on_disk_when_it_has_run():
    warm()
    kept = {each.name.split("-")[0] for each in Path(config.CACHE_DIR).rglob("*.nbi")}
    loops = {"signals.run_signals", "weights.run_weights", "venue.run_venue"}
    assert {*loops, "ledger.settle"} <= kept


@pytest.mark.parametrize(
    "place", ["backtesting/engines/loops/fills.py", "performance/record.py"]
)
def test_a_changed_source_gets_a_folder_of_its_own(tmp_path, place):
    """Numba itself looks at a loop's own file, not at those that it calls."""
    called, backtesting = tmp_path / place, tmp_path / "backtesting"
    called.parent.mkdir(parents=True)
    called.write_text("FEE = 1")
    before = loops_folder("kept", backtesting)
    called.write_text("FEE = 2")

    assert loops_folder("kept", backtesting) != before
    assert Path(before).parent == Path("kept")


def test_loops_hold_constants_of_no_other_file():
    """Constants are frozen when a loop is compiled: their files must be looked at."""
    package = Path(compiling.__file__).parents[2]
    rooms = [package / "backtesting" / each for each in compiling.ROOMS]
    texts = [each.read_text() for room in rooms for each in room.rglob("*.py")]
    found = {
        f"{name.replace('.', '/')}.py"
        for text in texts
        if "@compiled" in text
        for name, what in IMPORTED.findall(text)
        if set(what.replace(",", " ").split()) - TYPES
    }

    assert {each for each in found if not each.startswith(ROOMS)} == {compiling.FROZEN}


def test_a_process_finds_what_another_has_compiled(tmp_path):
    script = (
        "import numpy as np\n"
        "from abtpro_saas.backtesting.indicators import averages, smoothing\n"
        "averages.ema(np.arange(50.0), 3)\n"
        "print(sum(smoothing.smooth.made().stats.cache_hits.values()))"
    )
    kept = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    hits = [
        subprocess.run(
            [sys.executable, "-c", script], env=kept, capture_output=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]

    assert hits == [b"0", b"1"]


def test_a_process_may_keep_its_memory():
    check = "from abtpro_saas.backtesting.engines.memory import keep_memory as keep"
    script = f"{check}; import numpy as np; keep(); np.ones(10**6).sum()"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
