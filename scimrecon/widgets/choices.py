"""What the reader of a diff has ticked and edited, as it is used and as it is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from scimrecon.widgets.columns import Mask
    from scimrecon.widgets.editing import Edit


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Everything the reader has decided: never written into, only replaced."""

    ticked: Mask
    edits: Mapping[int, Edit]
    """By position."""

    def same_as(self, other: Choices) -> bool:
        """Whether both decide alike."""
        return self.edits == other.edits and np.array_equal(self.ticked, other.ticked)

    def packed(self) -> PackedChoices:
        """The same in an eighth of the memory."""
        return PackedChoices(bits=np.packbits(self.ticked), count=len(self.ticked), edits=self.edits)


@dataclass(frozen=True, kw_only=True)
class PackedChoices:
    """Choices as they are remembered: one bit a change."""

    bits: npt.NDArray[np.uint8]
    count: int
    """Of changes: the last byte may hold fewer than eight."""
    edits: Mapping[int, Edit]

    def unpacked(self) -> Choices:
        """The choices they were."""
        return Choices(ticked=np.unpackbits(self.bits, count=self.count).astype(bool), edits=self.edits)
