"""Flask without what this application never uses, and every request would pay for."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.wrappers import Request

from abtpro_saas.blueprints.http.bodies import WholeRequest


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie; nothing is made ready to read it where none came."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; partners and gateways send none."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Application(Flask):
    """The web application's Flask."""

    request_class = WholeRequest
    session_interface = Cookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``: none of ours is a coroutine, and Flask asks 20 times."""
        return func
