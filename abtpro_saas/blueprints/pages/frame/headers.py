"""The headers that wall a page in: nothing is loaded, framed or sent elsewhere."""

from flask import Flask, Response, g, request

from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.access import events_origin
from abtpro_saas.blueprints.http.problems import in_api

OPEN = frozenset({"static", "brand.colours"})
"""What is the same for everybody: nobody is looked up for it."""

HSTS = "max-age=31536000; includeSubDomains"

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""What the API answers is no page: shown as one, it may load nothing."""


def install(app: Flask) -> None:
    """Send the headers with every answer of ``app`` that has none of its own."""

    def add(response: Response) -> Response:
        headers = response.headers
        # What passes the operators' proxy brings a policy of its own.
        wall = DATA_POLICY if in_api() else policy(events_origin())
        headers.setdefault("Content-Security-Policy", wall)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if request.is_secure:
            headers.setdefault("Strict-Transport-Security", HSTS)
        if _is_for_somebody():
            # No cache keeps it, and after signing out Back does not show it.
            headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(add)


def _is_for_somebody() -> bool:
    """Tell whether the answer is meant for the one who asked, and nobody else."""
    if in_api():
        return bool(g.get("caller") or g.get("operator"))
    return request.endpoint not in OPEN and callers.known() is not None


def policy(events: str) -> str:
    """Return the content security policy; ``events`` is where streams come from.

    No script and no style stands inside a page, so neither nonce nor hash is needed.
    """
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {events}",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        )
    )
