"""What a diff tells beside its changes: findings, what moved since a run, who is protected, what another diff has, and why."""

import pandas as pd
import pytest
from resources import ENTERPRISE, users_of

import scimrecon as sr
from scimrecon.attributes import CORE_URN
from scimrecon.errors import CompareError, SelectionError

PEOPLE = [
    {"userName": f"u{number}", "externalId": f"{number:06}", "title": f"title {number}", "displayName": f"Name {number}"}
    for number in range(10)
]


def wanted(**columns):
    return pd.DataFrame({name.replace("__", "."): values for name, values in columns.items()}, dtype="str")


def found(diff):
    return dict(zip(diff.findings["finding"], diff.findings["severity"], strict=True))


# Findings


def test_the_overlap_of_keys_is_always_told():
    frame = wanted(userName=[f"u{number}" for number in range(8)] + ["new1", "new2"])
    diff = sr.compare(frame, users_of(PEOPLE), on="userName")
    assert found(diff) == {"key_overlap": "info"}
    assert diff.findings["detail"].iloc[0] == "8 of 10 rows match one of 10 users by userName"


def test_keys_that_lost_their_zeros_stop_the_comparison_until_accepted():
    frame = wanted(externalId=[str(number) for number in range(10)], title=["x"] * 10)
    with pytest.raises(
        CompareError, match="zero_padding: 9 rows would match by externalId but for leading zeros, such as '1' and '000001'"
    ):
        sr.compare(frame, users_of(PEOPLE), on="externalId")
    diff = sr.compare(frame, users_of(PEOPLE), on="externalId", accept=["zero_padding"])
    assert found(diff)["zero_padding"] == "red"


def test_keys_that_are_another_attribute_of_the_target_are_a_finding():
    frame = wanted(userName=[f"{number:06}" for number in range(10)], externalId=[None] * 10)
    diff = sr.compare(frame, users_of(PEOPLE), on="userName")
    assert found(diff)["key_elsewhere"] == "amber"
    assert "the target holds as externalId" in diff.findings.set_index("finding").loc["key_elsewhere", "detail"]


def test_a_column_sorted_alone_stops_the_comparison():
    shifted = [f"Name {(number + 1) % 10}" for number in range(10)]
    frame = wanted(userName=[f"u{number}" for number in range(10)], displayName=shifted)
    with pytest.raises(CompareError, match="values_shifted: 10 users would get as displayName what another user has now"):
        sr.compare(frame, users_of(PEOPLE), on="userName")


def test_several_red_findings_are_accepted_in_one_go():
    shifted = [f"Name {(number + 1) % 10}" for number in range(10)]
    frame = wanted(userName=[f"u{number}" for number in range(10)], displayName=shifted, title=[None] * 10)
    mapping = {"userName": "userName", "displayName": "displayName", "title": sr.column("title", on_blank="clear")}
    with pytest.raises(CompareError, match=r"accept=\['values_shifted', 'blank_attribute'\]"):
        sr.compare(sr.map_users(frame, mapping), users_of(PEOPLE), on="userName")


def base_of(**columns):
    return pd.DataFrame({"outcome": "applied", "path": "title", **columns}, dtype="str")


def test_rows_gone_since_the_earlier_run_stop_the_comparison():
    base = base_of(user_id=[str(number) for number in range(1, 11)], desired=["x"] * 10, read_back=["x"] * 10)
    frame = wanted(userName=["u0", "u1", "u2"])
    with pytest.raises(
        CompareError, match=r"rows_gone: 7 of 10 users whom the earlier run changed have no row in this export \(70%\)"
    ):
        sr.compare(frame, users_of(PEOPLE), on="userName", base=base)
    assert found(sr.compare(frame, users_of(PEOPLE), on="userName", base=base, accept=["rows_gone"]))["rows_gone"] == "red"


def test_accept_is_a_list_of_names():
    with pytest.raises(CompareError, match="accept is a list"):
        sr.compare(wanted(userName=["u0"]), users_of(PEOPLE), on="userName", accept="rows_gone")


