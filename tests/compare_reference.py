"""What `compare` must find in two bare frames, the plain way: dicts, loops, and what DESIGN and README say.

Slow on purpose, and nothing of scimrecon is used, whose faults it would share. Phone numbers are texts like any other here.
"""

import json
import unicodedata
from dataclasses import dataclass

WORK = 'phoneNumbers[type eq "work"].value'
SET = "roles"
PATHS = ["userName", "externalId", "title", "nickName", "department", "active", WORK, SET]
IDENTITY = {"userName", "externalId"}
NEVER_CLEARED = {"userName", "active"}
CASE_EXACT = frozenset({"externalId"})
"""Of `PATHS`, those whose letter case matters (RFC 7643 §8.7.1)."""
ZERO_WIDTH = "\u00ad\u200b\u200c\u200d\u2060\ufeff"

FILLS, REPLACES, TAKES = {"set", "add_element"}, {"replace", "cosmetic"}, {"clear", "remove_element"}
TICKABLE = {
    "force": FILLS | REPLACES | TAKES,
    "locked": FILLS | REPLACES | TAKES,
    "merge": FILLS | REPLACES,
    "add_only": FILLS,
    "fill_if_empty": FILLS,
    "keep": set(),
}
"""The table of README.md, by kind of change."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `compare` is asked, in canonical spelling."""

    on: tuple
    policies: dict
    unlock: frozenset = frozenset()
    protect: frozenset = frozenset()
    case_exact: frozenset = CASE_EXACT


@dataclass(frozen=True, kw_only=True)
class Found:
    changes: set
    """Tuples of user_id, path, before, after, kind, status, policy; before is None where nothing is there."""
    rows: list
    """For each row its status, and the id of its user or None."""
    users: dict
    """Id to status, of the users no row claims."""


def normal_form(text, case_exact):
    """Take away what is only formatting: never case-folded, so Straße is not Strasse."""
    text = unicodedata.normalize("NFC", "".join(letter for letter in text if letter not in ZERO_WIDTH))
    if not case_exact:
        text = unicodedata.normalize("NFC", text.lower())
    return " ".join(text.split())


def key_of(text, case_exact):
    """The form a key is found by; None for a missing or blank one."""
    return normal_form(text or "", case_exact) or None


def compare_plainly(rows, users, options):
    """Compare rows (dicts of path to text or None) with users (likewise, with an id); '' in a row asks to clear."""
    user_of, unclear_rows, unclear_users = match(rows, users, options)
    taken = taken_logins([(rows[place], users[user_of[place]]) for place in user_of], users, options)
    changes, row_statuses = set(), []
    for place, row in enumerate(rows):
        if place not in user_of:
            row_statuses.append((status_of_lost_row(row, place in unclear_rows, options), None))
            continue
        user = users[user_of[place]]
        mine = changes_of(row, user, taken, options)
        changes |= mine
        row_statuses.append((status_of_matched(user, mine, options), user["id"]))
    claimed = set(user_of.values())
    others = {
        user["id"]: "ambiguous" if place in unclear_users else "protected" if is_protected(user, options) else "target_only"
        for place, user in enumerate(users)
        if place not in claimed
    }
    return Found(changes=changes, rows=row_statuses, users=others)


def match(rows, users, options):
    """Who is who: row to user, by place; and the places of ambiguous rows and users."""
    user_of, unclear_rows, unclear_users = {}, set(), set()
    for path in options.on:
        row_keys = [key_of(row[path], path in options.case_exact) for row in rows]
        user_keys = [key_of(user[path], path in options.case_exact) for user in users]
        taken = set(user_of.values()) | unclear_users
        contested = set()
        for place, key in enumerate(row_keys):
            if key is None or place in user_of or place in unclear_rows or key not in user_keys:
                continue
            holder = user_keys.index(key)
            if row_keys.count(key) == 1 and user_keys.count(key) == 1 and holder not in taken:
                user_of[place] = holder
            else:
                unclear_rows.add(place)
                contested.add(key)
        for place, key in enumerate(user_keys):
            if key in contested and place not in user_of.values():
                unclear_users.add(place)
    return user_of, unclear_rows, unclear_users


def status_of_lost_row(row, ambiguous, options):
    if ambiguous:
        return "ambiguous"
    has_key = any(key_of(row[path], path in options.case_exact) for path in options.on)
    return "source_only" if has_key else "invalid_source"


