"""The words of contracts, their periods and documents, as people read them."""

from flask_babel import lazy_gettext as _l

LABELS = {
    "TRIAL": _l("Trial"),
    "GRACE": _l("Payment due"),
    "MONTHLY": _l("monthly"),
    "YEARLY": _l("yearly"),
    "START": _l("First period"),
    "RENEWAL": _l("Renewal"),
    "CHANGE": _l("Change of plan"),
    "EXTENSION": _l("Given free of charge"),
    "FULL": _l("Tax invoice / receipt"),
    "ABBREVIATED": _l("Abbreviated tax invoice"),
    "RECEIPT": _l("Receipt"),
    "CREDIT_NOTE": _l("Credit note"),
}

TONES = {
    "TRIAL": ("info", "clock"),
    "GRACE": ("warn", "alert"),
}
