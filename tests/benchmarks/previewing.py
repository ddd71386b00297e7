"""What a preview of many changes costs, beside a DataFrame's own repr: seconds, bytes of the first message, memory.

python tests/benchmarks/previewing.py [CHANGES]
"""

import ctypes
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

import scimrecon as sr

WARM_S = 30


def make_diff(changes: int) -> sr.Diff:
    """Four changes a user: one value for all, a clear, one of a hundred values, and a deactivation."""
    people = changes // 4
    users = pd.DataFrame({"id": [f"{at:08}" for at in range(people)]}, dtype="str").assign(
        title="Old", nickName="x", department=None, active="true"
    )
    users["userName"] = "person" + users["id"] + "@example.com"
    desired = users[["userName"]].assign(
        title="Clerk", nickName="", department=[f"{at % 97:02}" for at in range(people)], active="false"
    )
    return sr.compare(desired.astype("str"), users.astype("str"), on="userName", unlock=["active"])


def resident_bytes() -> int:
    """Memory of this process now, without what is kept for later use."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def timed(action: Callable[[], object]) -> float:
    """Seconds that it takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def main(changes: int) -> None:
    """Show, act, and print the table."""
    diff = make_diff(changes)
    diff.tickable  # noqa: B018 - kept by the diff once it is known
    plain_s = timed(diff.changes._repr_html_)
    sent: list[int] = []
    before = resident_bytes()
    begun = time.perf_counter()
    preview = sr.Preview(diff)
    preview.send = lambda content, buffers=None: sent.append(len(json.dumps(content)))
    tell = lambda **message: preview._handle_custom_msg(message, [])  # noqa: E731
    tell(type="ready")
    shown_s = time.perf_counter() - begun
    print(f"{len(diff.changes):,} changes")
    print(f"rows ready after {shown_s:.3f} s, a DataFrame's repr after {plain_s:.3f} s: ratio {shown_s / plain_s:.2f}")
    print(f"first message {sent[0] / 1024:.1f} KiB")
    preview._warming.join(WARM_S)
    print(f"counted and grouped after {time.perf_counter() - begun:.3f} s")
    query = {"search": "", "path": None, "kind": None, "status": None, "flag": None, "pattern": None, "user": None}
    query |= {"by": None, "sort": None, "descending": False}
    somebody = diff.changes["user_id"].iloc[len(diff.changes) // 2]
    some = diff.changes.index[len(diff.changes) // 3]
    actions: dict[str, dict[str, object]] = {
        "search": {"type": "query", **query, "search": "person000001"},
        "search again": {"type": "query", **query, "search": "person0000012"},
        "search values": {"type": "query", **query, "search": "clerk"},
        "facet": {"type": "query", **query, "path": "title", "kind": "replace"},
        "by user": {"type": "query", **query, "by": "user"},
        "by user, sorted": {"type": "query", **query, "by": "user", "sort": "group"},
        "by attribute": {"type": "query", **query, "by": "path"},
        "by pattern": {"type": "query", **query, "by": "pattern"},
        "sort": {"type": "query", **query, "sort": "user_name", "descending": True},
        "sort by value": {"type": "query", **query, "sort": "after"},
        "all": {"type": "query", **query},
        "scroll": {"type": "window", "start": len(diff.changes) // 2, "count": 100},
        "tick one": {"type": "tick", "ids": [some]},
        "tick all filtered": {"type": "tick_filtered"},
        "untick one": {"type": "untick", "ids": [some]},
        "undo": {"type": "undo"},
        "redo": {"type": "redo"},
        "edit": {"type": "edit", "change_id": f"{somebody}:title", "value": "Boss"},
        "undo edit": {"type": "undo"},
        "untick all filtered": {"type": "untick_filtered"},
        "tick routine": {"type": "tick_routine"},
        "drawer": {"type": "look", "user_id": somebody},
    }
    for name, message in actions.items():
        seconds = timed(lambda message=message: tell(**message))
        print(f"{name:22} {seconds:6.3f} s {'' if seconds <= 0.5 else '  over 0.5 s'}")
    tell(**actions["all"])
    tell(type="tick_filtered")
    assert len(preview.ticked) == int(np.count_nonzero(diff.tickable)), "not all that can be ticked is"
    print(f"memory that the preview took: {(resident_bytes() - before) / 2**20:.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
