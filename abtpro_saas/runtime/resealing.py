"""Rotation of the sealing keys: what lies sealed under an old key is sealed anew.

``SEALED`` names every sealed column; a test holds it against the schema. The work is
done as the tables' owner, tenant by tenant and in short transactions. Rows that
somebody else holds are left for the next pass, so nobody waits for more than a batch.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Engine,
    Row,
    Table,
    and_,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from abtpro_saas.billing import accounts
from abtpro_saas.billing.tables import GatewayAccount
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity import answers
from abtpro_saas.identity.access import second_factor
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.platform_tables import Operator, OperatorIdempotencyKey
from abtpro_saas.identity.tables import IdempotencyKey, Tenant, User
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications import service as notifications
from abtpro_saas.notifications.tables import Mail
from abtpro_saas.sealing import Keyring, SealError

BATCH = 200
PASSES = 5
PAUSE_S = 0.5


@dataclass(frozen=True)
class SealedColumn:
    """One column: what its values are bound to, and which of its rows are sealed.

    ``context`` takes the first ``bound`` columns of the primary key.
    """

    column: InstrumentedAttribute[Any]
    context: Callable[..., str]
    bound: int = 1
    where: ColumnElement[bool] = true()  # noqa: RUF009 - a constant

    @property
    def table(self) -> Table:
        """Where the column is."""
        table = self.column.class_.__table__
        assert isinstance(table, Table)  # noqa: S101 - no class here maps a join
        return table

    @property
    def is_tenants(self) -> bool:
        """Tell whether each row belongs to a tenant."""
        return "tenant_id" in self.table.c

    @property
    def is_list(self) -> bool:
        """Tell whether a row holds several sealed values."""
        return isinstance(self.column.type, ARRAY)


SEALED = (
    SealedColumn(User.totp_sealed, second_factor.seal_context, bound=2),
    SealedColumn(GatewayAccount.sealed_secrets, accounts.seal_context),
    SealedColumn(Mail.sealed, notifications.seal_context, bound=2),
    # What moved money is kept for ever, and in clear.
    SealedColumn(
        IdempotencyKey.body,
        answers.tenant_seal_context,
        where=~IdempotencyKey.keep_forever,
    ),
    SealedColumn(Operator.totp_sealed, operators.seal_context),
    SealedColumn(OperatorIdempotencyKey.body, answers.operator_seal_context),
)


@dataclass
class Resealed:
    """What a rotation did."""

    values: int = 0
    unopened: int = 0
    """Values that no key of the ring opens; they stay as they are."""


def reseal(engine: Engine, keyring: Keyring) -> Resealed:
    """Seal under the first key what lies under another; safe to break off and repeat.

    ``engine`` is one of the tables' owner.
    """
    done = Resealed()
    for turn in range(PASSES):
        before = done.values
        done.unopened = 0
        for tenant_id, each in _places(engine):
            _reseal_column(engine, keyring, each, tenant_id, done)
        # A pass without work: what is left now, no key opens or somebody holds on to.
        if done.values == before:
            break
        time.sleep(PAUSE_S if turn else 0)
    return done


def values_by_key(engine: Engine) -> dict[str, int]:
    """Return how many sealed values there are under each key's id."""
    found: Counter[str] = Counter()
    for tenant_id, each in _places(engine):
        each_value = func.unnest(each.column) if each.is_list else each.column
        held = (
            select(each_value.label("value"))
            .where(_own(each, tenant_id), each.where)
            .subquery()
        )
        value = held.c.value
        # Escaped: what is damaged is to be counted, too.
        key_id = func.encode(func.substr(value, 2, func.get_byte(value, 0)), "escape")
        counting = (
            select(key_id, func.count()).where(func.length(value) > 0).group_by(key_id)
        )
        with _transaction(engine, tenant_id) as session:
            rows = session.execute(counting).all()
        found.update({str(key_id): count for key_id, count in rows})
    return dict(found)


def _places(engine: Engine) -> Iterator[tuple[TenantId | None, SealedColumn]]:
    with plain_transaction(engine) as session:
        # The owner reads them as a member of the role that finds tenants by host.
        tenants = list(session.scalars(select(Tenant.tenant_id)))
    for each in SEALED:
        for tenant_id in tenants if each.is_tenants else (None,):
            yield tenant_id, each


def _reseal_column(
    engine: Engine,
    keyring: Keyring,
    each: SealedColumn,
    tenant_id: TenantId | None,
    done: Resealed,
) -> None:
    last: tuple[Any, ...] | None = None
    while True:
        with _transaction(engine, tenant_id) as session:
            rows = _stale(session, keyring, each, tenant_id, last)
            fresh = [_fresh(keyring, each, row, done) for row in rows]
            _write(session, each, [row for row in fresh if row is not None])
        if len(rows) < BATCH:
            return
        last = tuple(rows[-1][:-1])


def _stale(
    session: Session,
    keyring: Keyring,
    each: SealedColumn,
    tenant_id: TenantId | None,
    last: tuple[Any, ...] | None,
) -> list[Row[Any]]:
    key = list(each.table.primary_key.columns)
    head = keyring.head
    if each.is_list:
        value = func.unnest(each.column).column_valued("value")
        other = func.substr(value, 1, len(head)) != head
        is_stale: Any = select(literal(1)).where(other).exists()
    else:
        is_stale = func.substr(each.column, 1, len(head)) != head
    choosing = select(*key, each.column).where(
        _own(each, tenant_id), each.where, is_stale
    )
    if last is not None:
        choosing = choosing.where(tuple_(*key) > tuple_(*last))
    ordered = choosing.order_by(*key).limit(BATCH)
    return list(session.execute(ordered.with_for_update(skip_locked=True)))


def _fresh(
    keyring: Keyring, each: SealedColumn, row: Row[Any], done: Resealed
) -> dict[str, Any] | None:
    held, key = row[-1], row[:-1]
    context = each.context(*key[: each.bound])
    try:
        values = [
            keyring.seal(keyring.open(value, context), context)
            for value in (held if each.is_list else [held])
        ]
    except SealError:
        done.unopened += 1
        return None
    done.values += len(values)
    names = [f"key_{column.name}" for column in each.table.primary_key.columns]
    sealed = values if each.is_list else values[0]
    return dict(zip(names, key, strict=True)) | {"sealed": sealed}


def _write(session: Session, each: SealedColumn, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    key = each.table.primary_key.columns
    here = and_(*(column == bindparam(f"key_{column.name}") for column in key))
    writing = (
        update(each.table)
        .where(here)
        .values({each.column.key: bindparam("sealed", type_=each.column.type)})
    )
    session.connection().execute(writing, rows)


def _own(each: SealedColumn, tenant_id: TenantId | None) -> ColumnElement[bool]:
    return true() if tenant_id is None else each.table.c.tenant_id == tenant_id


@contextmanager
def _transaction(engine: Engine, tenant_id: TenantId | None) -> Iterator[Session]:
    opening = (
        plain_transaction(engine)
        if tenant_id is None
        else tenant_transaction(engine, tenant_id)
    )
    with opening as session:
        yield session
