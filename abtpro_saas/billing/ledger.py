"""The double-entry ledger: accounts, and journals that sum to zero.

A positive amount credits an account, a negative one debits it. The database itself
refuses what does not balance, crosses tenants or currencies, or overdraws a wallet
(``migrations/versions/0003_ledger.py``); here those refusals get their names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from abtpro_saas.billing.tables import Account, Journal, Posting, Wallet
from abtpro_saas.billing.words import AccountKind, JournalKind
from abtpro_saas.database import Write, write_together
from abtpro_saas.errors import ConflictError, InvalidError, NotFoundError
from abtpro_saas.ids import TenantId, UserId, new_id
from abtpro_saas.money import THB, Satang


class InsufficientFundsError(ConflictError):
    """A wallet holds less than is to be taken from it."""

    code = "insufficient_funds"


class UnbalancedError(InvalidError):
    """The legs of a journal do not sum to zero, or one of them is zero."""

    code = "unbalanced"


class PostedError(ConflictError):
    """A cause moves money once; its journal is there already."""

    code = "already_posted"


class ReversedError(ConflictError):
    """A journal is reversed once at most, and a reversal never."""

    code = "already_reversed"


class Leg(NamedTuple):
    """One account's part of a journal, in satang: positive credits, negative debits."""

    account_id: UUID
    amount: int


@dataclass(frozen=True)
class Draft:
    """A journal to be posted. ``source`` names its cause and can be posted once."""

    kind: JournalKind
    source: str
    legs: tuple[Leg, ...]
    description: str
    currency: str = THB
    reverses_id: UUID | None = None


_JOURNAL = """
INSERT INTO journals (tenant_id, journal_id, kind, currency, occurred_at, source,
                      description, reverses_id)
VALUES (%(l_tenant)s, %(l_journal)s, %(l_kind)s, %(l_currency)s, %(l_now)s,
        %(l_source)s, %(l_description)s, %(l_reverses)s)
"""

_POSTINGS = """
INSERT INTO postings (tenant_id, journal_id, line, account_id, currency, amount,
                      posted_at)
SELECT %(l_tenant)s, %(l_journal)s, leg.line, leg.account_id, %(l_currency)s,
       leg.amount, %(l_now)s
FROM unnest(cast(%(l_accounts)s AS uuid[]), cast(%(l_amounts)s AS bigint[]))
     WITH ORDINALITY AS leg (account_id, amount, line)
"""


def post(session: Session, tenant_id: TenantId, draft: Draft, now: datetime) -> UUID:
    """Write ``draft`` and return its journal's id.

    Raises:
        UnbalancedError: the legs do not sum to zero, or one is zero.
        InsufficientFundsError: a wallet would fall below zero.
        PostedError: the same cause has been posted before.
    """
    journal_id = new_id()
    post_with(session, *posting(tenant_id, draft, now, journal_id))
    return journal_id


def posting(
    tenant_id: TenantId, draft: Draft, now: datetime, journal_id: UUID
) -> tuple[Write, Write]:
    """Return the writes that post ``draft``, for one statement with others.

    Wallets are locked in the order of their ids, so two postings never wait for each
    other in a circle.

    Raises:
        UnbalancedError: the legs do not sum to zero, or one is zero.
    """
    legs = sorted(draft.legs)
    if sum(leg.amount for leg in legs) or not all(leg.amount for leg in legs):
        raise UnbalancedError("the legs of a journal sum to zero, none is zero")
    values = {
        "l_tenant": tenant_id,
        "l_journal": journal_id,
        "l_kind": draft.kind,
        "l_currency": draft.currency,
        "l_now": now,
        "l_source": draft.source,
        "l_description": draft.description,
        "l_reverses": draft.reverses_id,
        "l_accounts": [leg.account_id for leg in legs],
        "l_amounts": [leg.amount for leg in legs],
    }
    return Write(_JOURNAL, values), Write(_POSTINGS, values)


def post_with(session: Session, *writes: Write) -> None:
    """Run a posting's writes, and others with it, as one statement.

    Raises:
        InsufficientFundsError: a wallet would fall below zero.
        PostedError: the same cause has been posted before.
    """
    try:
        write_together(session, *writes)
    except IntegrityError as error:
        raise _named(error) from error


def _named(error: IntegrityError) -> Exception:
    cause = error.orig
    name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
    if name == "ck_wallets_balance":
        return InsufficientFundsError("the wallet does not hold that much")
    if name == "uq_journals_tenant_id_source":
        return PostedError("this has been posted already")
    return error


def reverse(
    session: Session, tenant_id: TenantId, journal_id: UUID, reason: str, now: datetime
) -> UUID:
    """Post the opposite of a journal: the only way to correct one.

    Raises:
        NotFoundError: the tenant has no such journal.
        ReversedError: it has been reversed already, or is a reversal itself.
    """
    journal = session.get(Journal, (tenant_id, journal_id))
    if journal is None:
        raise NotFoundError("there is no such journal")
    if journal.kind == JournalKind.REVERSAL:
        raise ReversedError("a reversal stays; post the journal anew")
    draft = Draft(
        JournalKind.REVERSAL,
        f"reversal:{journal_id}",
        tuple(Leg(p.account_id, -p.amount) for p in _legs(session, journal)),
        reason,
        journal.currency,
        journal_id,
    )
    try:
        return post(session, tenant_id, draft, now)
    except PostedError:
        raise ReversedError("this journal has been reversed already") from None


def _legs(session: Session, journal: Journal) -> Sequence[Posting]:
    query = select(Posting).where(
        Posting.tenant_id == journal.tenant_id, Posting.journal_id == journal.journal_id
    )
    return session.scalars(query).all()


def account(
    session: Session,
    tenant_id: TenantId,
    kind: AccountKind,
    owner_id: UUID,
    now: datetime,
    *,
    currency: str = THB,
) -> UUID:
    """Return the id of an account, which is made where it is missing."""
    query = select(Account.account_id).where(
        Account.tenant_id == tenant_id,
        Account.kind == kind,
        Account.owner_id == owner_id,
        Account.currency == currency,
    )
    found = session.scalar(query)
    if found is not None:
        return found
    session.execute(
        insert(Account)
        .values(
            tenant_id=tenant_id,
            account_id=new_id(),
            kind=kind,
            owner_id=owner_id,
            currency=currency,
            created_at=now,
        )
        .on_conflict_do_nothing()
    )
    return session.scalars(query).one()


def wallet(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> Wallet:
    """Return a user's baht wallet, which is made where it is missing."""
    query = select(Wallet).where(
        Wallet.tenant_id == tenant_id, Wallet.user_id == user_id, Wallet.currency == THB
    )
    found = session.scalar(query)
    if found is not None:
        return found
    account_id = account(session, tenant_id, AccountKind.WALLET, user_id, now)
    session.execute(
        insert(Wallet)
        .values(
            tenant_id=tenant_id, account_id=account_id, user_id=user_id, updated_at=now
        )
        .on_conflict_do_nothing()
    )
    return session.scalars(query).one()


def credit_balance(session: Session, tenant_id: TenantId, account_id: UUID) -> Satang:
    """Return the sum of an account's postings, in satang."""
    total = session.scalar(
        text(
            "SELECT coalesce(sum(amount), 0)::bigint FROM postings"
            " WHERE tenant_id = :tenant AND account_id = :account"
        ),
        {"tenant": tenant_id, "account": account_id},
    )
    return Satang(total or 0)
