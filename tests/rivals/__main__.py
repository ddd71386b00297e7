"""Ask every rival whether it agrees with us: python-ldap too, which needs a compiler, libldap-dev and libsasl2-dev.

make fuzz
PYTHONPATH=tests python -m rivals
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from rivals import environments
from rivals.agreement import disagreements

FOLDER = Path(__file__).parents[2] / "build" / "rivals"


def main() -> int:
    """Print a line for each rival; the answer is how many disagree."""
    wrong = 0
    for rival in environments.RIVALS:
        try:
            target = environments.install(rival, FOLDER)
        except subprocess.CalledProcessError as error:
            print(f"{rival}: cannot be installed here, and was not asked. {error.stderr.strip().splitlines()[-1:]}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = disagreements(rival, target, Path(folder))
        wrong += bool(found)
        print(f"{rival}: {'; '.join(found) or 'agrees, but where the table says'}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
