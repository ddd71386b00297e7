"""Files as hypothesis draws them: made of pieces, or nasty ones with bytes changed."""

from hypothesis import strategies as st
from nasty import TRAPS

MAX_BYTES = 2_000
SEEDS = [trap.octets() for trap in TRAPS if len(trap.octets()) <= MAX_BYTES and not trap.name.endswith((".xlsx", ".gz", ".zip"))]

CSV_PIECES = st.sampled_from(
    ["No", "Name", "O'Brien", ",", ",", ";", "\t", "|", "\n", "\n", "\r\n", "\r", '"', '""', " ", "é", "\x0b", "\u2028",
     "#TYPE x\n", "sep=;\n", "=1+1", "00123", "NA", "\ufeff", "x" * 50, "\\", "'", "Employee_ID", "Worker_Status", "a@x.example"]
)  # fmt: skip
LDIF_PIECES = st.sampled_from(
    ["dn: uid=a,dc=x\n", "dn:: dWlkPWIsZGM9eA==\n", "dn:", "dn: \n", "sn: Lee\n", "SN:Lee\n", "sn;lang-ja: x\n", "cn:: QW5u\n",
     "cn:: /w==\n", "cn:: Q$\n", "objectGUID:: QUJDRA==\n", "l:< file:///x\n", "\n", "\n", "\r\n", "\r", "\n ", " ",
     "#", "# c\n", "version: 1\n", "changetype: add\n", "changetype: delete\n", "control: 1.2\n",
     "search: 2\nresult: 0 Success\n", "ref: ldap://x\n",
     "-\n", ":", "::", "é", "\x00", "[", "title:\n", "title: [\"x\"]\n", "2.5.4.4: x\n", "bad name: x\n"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A nasty file, cut, joined with another, doubled in places, and with bytes changed."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        between = draw(
            st.sampled_from([b"", data[start:end] * 2, b"\n", b"\r", b'"', b" ", b":", b",", b"\n\n", b"\xff", b"\x00", b"\xeb"])
            | st.binary(max_size=4) | st.sampled_from(SEEDS)
        )  # fmt: skip
        data = data[:start] + between + data[end:]
    return data[: 4 * MAX_BYTES]


made = st.lists(CSV_PIECES, max_size=40).map("".join).map(str.encode) | st.lists(LDIF_PIECES, max_size=30).map("".join).map(
    str.encode
)
