"""What each role may do."""

from abtpro_saas.identity.roles import SCOPES, Role


def test_an_admin_may_do_everything():
    assert set.union(*map(set, SCOPES.values())) == SCOPES[Role.ADMIN]


def test_a_viewer_changes_nothing_but_their_own_account():
    others = SCOPES[Role.VIEWER] - {"account:write"}

    assert {scope.partition(":")[2] for scope in others} == {"read"}


def test_a_trader_sees_nobody_else():
    kinds = {scope.partition(":")[0] for scope in SCOPES[Role.TRADER]}

    assert kinds == {
        "account",
        "wallet",
        "rental",
        "keys",
        "notices",
        "market",
        "backtests",
    }
