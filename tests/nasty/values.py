"""Cells that readers of numbers, nulls, booleans and dates bend."""

from nasty.trap import Trap


def column(name: str, *cells: str) -> str:
    """A table of a number and one column."""
    return f"No,{name}\n" + "".join(f"p{number},{cell}\n" for number, cell in enumerate(cells, start=1))


TRAPS = [
    Trap("leading-zeros.csv", "00123 becomes 123", column("Employee", "00123", "000417", "0")),
    Trap("exponents-that-are-ids.csv", "1e5 becomes 100000.0", column("Badge", "1e5", "2E3", "12E34567")),
    Trap(
        "phones-with-plus.csv",
        "+44 20 becomes a number, 0044 loses its zeros",
        column("Phone", "+442079460000", "00442079460000", "+1 (555) 0100-000"),
    ),
    Trap(
        "long-ids-beside-a-blank.csv",
        "a blank makes floats of integers: 9007199254740993 ends in 2",
        column("Id", "9007199254740993", "", "1914310000010100016"),
    ),
    Trap(
        "surnames-that-mean-null.csv",
        "NA, None, nan, null and n/a become missing",
        column("Surname", "NA", "None", "nan", "NaN", "null", "NULL", "Null", "n/a", "N/A", "#N/A", "-", "True"),
    ),
    Trap("infinity.csv", "Inf and Infinity become floats", column("Surname", "Inf", "Infinity", "-inf")),
    Trap(
        "booleans-and-a-blank.csv",
        "True beside a blank becomes an object column, or true by coercion",
        column("Enabled", "True", "", "False"),
    ),
    Trap(
        "booleans-in-all-spellings.csv",
        "YES becomes true, or every text does",
        column("Enabled", "True", "false", "YES", "0", "x", "Ja"),
    ),
    Trap("decimals.csv", "1.10 becomes 1.1, and 1,10 splits", 'No,Share\np1,1.10\np2,"1,10"\np3,.5\n'),
    Trap("dates-of-two-orders.csv", "the second date is swapped in silence", column("Hired", "8/19/2021", "13/02/2021")),
    Trap(
        "dates-of-no-order.csv", "03/04 is read month first where the day was meant", column("Hired", "03/04/2024", "05/06/2024")
    ),
    Trap(
        "dates-with-times.csv",
        "a zone is invented",
        column("Created", "2022-03-18 19:49:35Z", "20171117102419.0Z", "2020-02-29T13:05:00.000+01:00", "0000-00-00"),
    ),
    Trap("excel-dates.csv", "General serials and month names stand for dates", column("Hired", "44000", "Mär 04", "4-Mar")),
    Trap(
        "excel-rounded-filetime.csv",
        "9223372036854775807 came back from a spreadsheet as ...770000",
        column("accountExpires", "9223372036854770000", "9223372036854770000", "0"),
    ),
    Trap(
        "excel-scientific-ids.csv", "1.23457E+15 was an id: its digits are lost", column("Id", "1.23457E+15", '"9,1E+11"', "12")
    ),
    Trap("excel-booleans.csv", "TRUE is what Excel makes of True", column("Enabled", "TRUE", "FALSE", "True")),
    Trap("excel-text-formulas.csv", '="00123" is Excel\'s way to keep zeros', 'No,Id\np1,="00123"\np2,"=""00123"""\n'),
    Trap(
        "apostrophe-guards.csv",
        "a leading apostrophe guards against formulas and compares unequal",
        column("Phone", "'+442079460000", "'=1+3", "'@work", "'-1", "'t Hooft", "O'Brien"),
    ),
    Trap(
        "formulas.csv",
        "a spreadsheet runs what a cell says",
        column("Title", "=1+3", "@SUM(A1)", "-2+3", "\"=cmd|' /C calc'!A0\""),
    ),
    Trap(
        "edge-blanks.csv", "trimmed cells cannot be told from others", column("Name", " Ann", "Ben ", "\u00a0Cleo", "\u3000Dan")
    ),
    Trap(
        "blanks-of-all-kinds.csv",
        "an empty cell, a quoted empty one and white space are three things",
        'No,Name\np1,\np2,""\np3," "\np4,\u00a0\np5,\t\n',
    ),
    Trap("mojibake.csv", "UTF-8 was read as Windows-1252 before it came", column("Name", "MÃ¼ller", "Zoë", "Dâ€™Angelo")),
    Trap("replacement-characters.csv", "somebody decoded with errors=replace", column("Name", "M\ufffdller", "Baker")),
    Trap(
        "letters-lost-to-ascii.csv",
        "Export-Csv of PowerShell 5.1 writes ? for every letter beyond ASCII",
        column("Name", "M?ller", "Zo?", "Baker", "What? No"),
    ),
    Trap("decomposed-letters.csv", "é as two code points looks like é as one", column("Name", "Rene\u0301", "Ren\u00e9")),
    Trap(
        "letters-that-show-nothing.csv",
        "zero-width characters and soft hyphens survive strip()",
        column("Name", "An\u200bn", "Be\u00adn", "\u202eevE", "\ufeffDan"),
    ),
    Trap(
        "letters-of-two-scripts.csv",
        "a Cyrillic а looks Latin",
        column("Name", "P\u0430ul", "Paul", "\u041f\u0430\u0432\u0435\u043b"),
    ),
    Trap("emoji-and-rare-letters.csv", "characters beyond the 16-bit plane split", column("Name", "👩‍👩‍👧", "𠮷野", "𝒜nn")),
    Trap("passwords.csv", "an export holds secrets", column("Password", "hunter2", "{SSHA}x", "****")),
    Trap(
        "joined-addresses.csv",
        "+ joins proxy addresses and stands inside one",
        column("Proxy addresses", "SMTP:ann@x.example+smtp:ann+x@x.example", "smtp:ben@x.example"),
    ),
    Trap(
        "types-printed-by-powershell.csv",
        "a list prints the name of its type",
        column("Mail", "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection", "a@x.example"),
    ),
]
