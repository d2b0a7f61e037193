"""The ways through the pages, for each who may walk them."""

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from abtpro_saas.identity.roles import Role

EVERYBODY = frozenset(Role)
OWNERS = frozenset({Role.TRADER, Role.ADMIN})
STAFF = frozenset({Role.ADMIN, Role.VIEWER})
ON_PHONE = 4
"""Entries of the phone's bottom bar beside "More"."""


@dataclass(frozen=True)
class Entry:
    """One page in the rail: who sees it, and the pages that stand below it.

    ``behind_more`` keeps it out of the phone's bottom bar.
    """

    label: object
    endpoint: str
    icon: str
    roles: frozenset[Role] = EVERYBODY
    below: tuple[str, ...] = ()
    behind_more: bool = False

    @property
    def url(self) -> str:
        """The page's address."""
        return url_for(self.endpoint)

    @property
    def is_here(self) -> bool:
        """Tell whether the visitor is on this page or one below it."""
        return request.endpoint in (self.endpoint, *self.below)


@dataclass(frozen=True)
class Group:
    """Entries under one heading; the first group has none."""

    title: object | None
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        None,
        (
            Entry(_l("Overview"), "account_page.overview", "overview"),
            Entry(
                _l("Wallet"),
                "wallet_page.show",
                "wallet",
                OWNERS,
                ("topups_page.begin", "topups_page.show"),
            ),
            Entry(
                _l("Contract"),
                "contract_page.show",
                "contract",
                OWNERS,
                (
                    "pricing_page.show",
                    "pricing_page.choose",
                    "renewal_page.show",
                    "change_page.show",
                    "invoices_page.show",
                ),
            ),
            Entry(
                _l("Statement"),
                "statement_page.show",
                "statement",
                OWNERS,
                behind_more=True,
            ),
            Entry(
                _l("Backtests"),
                "backtests_page.show",
                "replay",
                below=(
                    "backtest_page.show",
                    "backtest_order_page.begin",
                    "backtest_order_page.create",
                    "backtest_trades_page.show",
                    "backtest_compare_page.show",
                    "optimise_page.begin",
                    "optimise_page.create",
                    "optimise_page.plan",
                    "walk_forward_page.begin",
                    "walk_forward_page.create",
                    "walk_forward_page.plan",
                    "monte_carlo_page.begin",
                    "monte_carlo_page.create",
                    "study_page.surface",
                    "study_page.trials",
                ),
                behind_more=True,
            ),
            Entry(
                _l("Market data"),
                "market_page.show",
                "candles",
                below=(
                    "market_page.item",
                    "market_imports_page.begin",
                    "market_imports_page.show",
                ),
                behind_more=True,
            ),
            Entry(_l("Notifications"), "notices_page.show", "bell"),
        ),
    ),
    Group(
        _l("Tenant"),
        (
            Entry(
                _l("Top-ups"),
                "payments_page.show",
                "qr",
                STAFF,
                ("payments_page.item",),
            ),
            Entry(
                _l("Suspense"),
                "suspense_page.show",
                "suspense",
                STAFF,
                ("suspense_page.item",),
            ),
            Entry(
                _l("Contracts"),
                "contracts_page.show",
                "contract",
                STAFF,
                ("contract_item_page.show",),
            ),
            Entry(
                _l("Plans"),
                "plans_page.show",
                "tag",
                STAFF,
                ("plans_page.item", "plans_page.begin", "coupons_page.show"),
            ),
            Entry(_l("Business figures"), "figures_page.show", "chart", STAFF),
            Entry(_l("Members"), "members_page.show", "people", STAFF),
            Entry(_l("Audit trail"), "audit_page.show", "audit", STAFF),
            Entry(
                _l("Tenant settings"),
                "tenant_page.show",
                "settings",
                STAFF,
                ("gateway_page.show", "tax_page.show"),
            ),
        ),
    ),
    Group(
        _l("You"),
        (
            Entry(_l("Profile"), "account_page.profile", "user"),
            Entry(
                _l("Security"),
                "security_page.show",
                "shield",
                EVERYBODY,
                ("security_page.enrol",),
            ),
            Entry(_l("API keys"), "keys_page.show", "key", OWNERS),
            Entry(_l("API reference"), "reference_page.show", "code"),
        ),
    ),
)

OPERATORS = (
    Group(
        None,
        (
            Entry(_l("Tenants"), "operators_page.show", "people"),
            Entry(
                _l("Business figures"),
                "operators_figures_page.show",
                "chart",
                below=("operators_figures_page.item",),
            ),
            Entry(
                _l("Certificates"),
                "verify_page.begin",
                "shield",
                below=("verify_page.show",),
            ),
        ),
    ),
)


def groups_for(role: Role | None) -> tuple[Group, ...]:
    """Return the groups that a role may see, without pages that do not exist here."""
    there = current_app.view_functions
    chosen = (
        Group(
            group.title,
            tuple(e for e in group.entries if role in e.roles and e.endpoint in there),
        )
        for group in GROUPS
    )
    return tuple(group for group in chosen if group.entries)
