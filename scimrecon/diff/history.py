"""What an earlier run says of today's differences: who moved since, the source or somebody on the target."""

from __future__ import annotations

import pandas as pd

from scimrecon.errors import CompareError

_WROTE = frozenset({"applied", "applied_unverified", "noop", "not_converged", "side_effect"})
"""Outcomes after which the target held what the run made of it."""
_READ = frozenset({"not_converged", "side_effect"})
"""Those after which it held what was read back, even if that was nothing."""
_COLUMNS = ("user_id", "path", "desired", "read_back", "outcome")


def check_base(base: object) -> pd.DataFrame:
    """Take the changes of an earlier run, those that were written.

    Returns
    -------
    pandas.DataFrame
        Index ``user_id:path``; columns ``user_id, asked`` (what the export wanted then) and ``left`` (what the run left on the
        target); ``''`` is unassigned.

    Raises
    ------
    CompareError
        It is not the `changes` frame of a run's results.
    """
    if not isinstance(base, pd.DataFrame) or not set(_COLUMNS) <= set(base.columns):
        raise CompareError(
            "base is the changes of an earlier run: base=open_run('earlier.run').changes "
            f"(a frame with the columns {', '.join(_COLUMNS)})."
        )
    wrote = base[base["outcome"].isin(_WROTE)]
    read = wrote["read_back"].where(wrote["read_back"].notna() | wrote["outcome"].isin(_READ), wrote["desired"])
    frame = pd.DataFrame({"user_id": wrote["user_id"], "asked": wrote["desired"], "left": read.fillna("")}).astype("str")
    if len(base) and (base["outcome"] == "would_apply").all():
        raise CompareError("base: that run was dry and wrote nothing. Give the changes of one that was sent.")
    # Of several runs put together, the last word counts.
    keyed = frame.set_axis((wrote["user_id"] + ":" + wrote["path"]).to_numpy(), axis="index")
    return keyed[~keyed.index.duplicated(keep="last")]


def tell_moves(changes: pd.DataFrame, base: pd.DataFrame) -> pd.Series[str]:
    """Say of each change who moved since the earlier run.

    Parameters
    ----------
    changes
        Columns ``user_id, path, before, after``.
    base
        From `check_base`.

    Returns
    -------
    pandas.Series
        A flag a change, on its index: ``source_moved`` (the export asks for something else now), ``target_edited`` (the target
        does not hold what the run left), ``both_changed``, ``rewritten`` (neither moved: the target made something else of
        what was sent), or ``''`` where the run did not write that cell.
    """
    known = base.reindex((changes["user_id"] + ":" + changes["path"]).to_numpy()).set_axis(changes.index, axis="index")
    wrote = known["asked"].notna()
    source = wrote & (changes["after"].fillna("") != known["asked"])
    target = wrote & (changes["before"].fillna("") != known["left"])
    flags = pd.Series("", index=changes.index, dtype="str").mask(wrote, "rewritten")
    flags = flags.mask(source, "source_moved").mask(target, "target_edited")
    return flags.mask(source & target, "both_changed")
