"""The web application, composed: settings in, a Flask application out."""

from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_sqlalchemy import SQLAlchemy
from werkzeug.middleware.proxy_fix import ProxyFix

from abtpro_saas.billing.gateways.calling.bulkhead import BULKHEAD
from abtpro_saas.blueprints.guard import callers, features
from abtpro_saas.blueprints.guard.current import EXTENSION, House
from abtpro_saas.blueprints.http import edge, openapi, problems
from abtpro_saas.blueprints.http.application import Application
from abtpro_saas.blueprints.http.bodies import LARGEST_BODY
from abtpro_saas.blueprints.pages import shell
from abtpro_saas.database import Base, check_when_idle, sqlalchemy_url
from abtpro_saas.runtime.needs import require
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings

API = (
    "health",
    "identity.account",
    "identity.keys",
    "notices",
    "live",
    "billing.payment",
    "billing.webhook",
    "billing.admin_payment",
    "billing.admin_gateway",
    "contracts.rental_plans",
    "contracts.rental",
    "contracts.rental_features",
    "contracts.invoices",
    "contracts.tax_profiles",
    "market.series",
    "market.funding",
    "market.imports",
    "contracts.admin.contracts",
    "contracts.admin.plans",
    "contracts.admin.figures",
    "backtest.runs",
    "backtest.results",
    "backtest.studies",
    "backtest.reruns",
    "backtest.operator_reruns",
    "backtest.compare",
    "backtest.strategies",
    "backtest.verify",
    "identity.members",
    "identity.audit",
    "identity.tenant",
    "identity.operator_tenants",
)
"""Modules of ``blueprints`` whose ``blp`` is a domain's JSON."""

PAGES: tuple[str, ...] = (
    "identity.signin",
    "identity.links",
    "identity.account",
    "identity.security",
    "identity.keys",
    "identity.members",
    "identity.audit",
    "notices",
    "billing.wallet",
    "billing.topups",
    "billing.statement",
    "contracts.pricing",
    "contracts.contract",
    "contracts.renewal",
    "contracts.change",
    "contracts.invoices",
    "backtests.listing",
    "backtests.ordering",
    "backtests.report",
    "backtests.trusting",
    "backtests.studies.optimising",
    "backtests.studies.walking",
    "backtests.studies.resampling",
    "backtests.findings.showing",
    "backtests.findings.trials",
    "backtests.trades",
    "backtests.charts",
    "backtests.compare",
    "backtests.verify",
    "backtests.reruns",
    "market.series",
    "market.imports",
    "contracts.admin.plans",
    "contracts.admin.coupons",
    "contracts.admin.contracts",
    "contracts.admin.item",
    "contracts.admin.acts",
    "contracts.admin.tax",
    "billing.payments",
    "billing.suspense",
    "figures.tenant",
    "identity.tenant",
    "billing.gateway",
    "identity.operators",
    "figures.operators",
    "reference",
)
"""Modules of ``blueprints.pages`` whose ``blp`` is a part of the website."""

OPERATORS = ("ops.codec", "ops.proxy", "ops.texts")
"""Modules of ``blueprints`` that answer at the operators' host alone."""

LOCAL_PAGES = ("styleguide", "mailbox")
"""Pages that a production installation does not have."""


def create_app(settings: Settings) -> Flask:
    """Return the application; each process makes one.

    Raises:
        SettingError: a setting that the web process needs is missing.
    """
    require(settings, "web")
    BULKHEAD.serve_web(settings.web_threads)
    app = Application(__name__)
    app.config.update(_config(settings))
    if isinstance(app.json, DefaultJSONProvider):
        app.json.sort_keys = False
    _trust_proxies(app, settings)
    app.extensions[EXTENSION] = _house(app, settings)
    edge.install(app)
    callers.install(app)
    features.install(app)
    shell.install_shell(app)
    api = openapi.make_api(app)
    problems.install(
        app, shell.draw_problem
    )  # after the API, whose handler it replaces
    _register(app, api, settings)
    return app


def import_views(settings: Settings) -> None:
    """Import what ``create_app`` asks for by name, before its process is forked."""
    pages = PAGES + (LOCAL_PAGES if settings.is_local else ())
    for name in ("health", *API, *OPERATORS, *(f"pages.{page}" for page in pages)):
        _module(name)


def _register(app: Flask, api: openapi.ProblemApi, settings: Settings) -> None:
    for name in API:
        api.register_blueprint(_module(name).blp)
    openapi.publish(app, api)
    app.register_blueprint(_module("health").probes)
    for name in OPERATORS:
        app.register_blueprint(_module(name).blp)
    for name in PAGES + (LOCAL_PAGES if settings.is_local else ()):
        app.register_blueprint(_module(f"pages.{name}").blp)


def _module(name: str) -> Any:  # noqa: ANN401 - modules share a convention, no type
    return import_module(f"abtpro_saas.blueprints.{name}")


def _config(settings: Settings) -> dict[str, Any]:
    secure = urlsplit(settings.base_url).scheme == "https"
    pool = {"pool_recycle": 1800, "max_overflow": 0}
    return {
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": LARGEST_BODY,
        "SESSION_COOKIE_NAME": "__Host-abtpro" if secure else "abtpro",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=14),
        "PREFERRED_URL_SCHEME": "https" if secure else "http",
        "SQLALCHEMY_DATABASE_URI": sqlalchemy_url(settings.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": pool | {"pool_size": settings.web_threads + 2},
        "SQLALCHEMY_BINDS": {
            "operator": pool
            | {"url": sqlalchemy_url(settings.database_operator_url), "pool_size": 2}
        },
    }


def _trust_proxies(app: Flask, settings: Settings) -> None:
    count = settings.trusted_proxies
    if count:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # Flask's documented way
            app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_port=count
        )


def _house(app: Flask, settings: Settings) -> House:
    database = SQLAlchemy(app, metadata=Base.metadata)
    with app.app_context():
        engine, operators = database.engines[None], database.engines["operator"]
    for each in (engine, operators):
        check_when_idle(each)
    return House(
        settings=settings,
        engine=engine,
        counters=engine.execution_options(isolation_level="AUTOCOMMIT"),
        operator_engine=operators,
        keyring=Keyring(settings.sealing_keys),
    )
