"""The words that identity's rows are written in."""

from enum import StrEnum


class Theme(StrEnum):
    """How pages look to somebody; SYSTEM follows the device."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Rising(StrEnum):
    """The colour of what rises and gains; blue, with orange, suits the colour-blind."""

    GREEN = "green"
    RED = "red"
    BLUE = "blue"


class Locale(StrEnum):
    """The languages of pages and mails."""

    TH = "th"
    EN = "en"


class Purpose(StrEnum):
    """What a mailed token is good for."""

    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 - a word, no password
    VERIFY_EMAIL = "VERIFY_EMAIL"
    INVITE = "INVITE"


class ActorKind(StrEnum):
    """Who did something: a person, a key, the platform's operator, the platform."""

    USER = "USER"
    KEY = "KEY"
    OPERATOR = "OPERATOR"
    SYSTEM = "SYSTEM"
    ANONYMOUS = "ANONYMOUS"


class Outcome(StrEnum):
    """Whether it was done or refused."""

    DONE = "DONE"
    REFUSED = "REFUSED"
