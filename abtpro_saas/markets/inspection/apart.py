"""Files that somebody brings are read in a process of their own, with little memory.

Parquet says in kilobytes what fills a machine once it is unpacked. What that does to
its process it does to nobody else's work, and the process knows no password.
"""

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from abtpro_saas.markets.inspection.passport import Reason
from abtpro_saas.markets.inspection.reading import (
    NEEDED,
    OF_TRADES,
    FileError,
    FileRows,
    TradeRows,
    read_file,
)
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.settings import environment_of

MODULE = "abtpro_saas.markets.inspection.apart"
MOST_MEMORY = 3 << 30
"""Bytes: a file with the most rows that are taken needs half of it."""
LONGEST_S = 240
"""Of processor time."""
REFUSED = 3
_OWN = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
_READ, _LEFT = "rows.npz", "refused.json"


def read_apart(file: Any, symbol: str, step: int) -> FileRows | TradeRows:  # noqa: ANN401 - a file of any system
    """Return the rows of an open CSV or Parquet file, as ``read_file`` does.

    Raises:
        FileError: as there, or it needs more memory or time than a file may.
    """
    with TemporaryDirectory(prefix="abtpro-file-") as folder:
        place = Path(folder)
        with (place / "file").open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", MODULE, folder],
            env=environment_of(_OWN, ()),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode == REFUSED:
            told = json.loads((place / _LEFT).read_text())
            raise FileError(told["message"], told["field"])
        if done.returncode:
            raise FileError(
                "the file takes more memory or time than one of candles may", "file"
            )
        with np.load(place / _READ) as left:
            return _rows(left, symbol, step)


def _rows(left: Mapping[str, Any], symbol: str, step: int) -> FileRows | TradeRows:
    cells = zip(left["unread"], left["reason"], left["column"], strict=True)
    unread = {int(row): (Reason(str(why)), str(name)) for row, why, name in cells}
    if "price" in left:
        time, price, amount = (left[name] for name in OF_TRADES)
        return TradeRows(time, price, amount, unread)
    return FileRows(Candles(symbol, step, *(left[name] for name in NEEDED)), unread)


def main() -> int:
    """Read the file in the folder that is named, and leave its rows there."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S, LONGEST_S))
    place = Path(sys.argv[1])
    try:
        with (place / "file").open("rb") as file:
            rows = read_file(file, "", 1)
    except FileError as error:
        told = {"message": str(error), "field": error.field}
        (place / _LEFT).write_text(json.dumps(told))
        return REFUSED
    np.savez(place / _READ, **_columns(rows))
    return 0


def _columns(rows: FileRows | TradeRows) -> dict[str, Any]:
    if isinstance(rows, TradeRows):
        values = dict(zip(OF_TRADES, (rows.time, rows.price, rows.amount), strict=True))
    else:
        of = rows.candles
        columns = (of.time, of.open, of.high, of.low, of.close, of.volume)
        values = dict(zip(NEEDED, columns, strict=True))
    return values | {
        "unread": np.array(list(rows.unread), np.int64),
        "reason": np.array([str(why) for why, _ in rows.unread.values()], np.str_),
        "column": np.array([name for _, name in rows.unread.values()], np.str_),
    }


if __name__ == "__main__":
    sys.exit(main())
