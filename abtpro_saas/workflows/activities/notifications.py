"""What a mail's process does."""

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.notifications.delivery import try_mail
from abtpro_saas.notifications.mail import Postbox
from abtpro_saas.notifications.messages import MailStanding, TryMail
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings


class MailActivities:
    """Holds what mails are written and sent with; the worker registers its methods."""

    def __init__(
        self, engine: Engine, keyring: Keyring, settings: Settings, postbox: Postbox
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._settings = settings
        self._postbox = postbox

    @activity.defn
    def try_mail(self, order: TryMail) -> MailStanding:
        """Send the mail unless it has left or is given up."""
        return try_mail(
            self._engine, self._keyring, self._settings, self._postbox, order
        )
