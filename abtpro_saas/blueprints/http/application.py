"""Flask without what this application never uses, and every request would pay for."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.wrappers import Request
from werkzeug.exceptions import BadHost
from werkzeug.routing import MapAdapter

from abtpro_saas.blueprints.http.bodies import WholeRequest

NO_HOST = "localhost"
"""Stands for a host that cannot be one; no address that is shown holds it."""


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

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what makes addresses, also where the host named is none.

        The edge refuses such a request, and the page that says so needs its links.
        """
        try:
            return super().create_url_adapter(request)
        except BadHost:
            if request is None:
                raise
            return self.url_map.bind_to_environ(
                request.environ, server_name=NO_HOST, subdomain=""
            )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``: none of ours is a coroutine, and Flask asks 20 times."""
        return func
