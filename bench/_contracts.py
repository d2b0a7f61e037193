"""Crowds of users with rental contracts, made by SQL in bulk, with known ids.

And what pgbench sends for one of them: a sample's own statements, with its ids turned
into expressions of a contract's number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from uuid import UUID

import psycopg
from sqlalchemy import Engine, text

from _rig import Rig
from _rival import noted
from abtpro_saas.clock import utc_now
from abtpro_saas.database import make_engine
from abtpro_saas.ids import TenantId, UserId

PER_TENANT = {"tenant", "BASIC", "PREMIUM", "ENTERPRISE", "revenue", "vat"}
"""What there is one of for each tenant; of the rest there is one for each contract."""
KINDS = (*sorted(PER_TENANT), "user", "wallet", "contract")


@dataclass(frozen=True)
class Crowd:
    """Users of so many tenants: contract n is of tenant n % ``tenants``."""

    name: str
    tenants: int

    def id(self, kind: str, n: int) -> UUID:
        """Return the id of what contract ``n`` has, or its tenant has."""
        number = n % self.tenants if kind in PER_TENANT else n
        digest = md5(f"{self.name} {kind} {number}".encode(), usedforsecurity=False)
        return UUID(digest.hexdigest())

    def sql(self, kind: str, n: str) -> str:
        """Return the same as an SQL expression; ``n`` is one."""
        number = f"({n})::bigint % {self.tenants}" if kind in PER_TENANT else n
        return f"md5('{self.name} {kind} ' || ({number})::text)::uuid"

    def tenant(self, n: int) -> TenantId:
        return TenantId(self.id("tenant", n))

    def user(self, n: int) -> UserId:
        return UserId(self.id("user", n))


def seed(
    rig: Rig,
    crowd: Crowd,
    contracts: range,
    start: datetime,
    end: datetime,
    *,
    period: str = "P1M",
    spread_s: int = 1,
    funded: bool = True,
) -> None:
    """Give each user a funded wallet and a contract that renews itself at ``end``.

    With ``spread_s`` the ends are spread over so many seconds from there on; contracts
    that are not ``funded`` stand without users and wallets.
    """
    values = {
        "now": utc_now(),
        "start": start,
        "end": end,
        "period": period,
        "name": crowd.name,
    }
    engine = make_engine(rig.server.superuser_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in [*_OFFERS, *(_USERS if funded else []), _RENTED]:
            filled = filled_in(statement, crowd, contracts, spread=spread_s)
            connection.execute(text(filled.replace("::", r"\:\:")), values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def filled_in(statement: str, crowd: Crowd, contracts: range, **numbers: int) -> str:
    """Return ``statement`` with ids, ``$first`` and ``$last`` number in their place."""
    numbers |= {
        "tenants": crowd.tenants - 1,
        "first": contracts.start,
        "last": contracts.stop - 1,
    }
    ids = {kind: crowd.sql(kind, "n") for kind in KINDS}
    for name, value in (numbers | ids).items():
        statement = statement.replace(f"${name}", str(value))
    return statement


_OFFERS = [
    """INSERT INTO tenants (tenant_id, slug, name, created_at)
       SELECT $tenant, :name || n, 'Tenant ' || n, :now
       FROM generate_series(0, $tenants) n ON CONFLICT DO NOTHING""",
    """INSERT INTO seller_profiles (tenant_id, branch, name_th, name_en, address_th,
         address_en, tax_id, form, registered_since, updated_at)
       SELECT $tenant, '00000', 'Siam', 'Siam', 'Bangkok', 'Bangkok', '0105561000011',
         'FULL', '2020-01-01', :now
       FROM generate_series(0, $tenants) n ON CONFLICT DO NOTHING""",
    """INSERT INTO accounts
       SELECT $tenant, $revenue, 'REVENUE', $tenant, 'THB', :now
       FROM generate_series(0, $tenants) n UNION ALL
       SELECT $tenant, $vat, 'OUTPUT_VAT', $tenant, 'THB', :now
       FROM generate_series(0, $tenants) n ON CONFLICT DO NOTHING""",
    *(
        f"""INSERT INTO plans (tenant_id, plan_id, code, version, name_th, name_en,
              price, yearly_price, period, grace_period, features, published_at)
            SELECT $tenant, ${code}, '{code}', 1, '{code}', '{code}', {price},
              {price * 10}, :period, 'P3D', '{{"max_bots"\\: 2,
              "basic_strategies"\\: true, "email_support"\\: true}}', :start
            FROM generate_series(0, $tenants) n ON CONFLICT DO NOTHING"""
        for code, price in (
            ("BASIC", 49_900),
            ("PREMIUM", 149_900),
            ("ENTERPRISE", 499_900),
        )
    ),
]

_USERS = [
    """INSERT INTO users (tenant_id, user_id, email, name, role, locale, created_at)
       SELECT $tenant, $user, 'u' || n || '@example.com', 'User ' || n, 'trader', 'th',
         :start FROM generate_series($first, $last) n""",
    """INSERT INTO accounts
       SELECT $tenant, $wallet, 'WALLET', $user, 'THB', :start
       FROM generate_series($first, $last) n""",
    """INSERT INTO wallets (tenant_id, account_id, user_id, balance, updated_at)
       SELECT $tenant, $wallet, $user, 10000000, :start
       FROM generate_series($first, $last) n""",
]

_RENTED = """INSERT INTO contracts (tenant_id, contract_id, user_id, plan_id, price,
      anchor_at, period_start, period_end, grace_ends_at, auto_renew, created_at,
      reminded_at, review_at)
    SELECT $tenant, $contract, $user, $BASIC, 49900, :start, :start,
      :end + n % $spread * interval '1 s',
      :end + n % $spread * interval '1 s' + interval '3 days',
      true, :start, :start, :start
    FROM generate_series($first, $last) n"""


@dataclass(frozen=True)
class Sample:
    """What was sent for contract ``n``: its statements, with their values in place."""

    crowd: Crowd
    n: int
    statements: list[str]

    def ids(self) -> set[str]:
        return {_plain(each) for sql in self.statements for each in _ID.findall(sql)}

    def expressions(self) -> dict[str, str]:
        """Return how each id that belongs to the contract follows from its number."""
        crowd, n = self.crowd, self.n
        return {crowd.id(kind, n).hex: crowd.sql(kind, ":n") for kind in KINDS}


def sampled(
    rig: Rig, engine: Engine, crowd: Crowd, work: Callable[[int], object]
) -> list[str]:
    """Do ``work`` for three contracts of one tenant; return what was sent for any.

    The tenant's binding comes first. The first contract's is no rule: what a tenant
    has one of may be made then.
    """
    work(0)
    one, other = (
        _sample(rig, engine, crowd, n, work) for n in (crowd.tenants, crowd.tenants * 2)
    )
    return templates(one, other)


SAMPLED = 3
"""So many contracts of each tenant are used up by that, at most."""


def _sample(
    rig: Rig, engine: Engine, crowd: Crowd, n: int, work: Callable[[int], object]
) -> Sample:
    bound = f"SELECT set_config('app.tenant_id', '{crowd.tenant(n)}'::text, true)"
    statements = [(bound, {}), *noted(engine, lambda: work(n))]
    with psycopg.connect(rig.server.app_url) as connection:
        cursor = psycopg.ClientCursor(connection)
        return Sample(crowd, n, [cursor.mogrify(*each) for each in statements])


_ID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_NO_VARIABLE = ":(?=[A-Za-z_])"
"""What pgbench would take for a variable, in literals too."""
_DOCUMENT = r"INV-[\d-]+"
_LITERAL = re.compile(r"(E?)'((?:[^'\\]|''|\\.)*)'")


def templates(one: Sample, other: Sample) -> list[str]:
    """Return the statements of ``one`` for any contract, by its number ``:n``.

    An id that both samples have is a constant; other ids are the contract's, or new and
    so made of its number. Other text differs by that number, or a document's.
    """
    return _Templates(one, other).render()


class _Templates:
    def __init__(self, one: Sample, other: Sample) -> None:
        self._one, self._other = one, other
        self._known = one.expressions()
        self._constants = (one.ids() & other.ids()) - self._known.keys()

    def render(self) -> list[str]:
        pairs = zip(self._one.statements, self._other.statements, strict=True)
        return [f"{' '.join(self._statement(*pair).split())};" for pair in pairs]

    def _statement(self, mine: str, theirs: str) -> str:
        others = iter(_LITERAL.findall(theirs))

        def put(match: re.Match[str]) -> str:
            mine, theirs = _ID.sub("", match[2]), _ID.sub("", next(others)[1])
            # The legs of a journal are in the order of their ids: no words differ.
            same = mine == theirs or not re.search("[A-Za-z]", mine)
            return self._literal(match[1], match[2], same=same)

        return _LITERAL.sub(put, mine)

    def _literal(self, escapes: str, body: str, *, same: bool) -> str:
        if _ID.fullmatch(body) and _plain(body) not in self._constants:
            return f"({self._id(body)})"
        number = rf"(?<!\d){self._one.n}(?!\d)"
        marks = [_ID.pattern, _NO_VARIABLE, *([] if same else [_DOCUMENT, number])]
        parts, at = [], 0
        for found in re.finditer("|".join(marks), body):
            if _plain(found[0]) in self._constants:
                continue
            parts += [f"{escapes}'{body[at : found.start()]}'", self._text(found[0])]
            at = found.end()
        joined = " || ".join([*parts, f"{escapes}'{body[at:]}'"])
        return f"({joined})" if parts else joined

    def _text(self, mark: str) -> str:
        if _ID.fullmatch(mark):
            return f"({self._id(mark)})::text"
        return "chr(58)" if mark == ":" else "(:n)::text"

    def _id(self, mark: str) -> str:
        made = len(self._known)
        new = f"md5('new {made} ' || (:n)::text)::uuid"
        return self._known.setdefault(_plain(mark), new)


def _plain(found: str) -> str:
    return found.replace("-", "")