# Three ways


@pytest.mark.parametrize(
    ("asked_then", "left_then", "outcome", "holds", "asks", "flag"),
    [
        ("Clerk", "Clerk", "applied", "Clerk", "Chief", "source_moved"),
        ("Clerk", "Clerk", "applied", "Buyer", "Clerk", "target_edited"),
        ("Clerk", "Clerk", "applied", "Buyer", "Chief", "both_changed"),
        ("Clerk", None, "applied_unverified", "Buyer", "Clerk", "target_edited"),
        ("Clerk", None, "noop", "Clerk", "Chief", "source_moved"),
        ("Clerk", "CLK", "not_converged", "CLK", "Clerk", "rewritten"),
        ("Clerk", None, "not_converged", "Buyer", "Clerk", "target_edited"),
        ("", None, "applied", "Buyer", "", "target_edited"),
        ("", None, "applied", "Buyer", "Chief", "both_changed"),
        ("Clerk", None, "stale", "Buyer", "Clerk", ""),
        ("Clerk", None, "not_attempted", "Buyer", "Clerk", ""),
        ("Clerk", None, "unknown", "Buyer", "Clerk", ""),
    ],
)
def test_a_change_says_who_moved_since_the_earlier_run(asked_then, left_then, outcome, holds, asks, flag):
    base = base_of(user_id=["1"], desired=[asked_then], read_back=[left_then], outcome=[outcome])
    users = users_of([{"userName": "obrien", "title": holds}])
    diff = sr.compare(wanted(userName=["obrien"], title=[asks]), users, on="userName", base=base)
    assert diff.changes["flags"].tolist() == [flag]


def test_what_was_edited_on_the_target_is_not_routine():
    base = base_of(user_id=["1"], desired=["Clerk"], read_back=["Clerk"])
    users = users_of([{"userName": "obrien", "title": "Buyer"}, {"userName": "null", "title": "Buyer"}])
    frame = wanted(userName=["obrien", "null"], title=["Clerk", "Chief"])
    assert sr.compare(frame, users, on="userName", base=base).routine.tolist() == ["2:title"]


@pytest.mark.parametrize("base", ["earlier.run", pd.DataFrame({"user_id": ["1"]})])
def test_a_base_is_the_changes_of_a_run(base):
    with pytest.raises(CompareError, match=r"open_run\('earlier.run'\).changes"):
        sr.compare(wanted(userName=["u0"]), users_of(PEOPLE), on="userName", base=base)


def test_a_dry_run_is_no_base():
    base = base_of(user_id=["1"], desired=["x"], read_back=[None], outcome=["would_apply"])
    with pytest.raises(CompareError, match="was dry and wrote nothing"):
        sr.compare(wanted(userName=["u0"]), users_of(PEOPLE), on="userName", base=base)


def test_of_several_runs_put_together_the_last_counts():
    runs = [base_of(user_id=["1"], desired=[text], read_back=[text]) for text in ("first", "second")]
    users = users_of([{"userName": "a", "title": "second"}])
    diff = sr.compare(wanted(userName=["a"], title=["x"]), users, on="userName", base=pd.concat(runs))
    assert diff.changes["flags"].tolist() == ["source_moved"]


# Protected users


@pytest.mark.parametrize("protect", [["1"], ["U0"], lambda frame: frame["userName"] == "u0"])
def test_a_protected_users_changes_are_shown_and_never_ticked(protect):
    frame = wanted(userName=["u0", "u1"], title=["x", "y"])
    diff = sr.compare(frame, users_of(PEOPLE), on="userName", protect=protect)
    assert diff.changes["status"].tolist() == ["protected", "open"]
    assert diff.users["status"].tolist()[:2] == ["protected", "changed"]
    assert diff.users["reason"].iloc[0] == "protected: differs: 1 cannot be ticked (title)"
    with pytest.raises(SelectionError, match="protected: this user must not change"):
        diff.select(["1:title"])
    assert diff.edit({"1:title": "z"}).changes.loc["1:title", "status"] == "protected"


