"""What random operations draw from, and the check after each of them."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.campaigns.crashes import AFTER_COMMIT, BEFORE_COMMIT
from tests.campaigns.world import MOST, Place, World

which = st.integers(0, 9)
"""Which of the things there are, the newest first."""
amounts = st.sampled_from([1, 4_990, 49_900, 49_899, 50_000, MOST])
shares = st.sampled_from([1, 10, 50, 100, 100, 101])
"""Per cent of what could be given back."""
crashes = st.sampled_from(
    [None] * 90 + [*range(1, 15), BEFORE_COMMIT, BEFORE_COMMIT, AFTER_COMMIT]
)
people = st.integers(0, 1)


def has_topups(machine):
    return bool(machine.model.topups)


def has_payments(machine):
    return bool(machine.model.payments)


def has_told(machine):
    return bool(machine.world.told)


def told_refunds(machine):
    return [r for r in machine.model.refunds if r.event_id]


def has_refunds(machine):
    return bool(told_refunds(machine))


def has_lost(machine):
    return bool(machine.world.lost)


class Tenant(RuleBasedStateMachine):
    """One tenant, checked after every step; operations extend it."""

    place: Place

    def __init__(self):
        super().__init__()
        self.world = World(self.place)
        self.place.done["operations"] -= 1  # it is checked before the first one, too

    @property
    def model(self):
        return self.world.model

    @invariant()
    def the_books_are_right(self):
        self.world.pass_time()
        self.world.check()
        self.place.done["operations"] += 1

    def user(self, who):
        return str(self.world.traders[who])

    def paid(self, n):
        found = list(self.model.payments.values())
        return found[-1 - n % len(found)]

    def tell(self, paid, crash=None, **more):
        notice = self.world.notice(paid, **more)
        self.world.told.append(notice)
        self.world.once(*self.world.accepting(notice), crash)
