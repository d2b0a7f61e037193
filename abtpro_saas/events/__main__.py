"""Live updates over server-sent events: ``python -m abtpro_saas.events``."""

import socket

import uvicorn
from starlette.applications import Starlette

from abtpro_saas.events.app import create_events_app
from abtpro_saas.runtime.needs import settings_of
from abtpro_saas.settings import Settings
from abtpro_saas.telemetry import share_metrics, start_logs


class EventsServer(uvicorn.Server):
    """A server that ends its streams first, else it would wait for them for ever."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop."""
        app = self.config.app
        if isinstance(app, Starlette):
            app.state.hub.close()
        await super().shutdown(sockets)


def make_server(settings: Settings) -> EventsServer:
    """Return the server, ready to run."""
    config = uvicorn.Config(
        create_events_app(settings),
        host=settings.bind,
        port=settings.port_of("events"),
        log_config=None,
        access_log=False,  # the ticket stands in the address
        timeout_graceful_shutdown=5,
        server_header=False,
        backlog=2048,
    )
    return EventsServer(config)


def main() -> None:
    """Run until told to stop."""
    settings = settings_of("events")
    start_logs(settings)
    share_metrics(settings)
    make_server(settings).run()


if __name__ == "__main__":
    main()
