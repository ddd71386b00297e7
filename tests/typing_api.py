"""The public API as types. Never run: mypy checks that what a notebook writes is what the library promises."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import pandas as pd
import pandera.pandas as pandera

import scimrecon as sr
from scimrecon.dialects import RFC7644, Dialect

server = sr.sandbox.start("rfc7644", users="users.json", port=0)
assert_type(server, sr.sandbox.Server)
assert_type(server.url, str)
assert_type(server.dialect, str)
assert_type(server.credentials, dict[str, str])
server.stop()
with sr.sandbox.start("rfc7644", users=[{"userName": "obrien"}]) as running:
    assert_type(running, sr.sandbox.Server)

target = sr.connect(server)
assert_type(target, sr.Target)
sr.connect("https://idp.example/scim/v2", token="…", dialect="rfc7644", ssl_context=ssl.create_default_context())
sr.connect("https://idp.example/scim/v2", token="…", dialect=RFC7644)
sr.connect("https://idp.example/scim/v2", token=lambda: "…")
sr.connect("twilio", organization_sid="OR…", client_id="…", client_secret=lambda: "…")
sr.connect("descope", project_id="P…", access_key="…", writable=["phoneNumbers"])

export = sr.read_export("workday.csv")
assert_type(export, sr.Export)
sr.read_export(Path("workday.csv"), preset="workday", previous=export)
assert_type(export.rows, pd.DataFrame)
assert_type(export.rejects, pd.DataFrame)
assert_type(export.findings, pd.DataFrame)
assert_type(export.mapping, Mapping[str, Any])
assert_type(export.source.sha256, str)

assert_type(sr.find_clusters(export.rows["Location"], by="nearest", progress=print, stop=threading.Event()), pd.DataFrame)
recipe = sr.Recipe(
    steps=[
        sr.recipes.Trim(column="Job_Title"),
        sr.recipes.Merge(column="Location", spellings={"Zuerich": "Zürich"}),
        sr.recipes.MapValues(column="Status", values={"Active": "true"}),
        sr.recipes.SetBlank(column="Comment", values=["N/A"]),
        sr.recipes.ChangeCase(column="Email", case=sr.recipes.Case.LOWER),
        sr.recipes.Split(column="Name", separator=",", into=["Last", "First"]),
    ]
)
assert_type(recipe.replay(export).cleaned, sr.Export)
assert_type(recipe.replay(export.rows).cleaned, pd.DataFrame)
assert_type(recipe.replay(export).steps, pd.DataFrame)
assert_type(recipe.replay(export).misfits, pd.DataFrame)
assert_type(recipe.code(), str)
recipe.save(Path("workday.recipe"))
assert_type(sr.open_recipe("workday.recipe"), sr.Recipe)
cleanup = sr.Cleanup(export, recipe="workday.recipe")
cleanup.show("Location")
cleanup.search("zur", look="untrimmed")
assert_type(cleanup.find_clusters("ngram"), pd.DataFrame)
cleanup.merge_clusters([1])
cleanup.add(sr.recipes.Trim(column="Location"))
cleanup.drop(1)
assert_type(cleanup.undo(), bool)
assert_type(cleanup.redo(), bool)
assert_type(cleanup.recipe, sr.Recipe)
assert_type(cleanup.export, sr.Export | pd.DataFrame)
sr.map_users(cleanup.export, export.mapping)
cleanup.save("workday.recipe")

desired = sr.map_users(
    export,
    {
        **export.mapping,
        "title": sr.column("Job_Title", on_blank="clear"),
        "userType": sr.constant("Employee"),
        "active": sr.column("Status", values={"Active": "true", "Gone": "false"}),
        "nickName": "Preferred_Name",
        "manager.value": sr.reference("Manager_ID", on="employeeNumber"),
        "roles": sr.column("Roles", separator=";"),
    },
)
assert_type(desired, sr.Desired)
sr.map_users(export_or_rows=export.rows, mapping={"userName": "Email"}, schema=pandera.DataFrameSchema())
assert_type(desired.frame, pd.DataFrame)
assert_type(desired.problems, pd.DataFrame)
assert_type(desired.findings, pd.DataFrame)

users = sr.fetch_users(target)
assert_type(users, sr.Users)
sr.fetch_users(target, ids=["2819c223"])
sr.fetch_users(target, lookup=desired, on="userName", cache="lookup.answers")
sr.fetch_users(target, lookup=pd.DataFrame({"userName": ["jo.null@example.com"]}), cache=Path("lookup.answers"))
sr.read_users("before.users")
sr.read_users("list.json", dialect="rfc7644")
users.save("before.users")
assert_type(users.frame, pd.DataFrame)
assert_type(users.resources, Mapping[str, bytes])
assert_type(users.dialect, Dialect)
assert_type(users.fingerprint, str)
str(users.complete)

diff = sr.compare(desired, users, on=["externalId", "userName"], unlock=["active"], accept=["many_rejects"])
assert_type(diff, sr.Diff)
sr.compare(pd.DataFrame(), pd.DataFrame(), on="userName")
sr.compare(
    desired,
    users,
    on="userName",
    policies={"nickName": "ignore", "roles": "force"},
    protect=["admin@example.com"],
    links=pd.read_csv("links.csv", dtype="str", keep_default_na=False),
    region="GB",
    base=sr.open_run("earlier.run").changes,
    comparators={"costCenter": lambda text: text.removeprefix("CC-"), "timezone": "exact"},
)
sr.compare(desired, users, on="userName", protect=lambda frame: frame["userType"] == "Service")
assert_type(diff.changes, pd.DataFrame)
assert_type(diff.users, pd.DataFrame)
assert_type(diff.findings, pd.DataFrame)
assert_type(diff.summary(), pd.DataFrame)
assert_type(diff.patterns, pd.DataFrame)
assert_type(diff.routine, "pd.Index[str]")
assert_type(diff.alike("title cleared"), "pd.Index[str]")
assert_type(diff.links(), pd.DataFrame)
assert_type(diff.propose_links(limit=1, min_score=90), pd.DataFrame)
assert_type(diff.compare_with(diff), pd.DataFrame)
str(diff.explain("2819c223", "title"))
diff.explain(213, "title")
assert_type(diff.edit({"2819c223:title": "Engineer"}), sr.Diff)

matcher = sr.Matcher(diff, links=pd.read_csv("links.csv", dtype="str", keep_default_na=False), limit=3, min_score=75)
matcher.accept(213, "2819c223")
matcher.reject(214, "2819c223")
matcher.never(215)
matcher.forget(215)
assert_type(matcher.find(216, "müller jörg"), pd.DataFrame)
assert_type(matcher.undo(), bool)
assert_type(matcher.links, pd.DataFrame)
assert_type(matcher.candidates, pd.DataFrame)
assert_type(matcher.code(), str)
matcher.save("links.csv")

found = sr.scale.compare("desired.parquet", Path("users.parquet"), on="userName", out="found", partitions=40)
assert_type(found, sr.scale.Comparison)
assert_type(found.statuses, Mapping[str, int])
assert_type(found.summary, pd.DataFrame)
assert_type(found.findings, pd.DataFrame)
assert_type(found.changes(path="title", status=["open", "locked"]), pd.DataFrame)
assert_type(found.users(status="ambiguous"), pd.DataFrame)
assert_type(found.folder, Path)

selection = diff.select(diff.changes.query("path == 'title'").index)
assert_type(selection, sr.Selection)
assert_type(selection.changes, pd.DataFrame)
preview = sr.Preview(diff)
assert_type(preview.selection, sr.Selection)
preview.search("jo", path="title", kind="replace", status="open", flag="identity", pattern="title cleared", user="2819c223")
preview.group_by("pattern")
preview.sort("changes", descending=True)
preview.tick_alike("title cleared", "title set")
preview.tick_routine()
preview.show_user("2819c223")
assert_type(preview.undo(), bool)
assert_type(preview.redo(), bool)
assert_type(preview.thresholds, pd.DataFrame)
preview.save("titles.choices")
assert_type(sr.Preview(diff, choices=Path("titles.choices")).rebased, pd.DataFrame)
assert_type(preview.code(), str)
diff.to_excel("approve.xlsx", change_ids=diff.alike("title cleared"))
assert_type(diff.select_from(Path("approve.xlsx")), sr.Selection)
assert_type(selection.choices, pd.DataFrame)

plan = sr.plan_puts(preview.selection, target, allow={"deactivations": 12}, accept=["absent:active"])
assert_type(plan, sr.Plan)
assert_type(plan.requests, pd.DataFrame)
assert_type(plan.blocked, pd.DataFrame)
assert_type(plan.warnings, pd.DataFrame)
assert_type(plan.thresholds, pd.DataFrame)
assert_type(plan.hash, str)
assert_type(plan.is_intact(), bool)
assert_type(plan.body("2819c223"), dict[str, Any])
assert_type(plan.bodies(), Iterator[tuple[str, bytes]])
assert_type(plan.select(["2819c223"]), sr.Plan)
assert_type(plan.masked, tuple[str, ...])
plan.save("titles.plan")
plan.save(Path("for_review.plan"), mask=["phoneNumbers", "name"])
assert_type(sr.open_plan("titles.plan"), sr.Plan)
sr.open_plan("titles.plan", dialect=target.dialect)

results = sr.apply_plan(plan, target)
assert_type(results, sr.Results)
sr.apply_plan(plan, target, dry_run=False, batch_size=50, concurrency=4, run="change.run", note="CHG0041234")
assert_type(results.frame, pd.DataFrame)
assert_type(results.steps, pd.DataFrame)
assert_type(results.changes, pd.DataFrame)
assert_type(results.path, Path | None)
assert_type(results.refusal, str)
assert_type(results.annotate(export), pd.DataFrame)
assert_type(results.users, pd.DataFrame)
assert_type(results.unfinished, sr.Plan | None)
results.to_csv("outcomes.csv")
results.to_csv(Path("annotated.csv"), export=export)
results.to_excel("results.xlsx", export=export)
results.assert_converged()
assert_type(sr.open_run("change.run"), sr.Results)

sending = sr.ApplyView(plan, target, batch_size=20, rate=5, note="CHG0041234", run=Path("change.run"))
assert_type(sending.wait(0.1), bool)
assert_type(sending.results, sr.Results | None)
assert_type(sending.rehearsal, sr.Results | None)
sending.stop()
sr.write_report(results, "report.html")
sr.write_report(results, Path("report.xlsx"), mask=["phoneNumbers", "name"])
sr.plot_changes(diff).savefig("changes.png")
sr.plot_outcomes(results).savefig("outcomes.png")

view = sr.ResultsView(results, target=target)
view.show("rejected", search="jo")
view.tick(view.chosen)
view.retry()
view.undo()
assert_type(view.wait(30), bool)
assert_type(view.plan, sr.Plan | None)
assert_type(view.diff, sr.Diff | None)
assert_type(view.selection, sr.Selection | None)
assert_type(view.code(), str)

stop = threading.Event()
sr.apply_plan(plan, target, dry_run=False, rate=5, canary=False, approved=plan.hash, progress=lambda far: far.eta_s, stop=stop)
assert_type(sr.resume("change.run", target, batch_size=10, concurrency=2, rate=2.5, progress=False, stop=stop), sr.Results)
assert_type(sr.undo(results, target), sr.Diff)
assert_type(sr.restore("before.users", users, paths=["title"], unlock=["active"]), sr.Diff)
assert_type(sr.revisit(results, target, outcomes=["stale", "rejected"]), sr.Diff)
assert_type(sr.verify(results, target), pd.DataFrame)
assert_type(sr.runs(), pd.DataFrame)
assert_type(sr.history("jo.null@example.com", Path("runs")), pd.DataFrame)

export.rows.pipe(sr.map_users, export.mapping).frame.pipe(sr.compare, users, on="userName")
