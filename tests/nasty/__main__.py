"""Write every golden again, for review: `git diff tests/nasty` shows what changed."""

import tempfile
from pathlib import Path

from nasty import TRAPS
from nasty.telling import GOLDEN, golden_of, tell


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for old in set(GOLDEN.glob("*.txt")) - {golden_of(trap) for trap in TRAPS}:
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        for trap in TRAPS:
            golden_of(trap).write_text(tell(trap, Path(folder)), encoding="utf-8")
    print(f"{len(TRAPS)} goldens; read what changed: git diff tests/nasty")


if __name__ == "__main__":
    main()