def test_a_protected_user_without_a_row_is_told_as_protected():
    diff = sr.compare(wanted(userName=["u1"]), users_of(PEOPLE[:2]), on="userName", protect=["u0"])
    assert diff.users["status"].tolist() == ["in_sync", "protected"]


@pytest.mark.parametrize(
    ("protect", "words"),
    [
        (["admin"], "no user has the id or userName 'admin'"),
        ("admin", r"protect=\['admin'\]"),
        ([None], "None is neither an id nor a userName"),
        (lambda frame: True, "one True or False a user"),
        (lambda frame: frame["title"], r"one True or False a user \(10"),
        (lambda frame: pd.Series([True, None] * 5, dtype="boolean"), "a missing value"),
    ],
)
def test_a_protection_that_protects_nobody_is_refused(protect, words):
    with pytest.raises(CompareError, match=words):
        sr.compare(wanted(userName=["u0"]), users_of(PEOPLE), on="userName", protect=protect)


# Doubts

BOTH_KEYS = ["externalId", "userName"]


def test_a_weaker_key_that_the_stronger_contradicts_is_told_and_is_not_routine():
    users = users_of(
        [{"userName": "ann", "externalId": "E1", "title": "x"}, {"userName": "ben", "externalId": "E2", "title": "x"}]
    )
    frame = wanted(externalId=["E9", "E2"], userName=["ann", "ben"], title=["y", "y"])
    diff = sr.compare(frame, users, on=BOTH_KEYS)
    assert "keys_disagree" in diff.changes.loc["1:title", "flags"]
    assert diff.routine.tolist() == ["2:title"]
    assert found(diff)["keys_disagree"] == "amber"


def test_keys_in_the_wrong_rows_are_told_though_each_finds_somebody():
    users = users_of([{"userName": name, "externalId": name.upper(), "title": "x"} for name in ("ann", "ben", "cid")])
    frame = wanted(externalId=["BEN", "ANN", "CID"], userName=["ann", "ben", "cid"], title=["y"] * 3)
    diff = sr.compare(frame, users, on=BOTH_KEYS)
    assert not {"1:title", "2:title"} & set(diff.routine)
    assert set(diff.changes.loc[["1:title", "2:title"], "flags"]) == {"keys_disagree"}


def test_a_new_login_that_nobody_else_has_is_no_doubt():
    users = users_of([{"userName": "ann", "externalId": "E1", "title": "x"}])
    diff = sr.compare(wanted(externalId=["E1"], userName=["ann.new"], title=["y"]), users, on=BOTH_KEYS)
    assert diff.changes.loc["1:title", "flags"] == ""


def test_many_people_with_keys_in_the_wrong_rows_stop_the_comparison():
    users = users_of([{"userName": f"u{n}", "externalId": f"E{n}"} for n in range(10)])
    frame = wanted(externalId=[f"E{9 - n}" for n in range(10)], userName=[f"u{n}" for n in range(10)])
    with pytest.raises(
        CompareError, match="keys_disagree: 10 rows matched a user by one key while another key says somebody else"
    ):
        sr.compare(frame, users, on=BOTH_KEYS, accept=["values_shifted"])


def test_a_plan_warns_of_doubtful_matches():
    users = users_of([{"userName": "ann", "active": True}])
    diff = sr.compare(wanted(externalId=["E1"], userName=["ann"], title=["y"]), users, on=BOTH_KEYS)
    plan = sr.plan_puts(diff.select(["1:title"]), sr.connect("http://127.0.0.1:9/scim/v2", token="unused"))
    assert plan.warnings["warning"].tolist() == ["1 user matched by a weaker key"]


# What cannot be meant


