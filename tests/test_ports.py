"""Tests that run side by side never get the same ports."""

import subprocess
import sys
from pathlib import Path

from tests.ports import BLOCK, reserved_ports

ROOT = Path(__file__).parents[1]
ASK = "from tests.ports import reserved_ports; print(reserved_ports()); input()"


def test_each_caller_has_a_block_of_its_own_until_its_process_ends():
    own = reserved_ports()
    other = subprocess.Popen(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    theirs = int(other.stdout.readline())
    bases = [own, theirs, reserved_ports()]
    other.communicate("\n")

    assert len({base // BLOCK for base in bases}) == 3
