import pytest

from abtpro_saas.contracts.offers.defaults import DEFAULTS
from abtpro_saas.contracts.terms.features import (
    CATALOGUE,
    UNLIMITED,
    FeatureError,
    allows,
    check_features,
    limit_of,
)

BY_CODE = {plan.code: plan.features for plan in DEFAULTS}


def test_the_three_plans_have_what_version_1_sold():
    assert set(BY_CODE["BASIC"]) == {
        "max_bots", "basic_strategies", "email_support", "standard_notifications",
    }  # fmt: skip
    assert set(BY_CODE["PREMIUM"]) - set(BY_CODE["BASIC"]) == {
        "advanced_strategies", "priority_support", "telegram_notifications",
        "portfolio_aggregation",
    }  # fmt: skip
    assert set(BY_CODE["ENTERPRISE"]) - set(BY_CODE["PREMIUM"]) == {
        "custom_strategies", "plugin_support", "dedicated_support", "api_access",
        "multi_account_portfolio", "backtesting", "paper_trading",
    }  # fmt: skip
    assert [limit_of(plan, "max_bots") for plan in BY_CODE.values()] == [2, 10, -1]


def test_a_dearer_plan_lacks_nothing_of_a_cheaper_one():
    basic, premium, enterprise = BY_CODE.values()

    assert set(basic) < set(premium) < set(enterprise) == set(CATALOGUE)


@pytest.mark.parametrize("feature", CATALOGUE.values(), ids=list(CATALOGUE))
def test_every_feature_has_a_name_and_a_meaning_in_both_languages(feature):
    assert set(feature.words) == {"th", "en"}
    for locale, words in feature.words.items():
        thai = any("ก" <= letter <= "๛" for letter in words.meaning)
        assert thai is (locale == "th")
        assert words.name


@pytest.mark.parametrize(
    "given",
    [
        {"flying": True},
        {"backtesting": 1},
        {"backtesting": "yes"},
        {"max_bots": True},
        {"max_bots": -2},
        {"max_bots": 1.5},
        {"max_bots": 10**7},
    ],
)
def test_what_no_plan_can_give_is_refused_by_its_name(given):
    with pytest.raises(FeatureError) as refusal:
        check_features(given)

    assert refusal.value.field == f"features.{next(iter(given))}"


def test_flags_that_are_off_and_empty_limits_are_left_out():
    assert check_features({"backtesting": False, "max_bots": 0}) == {}


def test_unlimited_counts_as_having_it():
    assert allows({"max_bots": UNLIMITED}, "max_bots")
    assert not allows({}, "max_bots")
    assert limit_of({}, "max_bots") == 0
