"""Let atheris change files, guided by what the readers' code does with them, for so many seconds.

    make fuzz SECONDS=600
    PYTHONPATH=tests python -m fuzz 60

A file that crashes, hangs, or is not accounted for stops it, and stands in build/fuzz; files that reached new code are kept there
in `corpus` for the next time.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["scimrecon.exports"]):
    from fuzz.judging import judge
from fuzz.inputs import SEEDS

FOLDER = Path(__file__).parents[2] / "build" / "fuzz"
DEFAULT_SECONDS, MAX_FILE_BYTES, MAX_FILE_SECONDS, MAX_MEMORY_MIB = 120, 4096, 20, 2048
WORDS = ["dn: ", "dn:: ", "\n\n", "\n ", ":< ", ":: ", "version: 1", "changetype: ", "control: ", "# ", ";lang-ja", '""',
         '",', "sep=;\n", "#TYPE ", "\ufeff", "\r\n"]  # fmt: skip


def main(seconds: int) -> None:
    """Begin with the nasty files and what earlier runs found."""
    corpus = FOLDER / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = FOLDER / "words"
    words.write_text("".join(f'"{"".join(f"{chr(92)}x{byte:02x}" for byte in word.encode())}"\n' for word in WORDS))
    atheris.Setup(
        [
            "fuzz", f"-max_total_time={seconds}", f"-max_len={MAX_FILE_BYTES}", f"-timeout={MAX_FILE_SECONDS}",
            f"-rss_limit_mb={MAX_MEMORY_MIB}", f"-dict={words}", f"-artifact_prefix={FOLDER}/", "-print_final_stats=1",
            "-verbosity=0", str(corpus),
        ],
        judge_quietly,
    )  # fmt: skip
    atheris.Fuzz()


def judge_quietly(data: bytes) -> None:
    """Take no answer for one: atheris wants none."""
    judge(data)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_SECONDS)
