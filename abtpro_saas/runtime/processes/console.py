"""What the person at the console sees: each process's lines behind its name."""

import sys
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
WIDTH = 10
OURS = "abtpro"


class Console:
    """Writes lines with a prefix, coloured where a person reads them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty()
        self._names: list[str] = []
        self._open = True

    def line(self, name: str, text: str) -> None:
        """Show one line of ``name``."""
        self._write(f"{self._prefix(name)} {text}\n")

    def say(self, text: str) -> None:
        """Show a line of the supervisor's own."""
        self.line(OURS, text)

    def block(self, text: str) -> None:
        """Show text as it is, without prefixes."""
        self._write(text)

    def _prefix(self, name: str) -> str:
        padded = f"{name:<{WIDTH}} |"
        if not self._coloured:
            return padded
        if name not in self._names:
            self._names.append(name)
        colour = COLOURS[self._names.index(name) % len(COLOURS)]
        return f"\x1b[{colour}m{padded}\x1b[0m"

    def _write(self, text: str) -> None:
        if not self._open:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            # Whoever read us is gone (`./dev up | head`); the platform runs on.
            self._open = False