def test_nobody_writes_into_a_diff_or_into_its_users():
    users = users_of(PEOPLE)
    mine = users.frame
    mine["id"] = mine["id"].to_numpy()[::-1]
    diff = sr.compare(wanted(userName=["u0"], title=["x"], active=["false"]), users, on="userName", protect=["u1"])
    assert diff.changes.index.tolist() == ["1:active", "1:title"]
    changes = diff.changes
    changes["status"] = "open"
    changes.loc["1:title", "after"] = "z"
    assert diff.changes[["after", "status"]].to_numpy().tolist() == [["false", "locked"], ["x", "open"]]


@pytest.mark.parametrize(
    "options",
    [
        {"unlock": {"active": False}},
        {"unlock": None},
        {"unlock": [1]},
        {"protect": {"u0": False}},
        {"protect": None},
        {"accept": None},
        {"on": None},
        {"on": {"userName": True}},
        {"region": 44},
        {"region": "XX"},
        {"policies": {1: "keep"}},
        {"comparators": {"title": "fuzzy"}},
        {"comparators": "phone"},
    ],
    ids=str,
)
def test_options_of_a_wrong_kind_are_refused(options):
    with pytest.raises(CompareError):
        sr.compare(wanted(userName=["u0"]), users_of(PEOPLE), **{"on": "userName", **options})


def test_a_policy_finds_its_element_however_the_type_is_written():
    users = users_of([{"userName": "a", "phoneNumbers": [{"type": "mobile", "value": "1"}]}])
    frame = pd.DataFrame({"userName": ["a"], 'phoneNumbers[type eq "mobile"].value': ["2"]})
    diff = sr.compare(frame, users, on="userName", policies={'phoneNumbers[type eq "Mobile"].value': "keep"})
    assert diff.changes[["status", "policy"]].to_numpy().tolist() == [["locked", "keep"]]


@pytest.mark.parametrize("urn", ["", f"{CORE_URN}:", f"{CORE_URN.upper()}:"])
def test_a_whole_attribute_goes_by_its_urn_too(urn):
    users = users_of([{"userName": "a", "roles": [{"value": "clerk"}], "emails": [{"value": "a@x.example", "type": "work"}]}])
    asked = {"userName": ["a"], f"{urn}roles": ["cook"], 'emails[type eq "work"].value': ["b@x.example"]}
    options = {"policies": {f"{urn}roles": "force"}, "unlock": [f"{urn}emails"]}
    diff = sr.compare(pd.DataFrame(asked), users, on="userName", **options)
    assert diff.tickable.tolist() == [True, True, True]


def test_an_option_that_guards_nothing_is_told():
    diff = sr.compare(wanted(userName=["u0"]), users_of(PEOPLE), on="userName", policies={"nickName": "keep"})
    assert found(diff)["unused_option"] == "amber"


def test_two_columns_for_one_element_are_refused():
    paths = ['phoneNumbers[type eq "mobile"].value', 'phoneNumbers[type eq "MOBILE"].value']
    with pytest.raises(CompareError, match="name one element"):
        sr.compare(
            pd.DataFrame({"userName": ["a"], paths[0]: ["1"], paths[1]: ["2"]}), users_of([{"userName": "a"}]), on="userName"
        )


def test_white_space_alone_is_no_value():
    diff = sr.compare(wanted(userName=["u0"], title=["  "]), users_of(PEOPLE), on="userName")
    assert diff.changes.loc["1:title", ["status", "problem"]].tolist() == ["invalid", "white space alone is no value; '' clears"]
    with pytest.raises(SelectionError, match="white space alone"):
        diff.edit({"1:title": " "})


def test_several_roles_in_one_are_never_sent():
    users = users_of([{"userName": "a", "roles": [{"value": "owner"}]}])
    rows = pd.DataFrame({"login": ["a"], "rights": ["owner; auditor"]}, dtype="str")
    diff = sr.compare(sr.map_users(rows, {"userName": "login", "roles": "rights"}), users, on="userName")
    assert set(diff.changes.query("kind == 'add_element'")["status"]) == {"invalid"}
    assert "separator=" in diff.changes["problem"].dropna().iloc[0]