def status_of_matched(user, changes, options):
    if is_protected(user, options):
        return "protected"
    real = [status for *_, kind, status, _ in changes if kind != "cosmetic"]
    if "open" in real:
        return "changed"
    if real:
        return "locked_only"
    return "cosmetic" if changes else "in_sync"


def is_protected(user, options):
    """By id exactly, by userName without regard to case."""
    name = key_of(user["userName"], case_exact=False)
    return user["id"] in options.protect or (name is not None and name in {key_of(one, False) for one in options.protect})


def changes_of(row, user, taken, options):
    changes = set()
    for path, after in row.items():
        policy = options.policies.get(path, "merge" if path == SET else "force")
        if path not in user or policy == "ignore" or after is None:
            continue
        difference = set_changes if path == SET else text_changes
        for name, before, asked, kind, wrong in difference(path, user[path], after, path in options.case_exact):
            status, said = verdict(path, kind, policy, user, options)
            wrong = wrong or (asked != "" and not asked.strip())
            wrong = wrong or (path == "userName" and key_of(asked, path in options.case_exact) in taken)
            status = "invalid" if wrong else status
            status = "protected" if is_protected(user, options) else status
            changes.add((user["id"], name, before, asked, kind, status, said))
    return changes


def taken_logins(pairs, users, options):
    """Logins no change may ask for, by form: a user keeps one, or several ask for it (RFC 7643 §4.1.1)."""
    case_exact = "userName" in options.case_exact
    asked = {
        user["id"]: key_of(row["userName"], case_exact)
        for row, user in pairs
        if row["userName"] is not None and text_changes("userName", user["userName"], row["userName"], case_exact)
    }
    leaving = {user["id"] for row, user in pairs if row["userName"] and not is_protected(user, options)} & set(asked)
    kept = {key_of(user["userName"], case_exact) for user in users if user["id"] not in leaving}
    doubled = {form for form in asked.values() if list(asked.values()).count(form) > 1}
    return (kept | doubled) - {None}


def text_changes(path, before, after, case_exact):
    """The change of one text, if it is one: path, before, after, kind, and whether it cannot be."""
    before = before or None  # null, missing and "" are the same: unassigned
    if after == (before or ""):
        return []
    if after == "":
        kind = "remove_element" if path == WORK else "clear"
    elif before is None:
        kind = "add_element" if path == WORK else "set"
    elif normal_form(before, case_exact) == normal_form(after, case_exact):
        kind = "cosmetic"
    else:
        kind = "replace"
    return [(path, before, after, kind, kind == "clear" and path in NEVER_CLEARED)]


def set_changes(path, before, after, case_exact):
    """The changes of one set, element by element; one that is there twice cannot be told from its like."""
    held, asked = elements_of(before, case_exact), elements_of(after, case_exact)
    changes = []
    for form in held.keys() | asked.keys():
        there, wanted = held.get(form, []), asked.get(form, [])
        if set(there) & set(wanted):
            continue
        old, new = there[0] if there else None, wanted[0] if wanted else ""
        kind = "add_element" if not there else "cosmetic" if wanted else "remove_element"
        name = f"{path}[value eq {json.dumps(old or new, ensure_ascii=False)}].value"
        changes.append((name, old, new, kind, len(there) > 1))
    return changes


def elements_of(cell, case_exact):
    """A set's texts as spelt, by their form."""
    elements = {}
    for text in json.loads(cell) if cell else []:
        elements.setdefault(normal_form(text, case_exact), []).append(text)
    return elements


def verdict(path, kind, policy, user, options):
    """Whether a change can be ticked, and the policy it is shown with."""
    unlocked = bool({path, path.split("[")[0]} & options.unlock)
    if not unlocked and (path in IDENTITY or path == "active" or policy == "locked"):
        return "locked", "locked"
    held_back = kind not in TICKABLE[policy] or (policy == "fill_if_empty" and holds_any(path, user))
    return "locked" if held_back else "open", "force" if policy == "locked" else policy


def holds_any(path, user):
    """Whether the whole attribute has a value: of phone numbers, any of them."""
    mine = [other for other in user if other.split("[")[0] == path.split("[")[0]]
    return any(user[other] and (other != SET or json.loads(user[other])) for other in mine)
