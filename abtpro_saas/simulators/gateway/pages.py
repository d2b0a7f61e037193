"""The page on which one scans a QR as with a bank's app, and pays it."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from abtpro_saas.billing.gateways.port import EventType
from abtpro_saas.billing.qr.emvco import BillPayment, CreditTransfer, read_payload
from abtpro_saas.billing.qr.image import png_data_uri
from abtpro_saas.clock import BANGKOK, utc_now
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import Satang, baht, parse_baht
from abtpro_saas.simulators.gateway import bodies, control, payments, transfers
from abtpro_saas.simulators.gateway.bodies import RefusedError
from abtpro_saas.simulators.gateway.store import Row, Store
from abtpro_saas.simulators.gateway.texts import LANGUAGES, texts

FOLDER = Path(__file__).parent.parent / "templates" / "gateway"


def _money(text: str) -> str:
    """Return an amount with its thousands set apart."""
    whole, _, rest = text.partition(".")
    return f"{int(whole):,}.{rest}"


_templates = Jinja2Templates(FOLDER)
_templates.env.filters["money"] = _money

_WAITING = """
SELECT q.*, a.name FROM qrs q JOIN accounts a USING (merchant_id)
WHERE q.status = 'ACTIVE' AND q.expires_at > ? AND q.payload IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.merchant_id = q.merchant_id
                  AND p.reference_id = q.reference_id AND p.status = 'SUCCESS')
ORDER BY q.created_at DESC LIMIT 12
"""

_FAULTS = ("pay_twice", "repeat", "less", "more", "late", "lost", "fail")


async def scan(request: Request) -> Response:
    """Show what can be paid, or what a scanned payload asks for."""
    payload = request.query_params.get("payload", "").strip()
    if not payload:
        return _page(request, "scan.html", **_overview(request))
    try:
        scanned = read_payload(payload)
    except InvalidError as error:
        found = _overview(request) | {"payload": payload, "error": str(error)}
        return _page(request, "scan.html", HTTPStatus.UNPROCESSABLE_ENTITY, **found)
    bill = scanned if isinstance(scanned, BillPayment) else None
    return _page(
        request,
        "pay.html",
        payload=payload,
        bill=bill,
        target=scanned.target.value if isinstance(scanned, CreditTransfer) else None,
        amount=baht(scanned.amount) if scanned.amount else "",
        merchants=_store(request).merchants(bill.biller_id) if bill else [],
        faults=_FAULTS if bill else (),
    )


async def pay(request: Request) -> Response:
    """Do what the buttons of the page say, and lead on to the receipt."""
    form = dict(parse_qsl((await bodies.read_raw(request)).decode("utf-8", "replace")))
    try:
        scanned = read_payload(form.get("payload", ""))
        amount = parse_baht(form.get("amount", "").strip())
        if isinstance(scanned, CreditTransfer):
            slip = transfers.transfer(_store(request), scanned, amount)
            return _go(form, f"/slip/{slip['transaction_id']}")
        order = _order(form, scanned, amount)
        event = await payments.happen(_store(request), order)
        if form.get("fault") == "pay_twice":
            await control.deliver(request, event.delivery_ids, order.delay_s)
            event = await payments.happen(_store(request), order)
    except (InvalidError, RefusedError) as error:
        found = _overview(request) | {"payload": form.get("payload", "")}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, "scan.html", status, **found, error=str(error))
    await control.deliver(request, event.delivery_ids, order.delay_s)
    return _go(form, f"/receipt/{event.event_id}")


async def receipt(request: Request) -> Response:
    """Show one event and what became of its notices."""
    event = control.shown_event(_store(request), request.path_params["event_id"])
    merchant = _store(request).merchant(event["merchant_id"])
    return _page(request, "receipt.html", event=event, merchant=merchant)


async def slip(request: Request) -> Response:
    """Show the slip of a transfer, with the QR that banks print on it."""
    shown = transfers.shown_transfer(_store(request), request.path_params["transfer"])
    return _page(
        request, "slip.html", slip=shown, image=png_data_uri(shown["slip_payload"])
    )


async def style(_: Request) -> Response:
    """Serve the style sheet."""
    return FileResponse(FOLDER / "gateway.css", media_type="text/css")


async def icon(_: Request) -> Response:
    """Answer browsers, which ask for an icon without being told of one."""
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _order(form: dict[str, str], bill: BillPayment, amount: Satang) -> payments.Order:
    fault = form.get("fault", "")
    change = {"less": -1, "more": 100}.get(fault, 0)
    return payments.Order(
        bill=bill,
        merchant_id=form.get("merchant_id") or None,
        amount=Satang(max(amount + change, 1)),
        event_type=EventType.FAILED if fault == "fail" else EventType.SUCCEEDED,
        times=5 if fault == "repeat" else 1,
        delay_s=10 if fault == "late" else 0,
        deliver=fault != "lost",
    )


def _overview(request: Request) -> dict[str, Any]:
    store = _store(request)
    recent = store.rows("SELECT * FROM events ORDER BY rowid DESC LIMIT 8")
    return {
        "waiting": [_waiting(row) for row in store.rows(_WAITING, _now())],
        "recent": [dict(row) | {"amount": baht(row["amount"])} for row in recent],
    }


def _waiting(row: Row) -> dict[str, Any]:
    return dict(row) | {"amount": baht(row["amount"])}


def _page(
    request: Request, template: str, status: int = HTTPStatus.OK, **values: object
) -> Response:
    language = request.query_params.get("lang", "th")
    language = language if language in LANGUAGES else "th"
    others = {k: v for k, v in request.query_params.items() if k != "lang"}
    links = {code: f"?{urlencode(others | {'lang': code})}" for code in LANGUAGES}
    context = {
        "t": texts(language),
        "lang": language,
        "links": links,
        "now": utc_now().astimezone(BANGKOK),
        **values,
    }
    return _templates.TemplateResponse(request, template, context, status)


def _go(form: dict[str, str], path: str) -> Response:
    language = form.get("lang", "th")
    language = language if language in LANGUAGES else "th"
    return RedirectResponse(f"{path}?lang={language}", HTTPStatus.SEE_OTHER)


def _now() -> str:
    return utc_now().isoformat()


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


ROUTES = [
    Route("/", scan),
    Route("/pay", pay, methods=["POST"]),
    Route("/receipt/{event_id}", receipt),
    Route("/slip/{transfer}", slip),
    Route("/gateway.css", style),
    Route("/favicon.ico", icon),
]
