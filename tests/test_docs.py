"""No code, endpoint or setting without a page that explains it, and none too many."""

import importlib
import pkgutil
import re
from dataclasses import fields
from pathlib import Path

import pytest

import abtpro_saas
from abtpro_saas.app import create_app
from abtpro_saas.blueprints.http import openapi, problems
from abtpro_saas.errors import DomainError
from abtpro_saas.settings import Settings

ROOT = Path(__file__).parents[1]
METHODS = {"get", "put", "post", "patch", "delete"}


def read(name):
    return (ROOT / name).read_text("utf-8")


def lines_of(page, form):
    """Return what the groups of ``form`` find in whole lines of a page."""
    return re.findall(f"^{form}$", read(page), re.MULTILINE)


def all_codes():
    """Return every code that an answer can hold."""
    for module in pkgutil.walk_packages(abtpro_saas.__path__, "abtpro_saas."):
        importlib.import_module(module.name)
    codes = {code for code, _ in problems.FRAMEWORK.values()}
    codes |= {problems.DATABASE_AWAY[0], problems.DATABASE_BUSY[0], "invalid_json"}
    codes.add(problems.SERVER_BUSY[0])
    kinds = list(DomainError.__subclasses__())
    while kinds:
        kind = kinds.pop()
        codes.add(kind.code)
        kinds += kind.__subclasses__()
    return codes


def test_every_error_code_is_explained_and_no_other():
    explained = lines_of("docs/errors.md", r"\| `(\w+)` \| .+ \|")

    assert len(explained) == len(set(explained))
    assert set(explained) == all_codes()


def test_every_kind_of_error_has_a_status():
    for kind in DomainError.__subclasses__():
        assert kind in problems.STATUS


@pytest.fixture(scope="module")
def app(settings):
    """The application; its engines connect to nothing before a request."""
    return create_app(settings())


def test_every_endpoint_is_explained(app):
    text = read("docs/api.md")
    missing = [
        operation
        for path, item in app.extensions[openapi.EXTENSION]["paths"].items()
        for method in METHODS & set(item)
        if (operation := f"`{method.upper()} {path}`") not in text
    ]

    assert missing == []


def test_no_endpoint_is_explained_that_is_not_there(app):
    paths = {
        re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule): rule.methods
        for rule in app.url_map.iter_rules()
    }
    explained = lines_of("docs/api.md", r"\| `([A-Z]+) (/api\S+)` \| .+")

    gone = [f"{m} {path}" for m, path in explained if m not in paths.get(path, ())]
    assert gone == []


def test_every_setting_is_explained_and_no_other():
    explained = lines_of(".env.example", r"#? ?([A-Z][A-Z0-9_]+)=.*")

    assert set(explained) == {each.metadata["name"] for each in fields(Settings)}


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_between_pages_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:|mailto:|/)([^)#\s]+)", page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []
