"""WSGI entry, for other servers: ``wsgi:app``.

``abtpro web`` puts ``abtpro_saas.server`` before it, which reads each request whole;
any other server must do that itself, or stand behind a proxy that does.
"""

from abtpro_saas import telemetry
from abtpro_saas.app import create_app
from abtpro_saas.settings import load_settings

settings = load_settings()
telemetry.share_metrics(settings)
telemetry.start_logs(settings)
app = create_app(settings)
