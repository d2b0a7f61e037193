"""Programs that call the platform's API with a key, until they are answered."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx

from abtpro_saas.money import baht, parse_baht

PATIENCE_S = 300
CREATE = "/api/v1/payment/promptpay/create"


def until(happened, patience_s=PATIENCE_S):
    """Wait until a condition holds, and return what it gave."""
    deadline = time.monotonic() + patience_s
    while not (found := happened()):
        assert time.monotonic() < deadline, happened
        time.sleep(0.05)
    return found


def until_nothing(is_wrong, patience_s=PATIENCE_S):
    """Wait until nothing is wrong; fail with what still is."""
    deadline = time.monotonic() + patience_s
    while wrong := is_wrong():
        assert time.monotonic() < deadline, wrong
        time.sleep(0.2)


class Caller:
    """A partner's system with one user's key: it asks until it is answered."""

    def __init__(self, base_url, tenant, user):
        self.slug, self.merchant_id = tenant["slug"], tenant["merchant_id"]
        self.email = user["email"]
        self.statuses = set()
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {user['api_key']}"},
            timeout=15,
            trust_env=False,
        )

    def close(self):
        self._http.close()

    def ask(self, method, path, **more):
        """Ask once; None where nobody answers."""
        try:
            answer = self._http.request(method, path, **more)
        except httpx.TransportError:
            return None
        self.statuses.add(answer.status_code)
        return answer

    def _insist(self, method, path, **more):
        def answered():
            answer = self.ask(method, path, **more)
            # 409: what a killed server left open, or a top-up that was just paid.
            if answer is None or answer.status_code in {429, 503}:
                return None
            if answer.is_success:
                return answer.json()
            code = answer.json()["code"]
            assert answer.status_code == 409, answer.text
            return None if code == "idempotency_key_in_flight" else {"code": code}

        return until(answered)

    def must(self, method, path, **more):
        """Insist; asked again with one key, a thing is made once."""
        return self._insist(
            method, path, headers={"Idempotency-Key": uuid4().hex}, **more
        )


class Trader(Caller):
    """Makes top-ups, and looks at what became of them."""

    def __init__(self, *who):
        super().__init__(*who)
        self.topups = []

    def create(self, amount):
        """Return a new top-up; asked again with one key, it is made once."""
        body, key = {"amount": baht(amount)}, {"Idempotency-Key": uuid4().hex}
        made = self._insist("POST", CREATE, json=body, headers=key)
        self.topups.append(made["id"])
        return made

    def topup(self, topup_id):
        return self._insist("GET", f"/api/v1/payment/topups/{topup_id}")

    def cancel(self, topup_id):
        return self._insist("DELETE", f"/api/v1/payment/topups/{topup_id}")

    @property
    def balance(self):
        return self._insist("GET", "/api/v1/payment/wallet")["balance"]

    def pages(self, limit):
        """Return the pages of the statement of this day: (opening, moved, closing)."""
        now = datetime.now(UTC)
        asked = {
            "from": (now - timedelta(days=1)).isoformat(),
            "to": (now + timedelta(days=1)).isoformat(),
            "limit": limit,
        }
        while asked:
            page = self._insist("GET", "/api/v1/payment/statement", params=asked)
            amounts = [_satang(each["amount"]) for each in page["movements"]]
            yield _satang(page["opening"]), sum(amounts), _satang(page["closing"])
            cursor = page["next_cursor"]
            asked = asked | {"cursor": cursor} if cursor else None


class Admin(Caller):
    """Gives money back, and confirms by hand."""

    def refund(self, topup_id, amount):
        """Ask for a refund; asked again with one key, it is made once."""
        body, key = {"amount": baht(amount), "reason": "asked for"}, uuid4().hex
        path = f"/api/v1/admin/topups/{topup_id}/refund"
        headers = {"Idempotency-Key": key}
        made = self._insist("POST", path, json=body, headers=headers)
        assert made.get("state") in {"REQUESTED", "DONE"}, made

    def confirm(self, topup_id, slip, amount):
        """Confirm a transfer. There is no key: the slip itself counts once."""
        body = {
            "sending_bank": "014",
            "slip_reference": slip,
            "amount": baht(amount),
            "paid_at": datetime.now(UTC).isoformat(),
        }
        path = f"/api/v1/admin/topups/{topup_id}/confirm"
        made = self._insist("POST", path, json=body)
        assert made.get("status") == "SUCCESS" or made == {"code": "slip_used"}, made

    def take_by_hand(self):
        """Let the tenant's next top-ups be confirmed by an admin."""
        body = {
            "driver": "manual",
            "merchant_id": f"by-hand-{uuid4().hex}",
            "secret": "not-used-by-anybody",
            "promptpay_id": "0812345678",
            "promptpay_kind": "PHONE",
        }
        self._insist("PUT", "/api/v1/admin/gateway", json=body)


def _satang(text):
    amount = parse_baht(text.removeprefix("-"))
    return -amount if text.startswith("-") else amount
