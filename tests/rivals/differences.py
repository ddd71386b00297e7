"""Where other readers differ from us on the nasty LDIF files, and who is right.

Everywhere else they agree with us to the last value. `ldif` is asked without its strict mode, in which it stops earlier.
"""

from typing import NamedTuple

BOTH = ("ldif", "python-ldap")
SEARCH = "ldif-content: a block is an attrval-record; what ldapsearch says of its search is none"
CHANGE = "ldif-change-record: a change, not an entry"
SAFE = "SAFE-CHAR: neither NUL nor LF nor CR; such values are base64"
BASE64 = "BASE64-STRING: its characters alone, as RFC 1521 has them; note 8 on values that are not SAFE"
NAME = "AttributeType: letters, digits and hyphens, or an OID; and a colon right behind it"
RECORD = "attrval-record: dn-spec SEP 1*attrval-spec, one dn and first of all"


class Difference(NamedTuple):
    """One nasty file."""

    rivals: tuple[str, ...]
    theirs: str
    """What they make of it."""
    right: str
    by: str
    """The rule of RFC 2849."""


def ours(theirs: str, by: str, rivals: tuple[str, ...] = BOTH) -> Difference:
    return Difference(rivals, theirs, "scimrecon", by)


DIFFERENCES = {
    "folded-inside-a-character.ldif": ours("stop", "note 2: any line may be folded, and folds are bytes", ("python-ldap",)),
    "folded-by-a-tab.ldif": ours("stop, the rest unread", "note 2: a SPACE folds; the entry alone is broken"),
    "fold-of-nothing.ldif": ours("join it to the entry before", "note 2: a non-empty line is folded; SEP ends the entry"),
    "blank-line-that-is-not.ldif": ours("make one entry of two people", RECORD),
    "base64-with-an-illegal-character.ldif": ours("drop the character", BASE64),
    "base64-without-padding.ldif": ours("stop, the rest unread", BASE64),
    "base64-with-data-after-padding.ldif": ours("drop the second value", BASE64),
    "base64-dn-that-is-no-text.ldif": ours("invent an empty dn, or stop", "distinguishedName: UTF-8"),
    "nul-in-a-line.ldif": ours("keep a NUL", SAFE),
    "carriage-return-inside-a-value.ldif": ours("keep a CR", SAFE),
    "version-in-its-own-block.ldif": ours("invent an entry without dn", "version-spec: no record", ("ldif",)),
    "version-twice.ldif": ours("invent entries without dn, or stop", "version-spec: no record; joined files are two of them"),
    "version-2.ldif": ours("read on, or stop with the rest unread", 'version-number: "the value MUST be 1"'),
    "names-in-other-cases.ldif": ours("do not know DN:", 'dn-spec: "dn:" is a literal of RFC 2234, in any case'),
    "spaces-at-the-end.ldif": ours("strip them", "SAFE-STRING ends in any SAFE-CHAR; note 8 only advises base64", ("ldif",)),
    "space-before-the-colon.ldif": ours("have an attribute 'sn '", NAME),
    "names-that-are-none.ldif": ours("have such attributes, or stop", NAME),
    "raw-latin-1.ldif": ours("give bytes among texts, or stop", "SAFE-STRING: ASCII; what is not UTF-8 even is no text"),
    "comments-in-latin-1.ldif": ours("stop", "comment: to be ignored", ("python-ldap",)),
    "line-ends-cr.ldif": ours("one entry with a long dn, or none", "SEP: CR LF or LF; CR alone is read where there is no LF"),
    "line-ends-crcrlf.ldif": ours("stop", "SEP: CR LF; the CR before it is no SAFE-CHAR, so none of a value"),
    "dn-in-a-file.ldif": ours("invent an empty dn, or stop", "dn-spec: no url"),
    "a-change.ldif": ours("stop, or invent an attribute '-'", CHANGE),
    "a-deletion.ldif": ours("make it an entry", CHANGE),
    "a-deletion-at-the-end.ldif": ours("make it an entry", CHANGE),
    "a-new-name.ldif": ours("make it an entry", CHANGE),
    "an-unknown-change.ldif": ours("make it an entry", "changerecord: add, delete, modify, modrdn and moddn"),
    "search-that-ended-well.ldif": ours("invent an entry, or stop", SEARCH),
    "search-that-hit-a-limit.ldif": ours("invent an entry, or stop", SEARCH),
    "search-that-promises-more.ldif": ours("invent an entry, or stop", SEARCH),
    "references.ldif": ours("invent entries, or stop", SEARCH),
    "two-dns-in-one-block.ldif": ours("make one entry of two people", RECORD),
    "a-block-without-dn.ldif": ours("invent an entry, or stop", RECORD),
    "a-line-without-colon.ldif": ours("stop, the rest unread", "attrval-spec: a value-spec begins with a colon"),
    "spaces-in-a-dn.ldif": Difference(
        ("python-ldap",), "stops: it is no name", "python-ldap; here the name is kept as text",
        "distinguishedName: as RFC 2253 (now 4514) has it, which wants a leading space escaped",
    ),
}  # fmt: skip
