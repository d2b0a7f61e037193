"""The trail in words: nobody need know the codes that programs read."""

import ast
import re
from pathlib import Path

import pytest
from flask_babel import force_locale

from abtpro_saas.blueprints.pages.frame import deeds
from abtpro_saas.identity.roles import Role

SOURCE = Path(__file__).parents[3] / "abtpro_saas"
OPERATORS = {"operator_access", "record_operator", "temporal_ui"}
THAI = re.compile("[\u0e01-\u0e5b]")
# What is asked at the operators' host, or by nobody whom a tenant's trail knows.
ELSEWHERE = {"codec", "health", "probes", "api-docs", "brand", "styleguide", "mailbox"}


def functions():
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield node


def is_of_operators(function):
    names = {
        getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(function)
    }
    return bool(names & OPERATORS)


def told_by(function):
    """Yield what a function says to a trail: an action, or how one begins."""
    for call in ast.walk(function):
        name = call.func if isinstance(call, ast.Call) else None
        said = getattr(name, "attr", getattr(name, "id", ""))
        if said not in {"note", "record", "_record"}:
            continue
        given = [k.value for k in call.keywords if k.arg == "action"] or call.args
        for value in given:
            begun = value.values[0] if isinstance(value, ast.JoinedStr) else value
            text = begun.value if isinstance(begun, ast.Constant) else ""
            if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]*", text):
                yield text


def told_actions():
    return {
        action
        for function in functions()
        if not is_of_operators(function)
        for action in told_by(function)
    }


def test_every_action_that_is_told_has_words():
    told = told_actions()
    known = tuple(deeds.ACTIONS)
    assert "topup.create" in told
    assert "account.verify_email" in told
    assert {a for a in told if a not in known and not a.endswith(".")} == set()
    begun = {action for action in told if action.endswith(".")}
    assert [each for each in begun if not any(k.startswith(each) for k in known)] == []


def test_no_words_are_kept_for_what_is_never_told():
    told = told_actions()
    assert {action for action in deeds.ACTIONS if action not in told} == set()


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_words_are_of_the_readers_language(app, language):
    with app.test_request_context(), force_locale(language):
        for action, words in deeds.deeds():
            assert bool(THAI.search(words)) == (language == "th"), action
            assert words != action


def test_every_endpoint_that_can_be_refused_has_a_place(app):
    asked = {rule.endpoint for rule in app.url_map.iter_rules() if "." in rule.endpoint}
    with app.test_request_context(), force_locale("en"):
        wordless = {each for each in asked if deeds.deed(each) == each}
    areas = {each.partition(".")[0].removesuffix("_page") for each in wordless}
    assert {area for area in areas - ELSEWHERE if not area.startswith("ops_")} == set()


def test_an_entry_says_what_was_done_in_words_with_the_code_beside(browser):
    admin = browser(role=Role.ADMIN)
    admin.post("/preferences/theme", data={"theme": "dark"})
    thai = admin.get("/audit").text
    assert "<strong>เลือกภาษาหรือธีม</strong>" in thai
    assert "profile.preferences</span>" in thai
    admin.post("/preferences/language", data={"language": "en"})
    assert "<strong>Choose language or theme</strong>" in admin.get("/audit").text


def test_an_action_is_chosen_from_a_list(browser):
    admin = browser(role=Role.ADMIN)
    admin.post("/preferences/theme", data={"theme": "dark"})
    admin.post("/notices/read")
    page = admin.get("/audit?action=notices.read").text
    entries = page.partition('id="entries"')[2]

    assert '<option value="notices.read" selected>' in page
    assert "notices.read" in entries
    assert "profile.preferences" not in entries


def test_an_endpoint_that_was_refused_can_be_asked_for_too(browser):
    admin = browser(role=Role.ADMIN)
    admin.post("/members", data={"email": "n@example.com", "name": "N", "role": "x"})
    page = admin.get("/audit?action=members_page.invite").text
    assert '<option value="members_page.invite" selected>' in page
    assert "<strong>สมาชิก</strong>" in page


def test_where_an_endpoint_was_refused_people_read_words_alone(browser):
    trader, admin = browser(), browser(role=Role.ADMIN)
    trader.get("/admin/contracts")
    entries = admin.get("/audit").text.partition('id="entries"')[2]

    assert "<strong>สัญญา" in entries
    assert "contracts_page.show" not in entries
    assert "missing_scope" in entries
