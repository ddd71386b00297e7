"""LDIF as directories write it, and as it is damaged."""

import base64

from nasty.trap import Trap

ANN = "dn: uid=ann,dc=x\nsn: Lee\n"
ZOE = "dn: uid=zoe,dc=x\nsn: Lee\n"
SEARCH = "# extended LDIF\n#\n# LDAPv3\n# base <dc=x> with scope subtree\n# requesting: ALL\n#\n\n# ann, x\n" + ANN
GUID = "0123456789abcdef"  # sixteen bytes that happen to be text


def between(*entries: str) -> str:
    """Put entries between two good ones."""
    return "\n".join([ANN, *entries, ZOE])


def encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


TRAPS = [
    Trap(
        "folded-inside-a-character.ldif",
        "lines are decoded before they are joined",
        "dn: uid=ann,dc=x\nsn: Zoë\n".encode().replace("ë".encode(), b"\xc3\n \xab"),
    ),
    Trap(
        "folded-everywhere.ldif",
        "folds in names, after the colon, in base64, in the dn",
        "dn: uid=an\n n,dc=x\ns\n n: Lee\ncn:\n  Ann\nmail:: QW5\n uQHg=\ntitle: \n Cook\n",
    ),
    Trap("folded-by-a-tab.ldif", "only a space folds", between("dn: uid=ben,dc=x\nsn: a\n\tb\n")),
    Trap("folded-with-more-spaces.ldif", "one space is the fold, the others are the value's", "dn: uid=ann,dc=x\nsn: A\n   B\n"),
    Trap("fold-of-nothing.ldif", "a block begins with a space", between(" sn: stray\n")),
    Trap("blank-line-that-is-not.ldif", "a line of one space folds, and does not end an entry", ANN + " \n" + ZOE),
    Trap(
        "folded-comment.ldif",
        "the fold of a comment is read as a value",
        "dn: uid=ann,dc=x\n# not\n sn: this\nsn: Lee\n#\n \n  x\ncn: A\n",
    ),
    Trap("base64-with-an-illegal-character.ldif", "QUJ$D reads as ABC", between("dn: uid=ben,dc=x\nsn:: QUJ$D\n")),
    Trap("base64-without-padding.ldif", "the last bytes are dropped", between("dn: uid=ben,dc=x\nsn:: QUI\n")),
    Trap("base64-with-data-after-padding.ldif", "two values were joined", between("dn: uid=ben,dc=x\nsn:: QQ==Qg==\n")),
    Trap("base64-with-blanks.ldif", "blanks around the base64, and none", "dn: uid=ann,dc=x\nsn::   TGVl  \ncn::QW5u\ntitle::\n"),
    Trap(
        "base64-of-line-breaks.ldif",
        "a value of two lines",
        f"dn: uid=ann,dc=x\ndescription:: {encoded(b'one' + bytes([13, 10]) + b'two')}\n",
    ),
    Trap("base64-dn.ldif", "a dn with letters beyond ASCII", f"dn:: {encoded('uid=zoë,dc=x'.encode())}\nsn: Lee\n"),
    Trap("base64-dn-that-is-no-text.ldif", "a dn of bytes", between("dn:: /w==\nsn: x\n")),
    Trap(
        "guid-that-is-text.ldif",
        "one GUID in 6,000 is text and comes as another type",
        f"dn: cn=ann,dc=x\nobjectGUID:: {encoded(GUID.encode())}\nobjectSid:: AQ==\n\ndn: cn=ben,dc=x\nobjectGUID:: /////w==\n",
    ),
    Trap("guid-written-plain.ldif", "the same sixteen bytes, not as base64", f"dn: cn=ann,dc=x\nobjectGUID: {GUID}\nsn: Lee\n"),
    Trap(
        "text-and-bytes-in-one-attribute.ldif",
        "a value beside another is base64 or the text that it encodes?",
        "dn: uid=ann,dc=x\ndescription:: /w==\ndescription: /w==\n\ndn: uid=ben,dc=x\ndescription: plain\n",
    ),
    Trap("bytes-with-nul.ldif", "a NUL in a value", f"dn: uid=ann,dc=x\ndescription:: {encoded(b'a' + bytes(1) + b'b')}\n"),
    Trap("nul-in-a-line.ldif", "a NUL as it is", b"dn: uid=ann,dc=x\nsn: L\0ee\n"),
    Trap("version-in-its-own-block.ldif", "a phantom entry without dn", "version: 1\n\n" + ANN),
    Trap("version-before-the-dn.ldif", "as RFC 2849 has it", "version: 1\n" + ANN),
    Trap("version-twice.ldif", "two dumps were joined", f"version: 1\n\n{ANN}\nversion: 1\n\n{ZOE}"),
    Trap("version-2.ldif", "there is none", between("version: 2\ndn: uid=ben,dc=x\nsn: Lee\n")),
    Trap("version-as-an-attribute.ldif", "an entry has an attribute of that name", "dn: uid=ann,dc=x\nsn: Lee\nversion: 7\n"),
    Trap(
        "names-in-other-cases.ldif",
        "Mail, mail and MAIL become three columns",
        "dn: uid=ann,dc=x\nMail: a@x.example\nmail: b@x.example\nMAIL: c@x.example\n\nDN: uid=ben,dc=x\nmail: d@x.example\n",
    ),
    Trap(
        "options.ldif",
        "options are part of the name, their order is not",
        "dn: uid=ann,dc=x\nsn: Lee\nsn;lang-ja: 山田\ncn;lang-fr;x-a: Anne\nphoto;binary:: QUJD\n\n"
        "dn: uid=ben,dc=x\nCN;X-A;LANG-FR: Benoît\n",
    ),
    Trap(
        "ranged-values.ldif",
        "Active Directory gives 1,500 values and the rest on demand",
        "dn: cn=ann,dc=x\nmemberOf;range=0-1: cn=a,dc=x\nmemberOf;range=0-1: cn=b,dc=x\nsn: Lee\n",
    ),
    Trap("numeric-names.ldif", "an attribute named by its OID", "dn: uid=ann,dc=x\n2.5.4.4: Lee\n"),
    Trap(
        "several-values.ldif",
        "all but the first value vanish, or a comma joins them",
        'dn: uid=ann,dc=x\nmail: a@x.example\nmail: b@x.example\ncn: Lee, Ann\ntitle: ["Cook"]\nl: [Cork]\n',
    ),
    Trap("equal-values.ldif", "the same value twice", "dn: uid=ann,dc=x\nmail: a@x.example\nmail: a@x.example\n"),
    Trap(
        "no-space-after-the-colon.ldif",
        "split on colon and space",
        "dn:uid=ann,dc=x\nsn:Lee\ncn: Ann: Lee\nlabeledURI:http://x.example/\n",
    ),
    Trap("spaces-after-the-colon.ldif", "they are filling, RFC 2849 says", "dn:   uid=ann,dc=x\nsn:    Lee\n"),
    Trap(
        "spaces-at-the-end.ldif",
        "they are the value's, and some readers strip them",
        "dn: uid=ann,dc=x\nsn: Lee  \ncn:: QW5uIA==\n",
    ),
    Trap("empty-values.ldif", "an attribute without value", "dn: uid=ann,dc=x\nsn:\ncn: \nmail::\ntitle: Cook\ntitle:\n"),
    Trap("space-before-the-colon.ldif", "no name ends in a space", between("dn: uid=ben,dc=x\nsn : Lee\n")),
    Trap("raw-utf-8.ldif", "389 Directory Server writes it where the RFC wants base64", "dn: uid=zoë,dc=x\nsn: Zoë\ncn: 李\n"),
    Trap("raw-latin-1.ldif", "an old directory's letters", ANN.encode() + b"\ndn: uid=ben,dc=x\nsn: Zo\xeb\n\n" + ZOE.encode()),
    Trap(
        "comments-in-latin-1.ldif",
        "the encoding of a comment costs an entry",
        b"# M\xfcller\ndn: uid=ann,dc=x\nsn: Lee\n\n# caf\xe9\n\n" + ZOE.encode(),
    ),
    Trap(
        "line-breaks-that-are-none.ldif",
        "splitlines cuts values at NEL, form feed and U+2028",
        "dn: uid=ann,dc=x\nsn: a\x0bb\x0cc\u0085d\u2028e\n",
    ),
    Trap("line-ends-crlf.ldif", "Windows", (ANN + "\n" + ZOE).replace("\n", "\r\n")),
    Trap("line-ends-cr.ldif", "old Macs", (ANN + "\n" + ZOE).replace("\n", "\r")),
    Trap("line-ends-crcrlf.ldif", "text was written as text twice on Windows", (ANN + "\n" + ZOE).replace("\n", "\r\r\n")),
    Trap(
        "carriage-return-inside-a-value.ldif",
        "it would end the line and make an attribute of the rest",
        between("dn: uid=ben,dc=x\nsn: Lee\rtitle: Cook\n"),
    ),
    Trap(
        "ldifde-fold-of-an-empty-line.ldf",
        "ldifde puts the whole value into the fold",
        "dn: CN=ann,DC=x\r\nchangetype: add\r\nobjectCategory: \r\n CN=Person,DC=x\r\n",
    ),
    Trap("no-line-end-at-the-end.ldif", "the last value is dropped", ANN + "cn: An"),
    Trap(
        "value-in-a-file.ldif",
        "a value is fetched from where it says",
        "dn: uid=ann,dc=x\nsn: Lee\njpegPhoto:< file:///etc/passwd\ncn:<http://x.example/\n",
    ),
    Trap("dn-in-a-file.ldif", "even the dn is fetched", between("dn:< file:///etc/passwd\nsn: x\n")),
    Trap(
        "a-change.ldif",
        "a modification becomes data",
        between("dn: uid=ben,dc=x\nchangetype: modify\nreplace: sn\nsn: Null\n-\nadd: mail\nmail: b@x.example\n-\n"),
    ),
    Trap(
        "a-deletion.ldif", "a deletion becomes an entry, or ends the reading", between("dn: uid=ben,dc=x\nchangetype: delete\n")
    ),
    Trap("a-deletion-at-the-end.ldif", "no line follows it", ANN + "\ndn: uid=ben,dc=x\nchangetype: delete"),
    Trap(
        "a-new-name.ldif",
        "modrdn and moddn",
        between(
            "dn: uid=ben,dc=x\nchangetype: modrdn\nnewrdn: uid=b\ndeleteoldrdn: 1\n\n"
            "dn: uid=b,dc=x\nchangetype: moddn\nnewrdn: uid=b\ndeleteoldrdn: 0\nnewsuperior: dc=y\n"
        ),
    ),
    Trap("an-unknown-change.ldif", "there is no changetype upsert", between("dn: uid=ben,dc=x\nchangetype: upsert\nsn: x\n")),
    Trap(
        "additions.ldif",
        "an addition is an entry, its control no attribute",
        "version: 1\ndn: uid=ann,dc=x\ncontrol: 1.2.840.113556.1.4.805 true: x\nchangetype: add\nsn: Lee\n\n"
        "dn: uid=ben,dc=x\nChangeType:  ADD\nsn: Lee\n",
    ),
    Trap(
        "search-that-ended-well.ldif",
        "the trailer becomes an entry",
        SEARCH + "\n# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 2\n# numEntries: 1\n",
    ),
    Trap(
        "search-that-hit-a-limit.ldif",
        "the missing entries look like leavers",
        SEARCH + "\n# search result\nsearch: 2\nresult: 4 Size limit exceeded\n\n# numEntries: 1\n",
    ),
    Trap("search-that-was-cut-off.ldif", "no result at the end", SEARCH),
    Trap(
        "search-that-promises-more.ldif",
        "numEntries says 7",
        SEARCH + "\n# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: 7\n",
    ),
    Trap(
        "references.ldif",
        "entries stand in another directory",
        ANN + "\n# search reference\nref: ldap://other.example/dc=y??sub\n\n# search reference\nref: ldap://third.example/\n",
    ),
    Trap("comments-alone.ldif", "blocks of comments are no entries", f"# a dump\n\n#\n\n{ANN}\n# the end\n"),
    Trap(
        "two-dns-in-one-block.ldif",
        "a blank line is missing, and two people become one",
        between("dn: uid=ben,dc=x\nmail: b\ndn: uid=cleo,dc=x\nmail: c\n"),
    ),
    Trap("a-block-without-dn.ldif", "values of nobody", between("sn: stray\nmail: s@x.example\n")),
    Trap("a-line-without-colon.ldif", "a value lost its fold", between("dn: uid=ben,dc=x\ndescription: one\ntwo\n")),
    Trap(
        "names-that-are-none.ldif",
        "bad name, ümlaut and empty",
        between("dn: uid=ben,dc=x\nbad name: x\n", "dn: uid=cleo,dc=x\nümlaut: x\n", "dn: uid=dan,dc=x\n: x\n"),
    ),
    Trap("an-empty-dn.ldif", "the root of a directory", "dn:\nobjectClass: top\nnamingContexts: dc=x\n\n" + ANN),
    Trap("a-dn-alone.ldif", "an entry of no attributes", "dn: uid=ann,dc=x\n\n" + ZOE),
    Trap(
        "the-same-entry-twice.ldif",
        "a dump was appended to itself",
        "dn: uid=ann,dc=x\nobjectClass: person\nuid: ann\nsn: Lee\n\ndn: UID=Ann,DC=X\nobjectClass: person\nuid: ann\nsn: Lee\n",
    ),
    Trap("spaces-in-a-dn.ldif", "a regular expression takes hours", f"dn: cn={' ' * 400},x\nsn: Lee\n"),
    Trap(
        "escapes-in-a-dn.ldif",
        "one name, written in four ways",
        "dn: cn=Lee\\, Ann,dc=x\nobjectClass: person\nuid: ann\nmanager: CN=Lee\\2C Zoë,DC=x\n\n"
        'dn: cn=Lee\\, Zo\\C3\\AB,dc=x\nobjectClass: person\nuid: zoe\nmanager: cn="Lee, Ann" , dc=x\n',
    ),
    Trap("secrets.ldif", "hashes of passwords", "dn: uid=ann,dc=x\nobjectClass: person\nuserPassword:: e1NTSEF9eA==\n"),
]