@pytest.mark.parametrize("cell", ['["owner", 5]', '["owner", null]', "[owner"])
def test_a_set_that_is_no_array_of_texts_is_refused(cell):
    with pytest.raises(CompareError, match="begins like a JSON array"):
        sr.compare(pd.DataFrame({"userName": ["a"], "roles": [cell]}), users_of([{"userName": "a"}]), on="userName")


@pytest.mark.parametrize("wrong", [["title set"], None, 0])
def test_alike_takes_names(wrong):
    diff = sr.compare(wanted(userName=["u0"], nickName=["x"]), users_of(PEOPLE), on="userName")
    with pytest.raises(SelectionError, match="names of patterns"):
        diff.alike(wrong)


@pytest.mark.parametrize("wrong", [None, 5, {"1:title": False}])
def test_select_takes_a_list_of_ids(wrong):
    diff = sr.compare(wanted(userName=["u0"], title=["x"]), users_of(PEOPLE), on="userName")
    with pytest.raises(SelectionError, match="select takes change ids"):
        diff.select(wrong)


def test_a_line_out_of_a_frame_can_be_explained():
    diff = sr.compare(wanted(userName=["u0"], title=["x"]), users_of(PEOPLE), on="userName")
    assert "holds 'title 0'" in str(diff.explain(diff.users["source_line"].iloc[0], "title"))


# Links


def test_links_come_first_and_last_into_the_next_comparison():
    users = users_of([{"userName": "a.weber", "title": "Clerk"}, {"userName": "null"}])
    frame = wanted(userName=["anna.weber", "null"], title=["Chief", None])
    links = pd.DataFrame({"key": ["anna.weber"], "user_id": ["1"]})
    diff = sr.compare(frame, users, on="userName", links=links)
    assert diff.changes.loc["1:title", ["after", "flags"]].tolist() == ["Chief", "linked"]
    assert diff.links()[["key", "user_id"]].to_numpy().tolist() == [["anna.weber", "1"], ["null", "2"]]
    assert sr.compare(frame, users, on="userName", links=diff.links()).changes.equals(diff.changes)


def test_a_link_that_does_not_hold_any_more_is_a_finding():
    links = pd.DataFrame({"key": ["u0"], "user_id": ["gone"]})
    diff = sr.compare(wanted(userName=["u0"]), users_of(PEOPLE), on="userName", links=links)
    assert found(diff)["broken_links"] == "amber"


def test_proposals_are_for_those_left_and_are_never_applied():
    people = [{"userName": "jmueller", "displayName": "Jörg Müller", "name": {"familyName": "Müller"}}, *PEOPLE]
    frame = wanted(userName=["j.mueller", "u0"], displayName=["Joerg Mueller", "Name 0"], name__familyName=["Mueller", None])
    diff = sr.compare(frame, users_of(people), on="userName")
    assert diff.users["status"].iloc[0] == "source_only"
    proposals = diff.propose_links()
    assert proposals[["key", "user_id", "rank"]].to_numpy().tolist()[0] == ["j.mueller", "1", 1]
    linked = sr.compare(frame, users_of(people), on="userName", links=proposals[proposals["alone"]])
    assert linked.users["user_id"].iloc[0] == "1"


# Two diffs


def test_a_diff_tells_what_another_has_not():
    users = users_of([{"userName": "a", "title": "x"}, {"userName": "b", "title": "x"}, {"userName": "c", "title": "x"}])
    old = sr.compare(wanted(userName=["a", "b", "c"], title=["y", "y", "x"]), users, on="userName")
    new = sr.compare(wanted(userName=["a", "b", "c"], title=["z", "x", "y"]), users, on="userName")
    revisions = new.compare_with(old)
    assert revisions["revision"].to_dict() == {"1:title": "altered", "2:title": "removed", "3:title": "added"}
    assert revisions.loc["1:title", ["after_then", "after", "moved"]].tolist() == ["y", "z", "after"]
    assert new.compare_with(new).empty
    with pytest.raises(CompareError, match="takes another diff"):
        new.compare_with(new.changes)


