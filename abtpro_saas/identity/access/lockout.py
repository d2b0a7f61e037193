"""Lock-out of who guesses: per account and per address, longer with each failure.

An attempt is counted before it is checked, and taken back when it succeeds. So guesses
at the same moment cannot slip past the limit together, and no lock is held while a
password is hashed. What was typed is counted whether or not such an account exists.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.errors import TooManyError
from abtpro_saas.identity.platform_tables import OperatorSignInFailure
from abtpro_saas.identity.tables import SignInFailure
from abtpro_saas.ids import TenantId

FORGOTTEN = timedelta(hours=24)
"""After a day without a failure, counting starts anew."""

_SWEPT = 100
_Row = SignInFailure | OperatorSignInFailure


class LockedOutError(TooManyError):
    """Too many attempts failed; says nothing about whether the account exists."""

    code = "locked_out"


@dataclass(frozen=True)
class Guard:
    """How many failures are free, the first pause, and the longest."""

    kind: str
    free: int
    first: timedelta
    longest: timedelta

    def locked_until(self, failures: int, last_at: datetime) -> datetime | None:
        """Return the end of the pause after so many failures, or None without one.

        It doubles with each: with 5 free and 30 s, 30 s, 1 min, 2 min, 4 min …
        """
        beyond = failures - self.free
        if beyond < 0:
            return None
        # 2**20 first pauses exceed every longest one; more would overflow.
        return last_at + min(self.longest, self.first * (1 << min(beyond, 20)))


# The longest pause of an account is short: whoever locks somebody else out by failing
# on purpose must keep at it, and the address runs into its own, longer pause.
ACCOUNT = Guard("account", 5, timedelta(seconds=30), timedelta(minutes=15))
ADDRESS = Guard("address", 20, timedelta(minutes=1), timedelta(hours=1))


@dataclass(frozen=True)
class Counted:
    """An attempt that was counted, or refused outright."""

    refused_until: datetime | None
    """Locked already: the attempt is not to be checked."""
    locks_account: bool
    """If it fails, the account is locked from here on."""

    def check(self, now: datetime) -> None:
        """Refuse the attempt where it came too early.

        Raises:
            LockedOutError: with the seconds to wait.
        """
        if self.refused_until is not None:
            wait_s = int((self.refused_until - now).total_seconds()) + 1
            raise LockedOutError("too many attempts: wait a while", wait_s)


class Attempts:
    """The counts of one tenant, or of the operators where there is no tenant."""

    def __init__(self, session: Session, tenant_id: TenantId | None) -> None:
        self._session = session
        self._owner: dict[str, Any] = (
            {} if tenant_id is None else {"tenant_id": tenant_id}
        )
        self._row: type[_Row] = (
            OperatorSignInFailure if tenant_id is None else SignInFailure
        )

    def count(self, account: str, address: str, now: datetime) -> Counted:
        """Count an attempt as failed, unless account or address is locked already.

        Commit it before the attempt is checked.
        """
        self._sweep(now)
        # Always account before address: two attempts wait for each other in one order.
        account_locked, fails = self._count(ACCOUNT, account, now)
        address_locked, _ = self._count(ADDRESS, address, now)
        ends = [until for until in (account_locked, address_locked) if until]
        locks = not ends and ACCOUNT.locked_until(fails, now) is not None
        return Counted(max(ends, default=None), locks)

    def forgive(self, account: str, address: str) -> None:
        """Forget the account's failures, and this one attempt of the address."""
        self._session.execute(
            delete(self._row).where(self._is(_subject(ACCOUNT, account)))
        )
        self._take_back(_subject(ADDRESS, address))

    def take_back(self, account: str, address: str) -> None:
        """Undo one counted attempt: right so far, but not signed in yet."""
        self._take_back(_subject(ACCOUNT, account))
        self._take_back(_subject(ADDRESS, address))

    def _take_back(self, subject: bytes) -> None:
        row = self._row
        self._session.execute(
            update(row)
            .where(self._is(subject), row.failures > 0)
            .values(failures=row.failures - 1)
        )

    def _count(
        self, guard: Guard, name: str, now: datetime
    ) -> tuple[datetime | None, int]:
        row = self._locked(_subject(guard, name), now)
        if row.last_at <= now - FORGOTTEN:
            row.failures = 0
        until = guard.locked_until(row.failures, row.last_at)
        if until is not None and until > now:
            return until, row.failures
        row.failures += 1
        row.last_at = now
        return None, row.failures

    def _sweep(self, now: datetime) -> None:
        """Delete a batch of what is forgotten, waiting for nobody."""
        batch = (
            select(self._row.subject)
            .where(self._row.last_at <= now - FORGOTTEN, *self._owned())
            .limit(_SWEPT)
            .with_for_update(skip_locked=True)
        )
        self._session.execute(
            delete(self._row)
            .where(self._row.subject.in_(batch), *self._owned())
            .execution_options(synchronize_session=False)
        )

    def _locked(self, subject: bytes, now: datetime) -> _Row:
        """Return the count, made if need be, ours until commit."""
        # In one statement: between two, a success of somebody else deletes the row.
        making = insert(self._row).values(
            **self._owner, subject=subject, failures=0, last_at=now
        )
        kept = making.on_conflict_do_update(
            index_elements=[*self._owner, "subject"],
            set_={"failures": self._row.failures},
        )
        found = self._session.scalars(
            kept.returning(self._row), execution_options={"populate_existing": True}
        ).one()
        return cast("_Row", found)

    def _owned(self) -> list[Any]:
        return [getattr(self._row, name) == key for name, key in self._owner.items()]

    def _is(self, subject: bytes) -> Any:  # noqa: ANN401 - one column of two tables
        return and_(self._row.subject == subject, *self._owned())


def _subject(guard: Guard, name: str) -> bytes:
    return hashlib.sha256(f"{guard.kind}:{name}".encode("utf-8", "replace")).digest()
