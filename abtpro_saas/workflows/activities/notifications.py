"""What a mail's process does."""

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.notifications.delivery import try_mail
from abtpro_saas.notifications.mail import Postbox
from abtpro_saas.notifications.messages import MailStanding, TryMail
from abtpro_saas.sealing import Keyring


class MailActivities:
    """Holds the engine, the keys and the postbox; the worker registers its methods."""

    def __init__(self, engine: Engine, keyring: Keyring, postbox: Postbox) -> None:
        self._engine = engine
        self._keyring = keyring
        self._postbox = postbox

    @activity.defn
    def try_mail(self, order: TryMail) -> MailStanding:
        """Send the mail unless it has left or is given up."""
        return try_mail(self._engine, self._keyring, self._postbox, order)
