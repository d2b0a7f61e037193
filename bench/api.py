"""Top-up creation and wallet reads a second, beside the empty endpoint."""

import json

from sqlalchemy import text

from _load import http, run
from _rig import ROUNDS, SECONDS, Rig, compete, report, rig, seed_wallets, web
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.keys.limits import KeyLimits
from abtpro_saas.identity.keys.service import mint_key
from abtpro_saas.identity.roles import SCOPES, Role
from abtpro_saas.ids import UserId

CONNECTIONS = 16
USERS = 600
OPEN_EACH = 20
"""A user has at most this many unpaid top-ups at once."""


def keys(rig: Rig, users: int) -> list[str]:
    """Return a key for each of that many users."""
    minted = []
    with tenant_transaction(rig.engine, rig.tenant_id) as session:
        ids = session.scalars(text("SELECT user_id FROM users LIMIT :n"), {"n": users})
        for user_id in ids.all():
            scopes = SCOPES[Role.TRADER]
            key = mint_key(
                session,
                rig.tenant_id,
                UserId(user_id),
                name="bench",
                scopes=scopes,
                limits=KeyLimits(scopes),
                now=utc_now(),
            )
            minted.append(key.plain)
    return minted


def main() -> None:
    """Let creation, reading and the empty endpoint alternate; print the ratios."""
    with rig() as made:
        seed_wallets(made, USERS, 1)
        authorised = [f"Authorization: Bearer {key}\r\n" for key in keys(made, USERS)]
        port = int(made.environment["ABTPRO_PORT"])
        host = f"127.0.0.1:{port}"
        body = json.dumps({"amount": "499.00"}).encode()
        size = USERS * (OPEN_EACH - 2) // (ROUNDS + 1)
        turn = iter(range(10**9))

        def each(method: str, path: str, body: bytes = b"") -> tuple[float, float]:
            requests = [
                http(method, path, host, body, authorised[next(turn) % USERS])
                for _ in range(min(size, int(SECONDS * 400)))
            ]
            return run(port, CONNECTIONS, requests)

        create = "/api/v1/payment/promptpay/create"
        with web(made):
            each("GET", "/api/v1/payment/wallet")  # a key's first use is written down
            figures = compete(
                {
                    "top-up creation, with its QR": lambda: each("POST", create, body),
                    "wallet read": lambda: each("GET", "/api/v1/payment/wallet"),
                    "the server's empty endpoint": lambda: each("GET", "/livez"),
                }
            )
    report("Requests over the API", figures, "the server's empty endpoint")


if __name__ == "__main__":
    main()
