"""A process with the SDK's threads ends with what it had to say."""

import subprocess
import sys

import pytest

LAST_WORDS = """
from abtpro_saas.runtime.ending import end
print("told")
end({code!r})
"""


@pytest.mark.parametrize(
    ("code", "expected", "complaint"),
    [(0, 0, ""), (None, 0, ""), (3, 3, ""), ("it broke", 1, "it broke\n")],
)
def test_its_words_and_its_code_arrive(code, expected, complaint):
    ended = subprocess.run(
        [sys.executable, "-c", LAST_WORDS.format(code=code)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == expected
    assert ended.stdout == "told\n"
    assert ended.stderr == complaint


def test_an_unknown_command_still_says_so():
    command = [sys.executable, "-m", "abtpro_saas.cli", "nonsense"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "no command 'nonsense'" in ended.stderr
