"""Accepted and credited notices a second, against pgbench and the empty endpoint."""

import json
import sys
from datetime import datetime
from uuid import uuid4

from _load import http, run
from _rig import SECONDS, SECRET, WALLETS, Rig, compete, report, rig, seed_wallets, web
from _rival import function_of, pgbench, script, statements_of_a_credit
from abtpro_saas.billing.gateways import signatures
from abtpro_saas.clock import utc_now

CONNECTIONS = 16
PATH = "/api/v1/payment/webhook/promptpay"


class Topups:
    """Hands out top-ups that nobody has paid yet."""

    def __init__(self, wallets: int) -> None:
        self.wallets = wallets
        self.next = 0

    def take(self, count: int) -> int:
        """Return the number of the first of ``count`` fresh ones."""
        first, self.next = self.next, self.next + count
        return first


def notice(topup: int, now: datetime, host: str) -> bytes:
    """Return the whole request of a signed notice that pays one top-up."""
    body = {
        "event_id": f"evt_{uuid4().hex}",
        "event_type": "payment.succeeded",
        "merchant_id": "bench",
        "transaction_id": f"txn_{uuid4().hex}",
        "reference_id": f"R{topup:014d}",
        "amount": "499.00",
        "currency": "THB",
        "paid_at": now.isoformat(),
        "created_at": now.isoformat(),
    }
    raw = json.dumps(body).encode()
    header = f"X-PromptPay-Signature: {signatures.sign(raw, [SECRET], now)}\r\n"
    return http("POST", PATH, host, raw, header)


def measure(rig: Rig, topups: Topups, title: str) -> None:
    """Let the webhook, pgbench and the empty endpoint alternate; print the ratios."""
    port = int(rig.environment["ABTPRO_PORT"])
    host = f"127.0.0.1:{port}"
    sample = topups.take(1)
    text = script(statements_of_a_credit(rig, sample), sample, topups.wallets)
    rig.superuser(function_of(text).replace(":", r"\:"))
    head, *_, tail = text.split("\n")
    one_call = f"{head}\nSELECT bench_credit(:n);\n{tail}"
    size = int(SECONDS * 400)

    def webhook() -> tuple[float, float | None]:
        now, first = utc_now(), topups.take(size)
        return run(
            port, CONNECTIONS, [notice(first + n, now, host) for n in range(size)]
        )

    def empty() -> tuple[float, float | None]:
        return run(port, CONNECTIONS, [http("GET", "/livez", host)] * (size * 4))

    def rival(form: str) -> tuple[float, float | None]:
        first = topups.take(int(SECONDS * 8000))
        return pgbench(rig.server.app_url, form, first)[0], None

    figures = compete(
        {
            "webhook, accepted and credited": webhook,
            "pgbench, same statements and trips": lambda: rival(text),
            "pgbench, as one SQL function": lambda: rival(one_call),
            "the server's empty endpoint": empty,
        }
    )
    report(title, figures, "pgbench, same statements and trips")


def main() -> None:
    """Measure over many wallets, and on one that everybody pays into."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with rig() as many:
        seed_wallets(many, WALLETS, each)
        with web(many):
            measure(many, Topups(WALLETS), f"Notices over {WALLETS:,} wallets")
    with rig() as hot:
        seed_wallets(hot, 1, WALLETS * each)
        with web(hot):
            measure(hot, Topups(1), "Notices into one wallet")


if __name__ == "__main__":
    main()
