"""``abtpro outbox list | release``: messages that Temporal refused again and again."""

from collections.abc import Sequence

from abtpro_saas import outbox
from abtpro_saas.clock import utc_now
from abtpro_saas.database import make_engine, plain_transaction
from abtpro_saas.runtime import reach
from abtpro_saas.runtime.commands.arguments import needed_settings, parsed, tell


def main(arguments: Sequence[str]) -> None:
    """Show what is parked, or let it leave again, as the relay's role.

    Raises:
        SettingError: nothing says how to reach the database as the relay.
    """
    asked = parsed(
        arguments,
        "outbox",
        list="show the messages that are parked, and why",
        release="let them leave again, once the cause is mended",
    )
    url = needed_settings("outbox").database_relay_url
    reach.check("DATABASE_RELAY_URL", url)
    engine = make_engine(url)
    try:
        with plain_transaction(engine) as session:
            parked = outbox.parked_messages(session)
            if asked.action == "release":
                tell({"released": str(outbox.release_parked(session, utc_now()))})
                return
    finally:
        engine.dispose()
    for each in parked:
        tell({f"{each.tenant}  {each.process_id}": each.last_error})
