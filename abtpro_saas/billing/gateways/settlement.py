"""A gateway's daily settlement file: what was paid, what the gateway kept, and totals.

A header, one row a payment, and a last line ``TOTAL`` with the count and the sums. A
file whose rows and totals differ is rejected whole: which of the two is wrong cannot
be told from the file.
"""

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from abtpro_saas.billing.gateways.json_reading import IDENTIFIER, parse_instant
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import THB, AmountError, Satang, parse_baht

HEADER = (
    "gateway_txn_id",
    "reference_id",
    "gross",
    "fee",
    "fee_vat",
    "net",
    "paid_at",
    "currency",
)
TOTAL = "TOTAL"

_REFERENCE = re.compile(r"[!-~]{0,128}", re.ASCII)  # empty: the payer typed none
_COUNT = re.compile(r"\d{1,9}", re.ASCII)


class SettlementError(InvalidError):
    """The file contradicts itself or cannot be read; none of it counts."""

    code = "settlement_rejected"


@dataclass(frozen=True)
class SettlementRow:
    """One payment: ``gross`` was paid, ``net`` arrives, the rest is the fee."""

    gateway_txn_id: str
    reference: str
    gross: Satang
    fee: Satang
    fee_vat: Satang
    net: Satang
    paid_at: datetime
    currency: str = THB


@dataclass(frozen=True)
class Settlement:
    """A whole file that agrees with itself; ``fingerprint`` is SHA-256 of its bytes."""

    day: date
    rows: tuple[SettlementRow, ...]
    fingerprint: bytes

    @property
    def gross(self) -> Satang:
        """What payers paid."""
        return Satang(sum(row.gross for row in self.rows))

    @property
    def fees(self) -> Satang:
        """What the gateway kept, without VAT."""
        return Satang(sum(row.fee for row in self.rows))

    @property
    def fee_vat(self) -> Satang:
        """VAT on what the gateway kept."""
        return Satang(sum(row.fee_vat for row in self.rows))

    @property
    def net(self) -> Satang:
        """What arrives in the tenant's bank account."""
        return Satang(sum(row.net for row in self.rows))


def parse_settlement(raw: bytes, day: date) -> Settlement:
    """Return the settlement file of ``day``.

    Raises:
        SettlementError: broken, cut short, a payment twice, another currency, or
            sums that differ from the rows.
    """
    try:
        lines = list(csv.reader(io.StringIO(raw.decode("utf-8")), strict=True))
    except (ValueError, csv.Error):
        raise SettlementError("the file is not CSV in UTF-8") from None
    if not lines or tuple(lines[0]) != HEADER:
        raise SettlementError("the file does not begin with the expected header")
    if len(lines) < len((HEADER, TOTAL)) or lines[-1][:1] != [TOTAL]:
        raise SettlementError("the file does not end with its total: it was cut short")
    rows = tuple(_row(line, at) for at, line in enumerate(lines[1:-1], start=2))
    if len({row.gateway_txn_id for row in rows}) != len(rows):
        raise SettlementError("a payment stands twice")
    settlement = Settlement(day, rows, hashlib.sha256(raw).digest())
    _check_total(lines[-1], settlement)
    return settlement


def _row(line: Sequence[str], at: int) -> SettlementRow:
    if len(line) != len(HEADER):
        raise SettlementError(f"line {at} has not {len(HEADER)} fields")
    txn, reference, gross, fee, fee_vat, net, paid_at, currency = line
    if not IDENTIFIER.fullmatch(txn) or not _REFERENCE.fullmatch(reference):
        raise SettlementError(f"line {at} has no usable transaction or reference")
    if currency != THB:
        raise SettlementError(f"line {at} is not in THB")
    paid, kept, vat, arrived = _amounts([gross, fee, fee_vat, net], at)
    if paid == 0 or paid - kept - vat != arrived:
        raise SettlementError(f"line {at}: gross less fees is not net")
    instant = parse_instant(paid_at)
    if instant is None:
        raise SettlementError(f"line {at} does not say when it was paid, with its zone")
    return SettlementRow(txn, reference, paid, kept, vat, arrived, instant)


def _check_total(line: Sequence[str], settlement: Settlement) -> None:
    if len(line) != len(HEADER) or not _COUNT.fullmatch(line[1]):
        raise SettlementError("the total does not give a count and four sums")
    sums = [settlement.gross, settlement.fees, settlement.fee_vat, settlement.net]
    if int(line[1]) != len(settlement.rows) or _amounts(line[2:6], 0) != sums:
        raise SettlementError("the total differs from the rows")
    if (line[6], line[7]) != ("", THB):
        raise SettlementError("the total is not in THB")


def _amounts(texts: Sequence[str], at: int) -> list[Satang]:
    try:
        return [parse_baht(text) for text in texts]
    except AmountError:
        raise SettlementError(f"line {at or 'TOTAL'} has no exact amounts") from None
