"""WSGI entry: ``granian --interface wsgi wsgi:app``."""

from abtpro_saas import telemetry
from abtpro_saas.app import create_app
from abtpro_saas.settings import load_settings

settings = load_settings()
telemetry.share_metrics(settings)
telemetry.start_logs(settings)
app = create_app(settings)
