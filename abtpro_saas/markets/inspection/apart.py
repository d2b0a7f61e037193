"""Files that somebody brings are read in a process of their own, with little memory.

Parquet says in kilobytes what fills a machine once it is unpacked. What that does to
its process it does to nobody else's work, and the process knows no password. It ends
with the worker that waits for it; a signal that ends it alone says nothing of the file.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import (
    SIG_DFL,
    SIGABRT,
    SIGHUP,
    SIGINT,
    SIGKILL,
    SIGSEGV,
    SIGTERM,
    SIGXCPU,
    signal,
)
from typing import Any

import numpy as np

from abtpro_saas.errors import UnavailableError
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.reading import OF_FUNDING, FundingRows, read_funding
from abtpro_saas.markets.inspection.aside import Reason, Texts, Unread
from abtpro_saas.markets.inspection.reading import (
    NEEDED,
    OF_TRADES,
    FileRows,
    TradeRows,
    read_file,
)
from abtpro_saas.markets.inspection.tabular import FileError
from abtpro_saas.markets.words import FUNDING
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.settings import environment_of

MODULE = "abtpro_saas.markets.inspection.apart"
MOST_MEMORY = 3 << 30
"""Bytes: a file with the most rows that are taken needs half of it."""
LONGEST_S = 240
"""Of processor time; what does not end then is killed some seconds later."""
LATER_S = 10
LOOK_S = 0.5
REFUSED, TOO_LARGE = 3, 4
_TOO_LARGE = {TOO_LARGE, -SIGXCPU, -SIGABRT, -SIGSEGV}
_KILLED = {-SIGTERM, -SIGKILL, -SIGINT, -SIGHUP}
_OWN = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
_READ, _LEFT = "rows.npz", "refused.json"
_CANDLES = "candles"


class ReaderKilledError(UnavailableError):
    """Somebody ended the process that was reading: the file may be a good one."""

    code = "reader_killed"


def read_apart(file: Any, symbol: str, step: int, place: Path) -> FileRows | TradeRows:  # noqa: ANN401 - a file of any system
    """Return the rows of an open CSV or Parquet file, as ``read_file`` does.

    ``place`` is an empty folder to work in.

    Raises:
        FileError: as there, or it needs more memory or time than a file may.
        ReaderKilledError: somebody ended the process: asking again may help.
    """
    with _left_of(file, _CANDLES, place) as left:
        unread, texts = _unread(left), _texts(left)
        if "price" in left:
            time, price, amount = (left[name] for name in OF_TRADES)
            return TradeRows(time, price, amount, unread, texts)
        candles = Candles(symbol, step, *(left[name] for name in NEEDED))
        return FileRows(candles, unread, texts)


def read_funding_apart(file: Any, place: Path) -> FundingRows:  # noqa: ANN401 - a file of any system
    """Return the rows of an open CSV or Parquet file, as ``read_funding`` does.

    ``place`` is an empty folder to work in.

    Raises:
        FileError: as there, or it needs more memory or time than a file may.
        ReaderKilledError: somebody ended the process: asking again may help.
    """
    with _left_of(file, FUNDING, place) as left:
        rates = FundingRates(*(left[name] for name in OF_FUNDING))
        return FundingRows(rates, _unread(left), _texts(left))


@contextmanager
def _left_of(file: Any, kind: str, place: Path) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - a file of any system
    """Lend the columns that a process of its own has read."""
    with (place / "file").open("wb") as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", MODULE, str(place), kind, str(os.getpid())],
        env=environment_of(_OWN, ()),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What ends the worker's group, a deploy or Ctrl-C, is not about this file.
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        raise _why(done.returncode, kind, place)
    with np.load(place / _READ) as left:
        yield left


def _why(ended: int, kind: str, place: Path) -> FileError | ReaderKilledError:
    """Return what an end other than a good one says."""
    if ended == REFUSED:
        refused = json.loads((place / _LEFT).read_text())
        return FileError(refused["message"], refused["field"])
    if ended in _TOO_LARGE:
        told = f"the file takes more memory or time than one of {kind} may"
        return FileError(told, "file")
    if ended in _KILLED:
        return ReaderKilledError("what read the file was ended: it is read again")
    return FileError("the file cannot be read", "file")


def _unread(left: Mapping[str, Any]) -> Unread:
    cells = zip(left["unread"], left["reason"], left["column"], strict=True)
    return {int(row): (Reason(str(why)), str(name)) for row, why, name in cells}


def _texts(left: Mapping[str, Any]) -> Texts:
    return dict(zip(left["told"].tolist(), left["text"].tolist(), strict=True))


def main() -> int:
    """Read the file in the folder that is named, and leave its rows there."""
    place, kind, worker = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    signal(SIGINT, SIG_DFL)  # as an exception it could look like a fault of the file
    threading.Thread(target=_end_with, args=[worker, place], daemon=True).start()
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S, LONGEST_S + LATER_S))
    try:
        with (place / "file").open("rb") as file:
            rows = read_funding(file) if kind == FUNDING else read_file(file, "", 1)
    except FileError as error:
        told = {"message": str(error), "field": error.field}
        (place / _LEFT).write_text(json.dumps(told))
        return REFUSED
    except MemoryError:
        return TOO_LARGE
    np.savez(place / _READ, **_columns(rows))
    return 0


def _end_with(worker: int, place: Path) -> None:
    """End once the worker has died, which cannot remove the folder any more."""
    while os.getppid() == worker:
        time.sleep(LOOK_S)
    shutil.rmtree(place, ignore_errors=True)
    os._exit(1)


def _columns(rows: FileRows | TradeRows | FundingRows) -> dict[str, Any]:
    names, columns = _named(rows)
    return dict(zip(names, columns, strict=True)) | {
        "unread": np.array(list(rows.unread), np.int64),
        "reason": np.array([str(why) for why, _ in rows.unread.values()], np.str_),
        "column": np.array([name for _, name in rows.unread.values()], np.str_),
        "told": np.array(list(rows.texts), np.int64),
        "text": np.array(list(rows.texts.values()), np.str_),
    }


def _named(
    rows: FileRows | TradeRows | FundingRows,
) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    if isinstance(rows, TradeRows):
        return OF_TRADES, (rows.time, rows.price, rows.amount)
    if isinstance(rows, FundingRows):
        return OF_FUNDING, (rows.rates.time, rows.rates.rate, rows.rates.mark)
    of = rows.candles
    return NEEDED, (of.time, of.open, of.high, of.low, of.close, of.volume)


if __name__ == "__main__":
    sys.exit(main())