def test_an_unlocked_attribute_is_a_revision():
    users = users_of([{"userName": "a", "active": True}])
    frame = wanted(userName=["a"], active=["false"])
    locked, unlocked = sr.compare(frame, users, on="userName"), sr.compare(frame, users, on="userName", unlock=["active"])
    assert unlocked.compare_with(locked).loc["1:active", ["moved", "status_then", "status"]].tolist() == [
        "status",
        "locked",
        "open",
    ]


# Patterns


def test_changes_of_a_pattern_are_selected_by_its_name():
    users = users_of([{"userName": f"u{n}", "active": True, ENTERPRISE: {"department": "R&D"}} for n in range(3)])
    frame = wanted(userName=["u0", "u1", "u2"], department=["Research"] * 3, active=["true", "true", "false"])
    diff = sr.compare(frame, users, on="userName")
    assert diff.select(diff.alike("department: R&D → Research")).changes["user_name"].tolist() == ["u0", "u1", "u2"]
    assert diff.alike("active: true → false").empty
    with pytest.raises(SelectionError, match="Did you mean 'department: R&D → Research'"):
        diff.alike("department: RnD → Research")


def test_the_patterns_show_in_the_diff():
    users = users_of([{"userName": f"u{n}", "title": "Clerk"} for n in range(3)])
    diff = sr.compare(wanted(userName=["u0", "u1", "u2"], title=["", "", "Chief"]), users, on="userName")
    assert diff.patterns["pattern"].tolist() == ["title cleared", "title changed"]
    assert "title cleared" in diff._repr_html_()


# Explanations


@pytest.fixture
def story(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "Number,Login,Job,On,Boss,Roles,Second\n"
        "E1,ann, Chief ,yes,,owner;clerk,x\n"
        "E2,ben,clerk,no,E1,,x\n"
        "E3,cid,,maybe,E9,,x\n"
        "E4,new,Clerk,yes,,,x\n"
        "E5,pat,Clerk,yes,,,x\n"
        "E6,pat,Clerk,yes,,,x\n"
        ",,Clerk,yes,,,x\n"
        "E8,root,Clerk,yes,,,x\n",
    )
    export = sr.read_export(file)
    mapping = {
        "employeeNumber": "Number",
        "userName": "Login",
        "title": sr.column("Job", on_blank="clear"),
        "active": "On",
        "manager.value": sr.reference("Boss", on="employeeNumber"),
        "roles": sr.column("Roles", separator=";"),
        "userType": sr.constant("Employee"),
        "nickName": "Second",
    }
    people = [
        {"userName": "ann", "title": "Clerk", "active": True, "userType": "Employee", "roles": [{"value": "owner"}]},
        {"userName": "ben", "title": "CLERK", "active": True, "userType": "Employee"},
        {"userName": "cid", "title": "Buyer", "active": True, "userType": "Employee"},
        {"userName": "pat", "userType": "Employee"},
        {"userName": "other", "userType": "Employee"},
        {"userName": "root", "title": "Root", "userType": "Employee"},
    ]
    users = users_of([{**one, ENTERPRISE: {"employeeNumber": f"E{n}"}} for n, one in enumerate(people, 1)])
    return sr.compare(
        sr.map_users(export, mapping), users, on="userName", protect=["root"], policies={"nickName": "ignore", "roles": "force"}
    )


