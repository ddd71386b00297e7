"""Records, headers and quotes: where readers shift, drop or join cells."""

from nasty.trap import Trap

HEADER = "No,Name,Title\n"


def many(count: int) -> str:
    """Records that fill a table of exactly this many."""
    return "No,Name\n" + "".join(f"{number},Ann\n" for number in range(count))


TRAPS = [
    Trap("duplicate-header.csv", "the second mail becomes mail.1 in silence", "mail,name,mail\na@x.example,Ann,b@x.example\n"),
    Trap("duplicate-header-after-trimming.csv", "two names differ by a blank alone", "mail,name,mail \na,b,c\n"),
    Trap(
        "headers-that-differ-in-case.csv",
        "Mail and mail are two columns in AD's exports",
        "Mail,mail,No\na@x.example,b@x.example,1\n",
    ),
    Trap("nameless-column.csv", "an unnamed column becomes Unnamed: 1", "No,,Title\np1,Ann,Cook\n"),
    Trap(
        "quoted-header-with-comma.csv",
        "a heading holds the delimiter",
        '"Employee #","Last Name, First Name","Work Email"\n007,"O\'Brien, Pat",pat@x.example\n',
    ),
    Trap("header-over-two-lines.csv", "a heading holds a line break", 'No,"Full\nname"\np1,Ann\n'),
    Trap(
        "trailing-comma-on-every-record.csv",
        "the first column becomes the index and all others shift",
        HEADER + "p1,Ann,Cook,\np2,Ben,Clerk,\n",
    ),
    Trap("trailing-comma-on-every-line.csv", "the header has a nameless column too", "No,Name,\np1,Ann,\np2,Ben,\n"),
    Trap(
        "one-record-too-long.csv",
        "it is dropped, or the reader stops",
        HEADER + "".join(f"p{number},Ann,Cook\n" for number in range(1, 12)) + "p12,O'Brien, Pat,Cook\np13,Zoe,Cook\n",
    ),
    Trap("one-record-too-short.csv", "it is padded in silence", HEADER + "p1,Ann,Cook\np2,Ben\np3,Zoe,Cook\n"),
    Trap(
        "unclosed-quote.csv",
        "everything after it becomes one cell",
        HEADER + 'p1,Ann,Cook\np2,"Ben,Clerk\np3,Zoe,Cook\np4,Yan,Cook\n',
    ),
    Trap("unclosed-quote-at-the-end.csv", "the file was cut off inside a quoted cell", HEADER + 'p1,"Ann","Cook"\np2,"Ben","Cl'),
    Trap("stray-quote.csv", "a quote inside a quoted cell ends it", HEADER + 'p1,Ann,Cook\np2,"O"Brien",Clerk\np3,Zoe,Cook\n'),
    Trap("quotes-inside-plain-cells.csv", 'the inch sign in 27" opens nothing', HEADER + 'p1,Ann,27" screens\np2,B"e"n,Cook\n'),
    Trap("doubled-quotes.csv", 'a sniffed dialect reads ""hi"" as "hi"', HEADER + 'p1,Ann,"say ""hi"" now"\np2,"""Ben""",\n'),
    Trap("backslash-quotes.csv", 'MySQL writes \\" for a quote', HEADER + 'p1,Ann,"say \\"hi\\" now"\np2,Ben,Cook\n'),
    Trap(
        "quotes-after-blanks.csv",
        "a blank before a quote makes it part of the cell",
        'No, "Name"\np1, "O\'Brien, Pat"\np2, "Ann"\n',
    ),
    Trap(
        "line-breaks-in-cells.csv",
        "records are counted by lines",
        'No,Name,Title\np1,"Ann\nLee","a\r\nb"\np2,Ben,Cook\np3,"\n",x\n',
    ),
    Trap(
        "separators-that-splitlines-knows.csv",
        "form feeds, NEL and U+2028 are no line ends",
        HEADER + "p1,A\fnn,Co\vok\np2,Be\u0085n,Cl\u2028erk\np3,Z\u2029oe,a\x1cb\x1db\x1e\n",
    ),
    Trap("carriage-returns-alone.csv", "old Macs end lines by CR", HEADER.replace("\n", "\r") + "p1,Ann,Cook\rp2,Ben,Clerk\r"),
    Trap("line-ends-of-three-kinds.csv", "line numbers go astray", "No,Name\r\np1,Ann\rp2,Ben\np3,Zoe\r\n\r\np5,Yan\n"),
    Trap("blank-lines.csv", "blank lines become records, or are not counted", "\n\nNo,Name\n\np1,Ann\n\n\np2,Ben\n\n"),
    Trap("lines-of-delimiters.csv", "Excel writes ,, for an empty row", HEADER + "p1,Ann,Cook\n,,\np3,Zoe,Cook\n"),
    Trap("no-line-end-at-the-end.csv", "the last record is dropped", HEADER + "p1,Ann,Cook\np2,Ben,Clerk"),
    Trap("cut-off-within-a-record.csv", "the short last record is padded", HEADER + "p1,Ann,Cook\n" + "p2,Ben,Clerk\np3,Zo"),
    Trap("records-that-begin-with-a-hash.csv", 'comment="#" deletes people', "Name,Title\n#1 fan,Cook\n#,Clerk\nAnn,#\n"),
    Trap(
        "type-line.csv",
        "#TYPE becomes the header",
        '#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\n"Name";"Title"\n"Ann";"#TYPE"\n"Ben";"a,b"\n',
    ),
    Trap("sep-line.csv", "sep=; becomes the header", "sep=;\nName;Title\nAnn;a,b\nBen;c\n"),
    Trap(
        "title-rows.csv",
        "the report's title becomes the header",
        "People of O'Brien & Co\n\nAs of 1 March;;\nNo;Name;Title\np1;Ann;a,b\np2;Ben;c\np3;Zoe;d\n",
    ),
    Trap("one-column.csv", "csv.Sniffer finds the letter m to be the delimiter", "mail\nann@mmm.example\nben@mmm.example\n"),
    Trap(
        "semicolons-and-commas.csv",
        "the delimiter that stands more often wins",
        "Name;Title\nO'Brien, Pat;Cook, Clerk, King\nNull, Ann;Cook, Clerk\n",
    ),
    Trap("tabs-and-commas.tsv", "a comma in the cells wins", "Name\tTitle\nO'Brien, Pat\tCook\nLee, Ann\tClerk\n"),
    Trap("bars.csv", "only commas are known", "Name|Title\nAnn|a,b;c\nBen|d\n"),
    Trap("header-alone.csv", "an empty export reads as everyone left", "No,Name,Title\n"),
    Trap("nothing.csv", "a file of no bytes", ""),
    Trap("only-line-ends.csv", "a file of blank lines", "\n\r\n\n"),
    Trap(
        "bulk-template.csv",
        "a template is no export",
        "version:v1.0\nName [displayName] Required,User name [userPrincipalName] Required\nAnn,ann@x.example\n",
    ),
    Trap(
        "powershell-hashtable.csv",
        "PowerShell exported the table of a table",
        '"IsReadOnly","IsFixedSize","IsSynchronized","Keys","Values","SyncRoot","Count"\n"False","False","False","a","b","c","2"\n',
    ),
    Trap(
        "keys-twice.csv",
        "two people have one number",
        "Employee_ID,Worker_Status,Legal_First_Name,Legal_Last_Name,Email\n417,Active,Ann,Lee,ann@x.example\n"
        "417,Active,Ben,Lee,ben@x.example\n",
    ),
    Trap(
        "blank-key.csv",
        "a person without a number matches all without",
        "Employee_ID,Worker_Status,Legal_First_Name,Legal_Last_Name,Email\n ,Active,Ann,Lee,ann@x.example\n"
        "418,Active,Ben,Lee,ben at x\n",
    ),
    Trap(
        "joined-files.csv",
        "two exports were joined, header and byte order mark included",
        HEADER + "p1,Ann,Cook\n\ufeff" + HEADER + "p2,Ben,Clerk\n",
    ),
    Trap("control-z.csv", "DOS ends a file by 0x1A", HEADER + "p1,Ann,Cook\n\x1a"),
    Trap("exactly-256-records.csv", "a tool stopped at its page size", many(256)),
    Trap("exactly-65535-records.csv", "an .xls sheet was full", many(65_535)),
    Trap(
        "html-error-page.csv",
        "a proxy's page was saved as the export",
        "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body><p>Your session, alas, ended.</p></body></html>\n",
    ),
]
