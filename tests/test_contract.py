"""The names others call, frozen: exported names, signatures and the columns of every frame."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from pandera.pandas import DataFrameModel

import scimrecon as sr
from scimrecon import schemas

NAMES = [
    "sandbox", "connect", "Target", "read_export", "Export", "presets", "find_clusters", "Cleanup", "Recipe", "open_recipe",
    "column", "constant", "reference", "map_users", "Desired",
    "fetch_users", "read_users", "Users", "compare", "Diff", "Selection", "scale", "Preview", "Matcher", "plan_puts", "Plan",
    "open_plan", "apply_plan", "ApplyView", "Progress", "Results", "ResultsView", "open_run", "resume", "undo", "restore",
    "revisit", "verify", "runs", "history", "write_report", "plot_changes", "plot_outcomes",
    "dialects", "errors", "recipes", "schemas",
]  # fmt: skip

SIGNATURES = {
    "connect": ["server_or_name_or_url", "dialect", "ssl_context", "writable", "credentials"],
    "read_export": ["path", "preset", "schema", "accept", "sheet", "previous"],
    "presets": [],
    "find_clusters": ["column", "by", "progress", "stop"],
    "open_recipe": ["path"],
    "column": ["name", "on_blank", "transform", "values", "separator", "nulls"],
    "constant": ["value"],
    "reference": ["name", "on", "on_blank", "transform"],
    "map_users": ["export_or_rows", "mapping", "schema"],
    "fetch_users": ["target", "lookup", "on", "ids", "cache"],
    "read_users": ["path", "dialect"],
    "compare": [
        "desired",
        "users",
        "on",
        "policies",
        "unlock",
        "protect",
        "links",
        "region",
        "base",
        "comparators",
        "accept",
    ],
    "plan_puts": ["selection", "target", "allow", "accept"],
    "open_plan": ["path", "dialect"],
    "apply_plan": [
        "plan",
        "target",
        "dry_run",
        "batch_size",
        "concurrency",
        "rate",
        "canary",
        "approved",
        "run",
        "note",
        "progress",
        "stop",
    ],
    "open_run": ["path"],
    "resume": ["path", "target", "batch_size", "concurrency", "rate", "progress", "stop"],
    "undo": ["results", "target"],
    "restore": ["users_file", "users", "paths", "unlock"],
    "revisit": ["results", "target", "outcomes"],
    "verify": ["results", "target"],
    "runs": ["folder"],
    "history": ["user", "folder"],
    "write_report": ["results", "path", "mask"],
    "plot_changes": ["changed"],
    "plot_outcomes": ["results"],
}

COLUMNS = {
    "Rejects": ["source_line", "column", "value", "reason"],
    "Findings": ["finding", "severity", "column", "count", "detail"],
    "Presets": ["preset", "title", "formats", "recognised_by", "keys", "null_words", "paths"],
    "Clusters": ["cluster", "value", "count", "suggested"],
    "RecipeSteps": ["step", "action", "column", "cells", "gone", "uncovered"],
    "Misfits": ["step", "action", "column", "misfit", "value", "cells"],
    "Problems": ["source_line", "path", "value", "problem"],
    "UserRows": ["id"],
    "Changes": [
        "user_id", "user_name", "key", "source_line", "path", "before", "after", "kind", "status", "policy", "pattern",
        "flags", "problem",
    ],
    "UserStatuses": ["key", "user_id", "user_name", "source_line", "status", "reason", "candidates"],
    "Patterns": ["pattern", "path", "kind", "changes", "users", "tickable", "unusual", "such_as"],
    "Summary": ["path", "pattern", "kind", "status", "changes"],
    "Links": ["path", "key", "user_id", "user_name"],
    "Decisions": ["path", "key", "user_id", "user_name", "decision"],
    "Proposals": ["source_line", "path", "key", "user_id", "user_name", "score", "rank", "alone", "reason"],
    "Revisions": [
        "user_id", "user_name", "path", "revision", "moved", "before_then", "before", "after_then", "after", "kind_then", "kind",
        "status_then", "status",
    ],
    "Choices": ["line", "change_id", "user_name", "path", "state", "reason"],
    "Requests": ["user_id", "user_name", "key", "source_line", "paths", "version"],
    "Blocked": ["user_id", "user_name", "key", "source_line", "paths", "reason"],
    "Warnings": ["user_id", "path", "warning"],
    "Thresholds": ["threshold", "path", "users", "limit", "allowed", "exceeded", "rule"],
    "Outcomes": [
        "user_id", "user_name", "key", "source_line", "batch", "status", "outcome", "reason", "http_status", "scim_type",
        "vendor_code", "detail", "more_info", "request_id", "attempts", "seconds", "version_before", "version_after", "paths",
    ],
    "Steps": ["user_id", "batch", "step", "method", "http_status", "error", "request_id", "seconds"],
    "AttributeResults": ["user_id", "user_name", "path", "kind", "before", "desired", "sent", "read_back", "outcome"],
    "Runs": ["path", "host", "started", "finished", "note", "users", "applied", "unfinished", "plan"],
    "History": [
        "run", "started", "user_id", "user_name", "path", "before", "desired", "sent", "read_back", "outcome", "reason",
    ],
    "Verifications": ["user_id", "user_name", "path", "desired", "held", "state"],
}  # fmt: skip

ROOT = Path(__file__).parents[1]


def test_exported_names_are_these_and_no_others():
    assert sr.__all__ == NAMES
    assert all(getattr(sr, name) is not None for name in NAMES)


@pytest.mark.parametrize(("name", "parameters"), SIGNATURES.items())
def test_public_functions_take_these_parameters(name, parameters):
    assert list(inspect.signature(getattr(sr, name)).parameters) == parameters


@pytest.mark.parametrize("name", [name for name in SIGNATURES if not name.startswith(("compare", "plot_"))])
def test_every_argument_can_be_given_by_its_name(name):
    kinds = {one.kind for one in inspect.signature(getattr(sr, name)).parameters.values()}
    assert inspect.Parameter.POSITIONAL_ONLY not in kinds


def test_a_practice_server_is_started_by_dialect_users_and_port():
    assert list(inspect.signature(sr.sandbox.start).parameters) == ["dialect", "users", "port", "store", "switches"]


@pytest.mark.parametrize(("model", "names"), COLUMNS.items())
def test_every_public_frame_has_these_columns_in_this_order(model, names):
    assert schemas.columns(getattr(schemas, model)) == names


def test_every_model_of_a_frame_is_frozen_here():
    modules = [value for value in vars(schemas).values() if inspect.ismodule(value)]
    classes = [value for module in modules for value in vars(module).values() if inspect.isclass(value)]
    assert {one.__name__ for one in classes if issubclass(one, DataFrameModel)} - {"Frame", "DataFrameModel"} == set(COLUMNS)


def test_only_the_frames_of_changes_have_an_index_of_their_own():
    indexed = [name for name in COLUMNS if getattr(schemas, name).to_schema().index is not None]
    assert indexed == ["Changes", "Revisions", "AttributeResults", "Verifications"]
    assert all(getattr(schemas, name).to_schema().index.name == "change_id" for name in indexed)


def test_no_exported_function_bears_a_modules_name():
    modules = {path.stem for path in (ROOT / "scimrecon").iterdir()}
    functions = {name for name in NAMES if inspect.isfunction(getattr(sr, name))}
    assert functions & modules == set()


def test_every_public_name_is_documented():
    undocumented = [name for name in NAMES if not inspect.getdoc(getattr(sr, name))]
    assert undocumented == []


def test_importing_the_package_loads_no_widget_no_server_and_no_extra():
    heavy = ("ipywidgets", "anywidget", "uvicorn", "scim2_server", "dask", "distributed", "authlib", "keyring", "matplotlib")
    probe = f"import sys, scimrecon; print([name for name in {heavy!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-W", "error", "-c", probe], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_every_error_of_the_library_has_one_root_and_stands_in_the_drawn_tree():
    classes = [value for value in vars(sr.errors).values() if inspect.isclass(value)]
    assert all(issubclass(one, sr.errors.ScimReconError) for one in classes)
    drawn = sr.errors.__doc__ or ""
    assert [one.__name__ for one in classes if one.__name__ not in drawn] == []


def test_no_module_defines_all_but_a_package():
    files = [path for path in (ROOT / "scimrecon").rglob("*.py") if path.name != "__init__.py"]
    assigns = {
        path.name: [target.id for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)
                    for target in node.targets if isinstance(target, ast.Name)]
        for path in files
    }  # fmt: skip
    assert [name for name, names in assigns.items() if "__all__" in names] == []
