"""JSON of users: numbers, pages, cuts and members written twice."""

from nasty.trap import Trap

LIST = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": %s, "Resources": [\n%s\n]}\n'
USER = '{"id": "%s", "userName": "%s@x.example"}'


def listed(total: int, *users: str) -> str:
    return LIST % (total, ",\n".join(users))


TRAPS = [
    Trap(
        "texts-that-look-like-numbers.json",
        'read_json makes "00123" 123, "+44" 44 and what ends in _at a date',
        '[\n{"userName": "ann", "employeeNumber": "00123", "phone": "+44207946", "created_at": "20240101", "code": "1e5"},\n'
        '{"userName": "ben", "employeeNumber": 123, "share": 1.10, "big": 9007199254740993, "huge": 1e400}\n]\n',
    ),
    Trap(
        "constants-json-does-not-have.json",
        "NaN and Infinity become floats",
        '[\n{"userName": "ann", "x": NaN, "y": -Infinity}\n]\n',
    ),
    Trap(
        "null-empty-and-missing.json",
        "three ways to have no value",
        '[\n{"userName": "ann", "title": null, "nickName": ""},\n'
        '{"userName": "ben", "title": "Cook", "emails": [], "name": {}}\n]\n',
    ),
    Trap(
        "booleans-as-texts.json",
        'active is "True" in some exports',
        '[\n{"userName": "ann", "active": "True"},\n{"userName": "ben", "active": true}\n]\n',
    ),
    Trap("a-page-of-many.json", "what is not on this page looks like leavers", listed(250, USER % ("1", "ann"))),
    Trap("pages-joined.json", "two answers in one file", listed(2, USER % ("1", "ann")) + listed(2, USER % ("2", "ben"))),
    Trap("an-empty-list.json", "Resources is missing where there are none", '{"totalResults": 0}\n'),
    Trap(
        "more-pages-by-token.json",
        "NextToken says that it goes on",
        '{"Users": [\n{"UserName": "ann", "UserId": "1"}\n], "NextToken": "abc"}\n',
    ),
    Trap("cut-off.json", "the file ends inside a user", listed(2, USER % ("1", "ann"), USER % ("2", "ben"))[:-30]),
    Trap("a-comma-too-many.json", "JavaScript allows it", '[\n{"userName": "ann"},\n{"userName": "ben"},\n]\n'),
    Trap(
        "a-member-twice.json",
        "the last one wins in silence",
        '[\n{"userName": "ann", "title": "Cook", "title": "Clerk"},\n{"userName": "ben"}\n]\n',
    ),
    Trap("members-that-differ-in-case.json", "attribute names know no case", '[\n{"userName": "ann", "UserName": "ben"}\n]\n'),
    Trap(
        "two-members-of-one-path.json",
        "name.givenName stands there twice",
        '[\n{"userName": "ann", "name.givenName": "A", "name": {"givenName": "B"}}\n]\n',
    ),
    Trap(
        "half-a-character.json",
        "an unpaired surrogate fits no file",
        '[\n{"userName": "ann", "title": "\\ud83d"},\n{"userName": "ben", "title": "\\ud83d\\ude00"}\n]\n',
    ),
    Trap("a-nul-by-escape.json", "a NUL that only the parser sees", '[\n{"userName": "ann", "title": "a\\u0000b"}\n]\n'),
    Trap("not-only-users.json", "texts and numbers stand among the users", '[\n{"userName": "ann"},\n"ben",\n3,\nnull\n]\n'),
    Trap("mails-that-are-no-list.json", "a catalogue's example value", '[\n{"userName": "ann", "emails": "example_value"}\n]\n'),
    Trap(
        "mails-of-one-type.json",
        "two work addresses: first wins",
        '[\n{"userName": "ann", "emails": [{"type": "work", "value": "a@x.example"}, '
        '{"type": "work", "value": "b@x.example"}]}\n]\n',
    ),
    Trap("lines.jsonl", "a bad line ends the reading", '{"userName": "ann"}\n{"userName": "ben", }\n\n{"userName": "zoe"}\n'),
    Trap("users-on-one-line.json", "all users start on line 1", '[{"userName": "ann"}, {"userName": "ben"}]'),
    Trap("nested-deeply.json", "recursion ends the interpreter", '[\n{"userName": ' + "[" * 100_000 + "]" * 100_000 + "}\n]\n"),
    Trap("names-with-line-breaks.json", "a key holds what splits lines", '[\n{"userName": "ann", "a\\nb": "x\\ny"}\n]\n'),
    Trap("with-mark.json", "a byte order mark before the brace", "\ufeff" + '[\n{"userName": "zoë"}\n]\n'),
]
