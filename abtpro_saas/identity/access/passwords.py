"""Passwords: what is accepted, and argon2id.

STRONG is the first choice of OWASP's password storage cheat sheet (2024): 46 MiB, one
pass, one lane. A hash carries its own parameters, so a stronger profile takes over as
people sign in. QUICK is for tests and demo data, where nothing is to be protected.
"""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import CHEAPEST

from abtpro_saas.errors import InvalidError

STRONG = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
QUICK = PasswordHasher.from_parameters(CHEAPEST)

SHORTEST = 10
LONGEST = 200
_FEWEST_DIFFERENT = 5
_SHORTEST_NAME = 3


class WeakPasswordError(InvalidError):
    """The password is too short, too long or too easily guessed."""

    code = "weak_password"


class NamedPasswordError(WeakPasswordError):
    """The password holds the name that its owner's e-mail begins with."""

    code = "password_names_owner"


def check_strength(password: str, email: str) -> None:
    """Refuse what a guesser tries first.

    Length counts most (NIST SP 800-63B, 2025): no rules on kinds of characters.

    Raises:
        WeakPasswordError: shorter than 10 or longer than 200 characters, or fewer than
            5 different ones.
        NamedPasswordError: it holds the e-mail's own name, of 3 characters or more.
    """
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise WeakPasswordError(f"use at least {SHORTEST} characters", "password")
    if len(plain) > LONGEST:
        raise WeakPasswordError(f"use at most {LONGEST} characters", "password")
    if len(set(plain)) < _FEWEST_DIFFERENT:
        raise WeakPasswordError("use more different characters", "password")
    name = email.partition("@")[0].lower()
    if len(name) >= _SHORTEST_NAME and name in plain.lower():
        raise NamedPasswordError("leave your e-mail out of the password", "password")


def hash_password(password: str, profile: PasswordHasher = STRONG) -> str:
    """Return the argon2id hash of ``password``, salt and parameters within."""
    return profile.hash(_normal(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether ``password`` is the stored one.

    Without a stored hash it works as long and says no: the time that a refusal takes
    does not tell which accounts exist.
    """
    try:
        right = STRONG.verify(stored or _nobodys(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than STRONG's."""
    return STRONG.check_needs_rehash(stored)


def _normal(password: str) -> str:
    # The same key presses give different code points on different devices (Thai
    # composes SARA AM in two ways), hence one form.
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return STRONG.hash("nobody's password")
