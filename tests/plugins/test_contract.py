"""What the strategy contract may import, and what bundled plugins may."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
API = "abtpro_saas.plugins.api"
CONTRACT = sorted((ROOT / "abtpro_saas/plugins/api").rglob("*.py"))
BUNDLED = sorted((ROOT / "tenant_plugins").rglob("*.py"))
LIBRARIES = {"numpy", "numba", "talib"}


def imported(file):
    """Return every module that a file imports, whole."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def foreign(file, allowed):
    """Return what a file imports besides the standard library."""
    return [
        name
        for name in imported(file)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == each or name.startswith(f"{each}.") for each in allowed)
    ]


@pytest.mark.parametrize("file", CONTRACT, ids=lambda file: file.stem)
def test_the_contract_needs_the_standard_library_and_numpy_alone(file):
    assert foreign(file, {"numpy", API}) == []


@pytest.mark.parametrize(
    "file", BUNDLED, ids=lambda file: f"{file.parent.name}.{file.stem}"
)
def test_bundled_plugins_need_the_contract_and_libraries_alone(file):
    assert foreign(file, {API, "tenant_plugins", *LIBRARIES}) == []


def test_the_contract_is_imported_without_the_rest_of_the_platform():
    program = f"""
import sys
import {API}.strategies, {API}.risk
print(*[name for name in sys.modules if name.split(".")[0] == "abtpro_saas"])
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    parts = ("abtpro_saas", "abtpro_saas.plugins", API)
    ours = {f"{API}.{name}" for name in ("candles", "parameters", "risk", "strategies")}
    assert done.stderr == ""
    assert set(done.stdout.split()) == {*parts, *ours}


def test_packages_hold_nothing_so_that_they_import_nothing():
    packages = [file for file in CONTRACT + BUNDLED if file.name == "__init__.py"]

    assert packages
    assert all(file.read_text("utf-8") == "" for file in packages)
