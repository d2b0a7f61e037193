"""Whether a new password also ends its owner's API keys, as a form was ticked."""

from flask import request

OFFERED, TICKED = "keys_offered", "revoke_keys"
"""A box without its tick is not sent, so a hidden field says that it was there."""


def revokes_keys(*, unasked: bool) -> bool:
    """Return what was chosen, or ``unasked`` where the form had no box.

    It has none where there was no key when it was shown; one may have been made since.
    """
    if OFFERED not in request.form:
        return unasked
    return TICKED in request.form
