"""A market's funding from a file that somebody brings."""

import sys
from pathlib import Path

from abtpro_saas.clock import utc_now
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.funding.passport import inspect_funding
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.reading import read_funding


def funding_from(file: Path) -> FundingRates:
    """Return the rates of a CSV or Parquet file that can be true; tell of the others.

    Raises:
        InvalidError: there is no such file, or it has no rate that can be kept.
    """
    if not file.is_file():
        raise InvalidError(f"there is no file {file}", "funding_file")
    with file.open("rb") as opened:
        rows = read_funding(opened)
    now_ms = round(utc_now().timestamp() * 1000)
    seen = inspect_funding(rows.rates, now_ms, rows.unread)
    for reason, count in seen.put_aside.items():
        sys.stderr.write(f"{count:,} rates put aside: {reason}\n")
    if not len(seen.rates):
        raise InvalidError(f"{file.name} has no rate that can be kept", "funding_file")
    return seen.rates
