"""Time reading LDIF against the package `ldif` and python-ldap, in the same run, each in an environment of its own.

    PYTHONPATH=tests python tests/benchmarks/ldif_reading.py [ENTRIES]

Prints medians of entries a second of CPU, peak memory, and the ratios. Ours makes text rows of a table; theirs make dictionaries.
A rival that cannot be installed here is left out: python-ldap wants a compiler, libldap-dev and libsasl2-dev.
"""

import base64
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rivals import environments

ROUNDS = 5
ROOT = Path(__file__).parents[2]
NAMES = ["Anna Müller", "Ben O'Brien", "Zoë Lučić", "Cleo Null", "山田 太郎", "Dan Lee"]


def line(name: str, value: str) -> str:
    """One attribute as ldapsearch writes it, folded at 78 columns."""
    written = f"{name}: {value}" if value.isascii() else f"{name}:: {base64.b64encode(value.encode()).decode()}"
    return "\n ".join([written[:78], *(written[at : at + 77] for at in range(78, len(written), 77))])


def make_dump(entries: int) -> bytes:
    """People as OpenLDAP dumps them: twenty-odd values each, a quarter of them base64."""
    draw = random.Random(20_261_122)  # noqa: S311 - a dump that repeats
    blocks = []
    for number in range(entries):
        name, uid = draw.choice(NAMES), f"u{number:06}"
        values = [
            ("dn", f"uid={uid},ou=People,dc=example,dc=com"), ("objectClass", "top"), ("objectClass", "person"),
            ("objectClass", "organizationalPerson"), ("objectClass", "inetOrgPerson"), ("uid", uid), ("cn", name),
            ("sn", name.split()[1]), ("givenName", name.split()[0]), ("displayName", name), ("mail", f"{uid}@example.com"),
            ("mail", f"alias.{uid}@example.org"), ("employeeNumber", f"{number:07}"), ("employeeType", "Employee"),
            ("departmentNumber", draw.choice(["Sales, EMEA", "Küche", "R+D"])), ("title", draw.choice(["Señora", "Cook"])),
            ("telephoneNumber", f"+44 20 7946 {number % 10_000:04}"), ("mobile", f"+4670{number:07}"), ("l", "Malmö"),
            ("street", f"{number} Long Street Name That Forces Folding, Building 0, Floor 12, Room 1234, Reception"),
            ("postalCode", f"{number % 100_000:05}"),
            ("manager", f"uid=u{draw.randrange(entries):06},ou=People,dc=example,dc=com"),
            ("userPassword", "{SSHA}ü" + uid),
        ]  # fmt: skip
        blocks.append("\n".join(line(*value) for value in values))
    return ("\n\n".join(blocks) + "\n").encode()


def main(entries: int) -> None:
    """Run all in turn and print the table."""
    targets = {"scimrecon": ROOT}
    for rival in environments.RIVALS:
        try:
            targets[rival] = environments.install(rival, ROOT / "build" / "rivals")
        except subprocess.CalledProcessError:
            print(f"{rival} cannot be installed here, and is left out")
    runs = {name: [] for name in targets}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.ldif"
        path.write_bytes(make_dump(entries))
        for _ in range(ROUNDS):
            for name, target in targets.items():
                runs[name] += environments.run(name, target, "time", str(path))
    assert {run["entries"] for several in runs.values() for run in several} == {entries}
    print(f"{entries:,} LDIF entries; medians of {ROUNDS}")
    rates = {name: statistics.median(run["rate"] for run in several) for name, several in runs.items()}
    for name, rate in rates.items():
        peak = statistics.median(run["mib"] for run in runs[name])
        print(
            f"{name:12} {rate:9,.0f} entries/s of CPU   peak {peak:5,.0f} MiB   ours is {rates['scimrecon'] / rate:.2f} times it"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