@pytest.mark.parametrize(
    ("user", "attribute", "words"),
    [
        ("ann", "title", ["line 2, column 'Job': ' Chief '", "trim: 'Chief'", "read as UTF-8", "by userName 'ann', user '1'",
                          "holds 'Clerk'", "case_insensitive: 'clerk' and 'chief'", "force", "a change (replace)",
                          "it can be ticked", 'carries title as "Chief"']),
        ("2", "title", ["a change (cosmetic)", "differ in formatting only", "on request only: select(…, cosmetic=True)"]),
        ("ben", "active", ["'no'", "trim: 'false'", "holds 'true'", "locked: shown, not tickable", "deactivation",
                           "unlock=['active']", "carries this attribute as the target holds it"]),
        ("cid", "title", ["on_blank='clear': the value shall go", "a change (clear)", "it can be ticked",
                          "if ticked, it is null"]),
        ("cid", "active", ["'maybe'", "neither a word for true nor for false", "invalid"]),
        ("ben", "manager.value", ["'E1'", "the user with this employeeNumber is '1' (ann)", 'carries manager.value as "1"']),
        ("cid", "manager.value", ["'E9'", "nobody has employeeNumber 'E9'", "invalid"]),
        ("ann", "manager.value", ["on_blank='keep': the export has no opinion", "no change: the export has no opinion"]),
        ("ann", "userType", ["the mapping gives everyone 'Employee'", "no change: the target has it as the export wants it"]),
        ("ann", "nickName", ["policy ignore: it is not compared"]),
        ("ann", "displayName", ["nothing is mapped to displayName", "the mapping leaves this attribute alone"]),
        ("ann", 'roles[value eq "clerk"].value', ["column 'Roles'", "split at ';'"]),
        ("ann", "roles", ["split at ';'", "holds 'owner'", 'add_element of roles[value eq "clerk"].value: open']),
        (5, "title", ["no change: source_only: no user of the target has this userName"]),
        (6, "title", ["ambiguous", "line 6, line 7"]),
        (8, "title", ["invalid_source"]),
        ("other", "title", ["no line of it is this user's", "target_only"]),
        ("root", "title", ["protected: this user must not change"]),
    ],
)  # fmt: skip
def test_every_cell_can_be_explained(story, user, attribute, words):
    told = str(story.explain(user, attribute))
    assert [one for one in words if one not in told] == [], told


def test_what_clients_cannot_write_is_explained_too():
    diff = sr.compare(wanted(userName=["u0"], manager__displayName=["Ann"]), users_of(PEOPLE), on="userName")
    told = str(diff.explain("u0", "manager.displayName"))
    assert "row 0 of a frame: 'Ann'" in told
    assert "unsupported: the target's dialect does not write manager.displayName" in told


def test_an_explanation_shows_what_one_cannot_see():
    users = users_of([{"userName": "a", "title": "Jose"}])
    rows = pd.DataFrame({"login": ["a"], "job": ["Jo\u200bse\u0301"]}, dtype="str")
    told = str(sr.compare(sr.map_users(rows, {"userName": "login", "title": "job"}), users, on="userName").explain("a", "title"))
    assert "\\u200b" in told


@pytest.mark.parametrize(
    ("user", "attribute", "words"),
    [
        ("nobody", "title", "no user has the id, userName or key 'nobody'"),
        (99, "title", "no line of the export is 99"),
        ("pat", "title", "users answer to 'pat'"),
        ("ann", "tittle", "did you mean 'title'"),
    ],
)
def test_what_cannot_be_explained_is_refused_by_name(story, user, attribute, words):
    with pytest.raises(SelectionError, match=words):
        story.explain(user, attribute)


def test_an_explanation_escapes_hostile_cells():
    hostile = "<img src=x onerror=alert(1)>"
    users = users_of([{"userName": "a", "title": hostile}])
    diff = sr.compare(wanted(userName=["a"], title=["<script>"]), users, on="userName")
    html = diff.explain("a", "title")._repr_html_()
    assert "<img" not in html
    assert "<script" not in html


def test_an_attribute_is_compared_whole_or_by_element_not_both_ways():
    frame = pd.DataFrame({"userName": ["a"], "emails": ['["a@example.com"]'], 'emails[type eq "work"].value': ["a@example.com"]})
    with pytest.raises(CompareError, match="emails is compared as a whole"):
        sr.compare(frame, users_of([{"userName": "a"}]), on="userName")
