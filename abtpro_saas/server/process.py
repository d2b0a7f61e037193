"""What ``abtpro web`` serves, by granian's flags ``--interface asginl --factory``."""

from abtpro_saas import telemetry
from abtpro_saas.app import create_app, import_views
from abtpro_saas.blueprints.http.bodies import LARGEST_BODY, LARGEST_UPLOADS
from abtpro_saas.server.front import Front, Limits
from abtpro_saas.settings import load_settings


def preload() -> None:
    """Import all that a process needs; nothing of it runs yet."""
    import_views(load_settings())


def create_front() -> Front:
    """Return the application behind its front; each process makes one.

    Raises:
        SettingError: a setting that the web process needs is missing.
    """
    settings = load_settings()
    telemetry.share_metrics(settings)
    telemetry.start_logs(settings)
    limits = Limits(LARGEST_BODY, settings.body_seconds, uploads=LARGEST_UPLOADS)
    return Front(create_app(settings), limits, threads=settings.web_threads)
