"""What a refusal means to somebody in front of a page, in their language.

Rules speak English, to developers as well. A page speaks by the code, which never
changes; a code without words of its own speaks by its status.
"""

from flask_babel import lazy_gettext as _l

TITLES = {
    401: _l("Please sign in"),
    403: _l("This is not open to you"),
    404: _l("There is nothing here"),
    409: _l("That is not possible now"),
    422: _l("Something is not filled in right"),
    429: _l("Too many attempts"),
    500: _l("Something went wrong on our side"),
    503: _l("We cannot answer just now"),
}

EXPLANATIONS = {
    403: _l(
        "Your role does not allow this page or action."
        " Nothing was changed. An administrator of your tenant can help."
    ),
    404: _l("The address is wrong, or what stood here is gone. Nothing was changed."),
    409: _l("It has changed meanwhile. Nothing was changed; look again and decide."),
    422: _l("Nothing was changed. Look at what you entered and try again."),
    429: _l("Nothing was changed. Wait a little and try again."),
    500: _l(
        "The fault has been recorded. Your money is safe: what was paid is credited"
        " even while a page fails."
    ),
    503: _l(
        "A part of the platform is being restarted. Your money is safe, and payments"
        " already made are credited. Try again in a moment."
    ),
}


def title(status: int) -> str:
    """Return the headline of a refusal."""
    return str(TITLES.get(status, TITLES[500 if status >= 500 else 422]))  # noqa: PLR2004 - the first server error


def explanation(status: int) -> str:
    """Return what happened, what it means for the user's money, and what to do."""
    return str(EXPLANATIONS.get(status, EXPLANATIONS[500 if status >= 500 else 422]))  # noqa: PLR2004 - the first server error
