"""Real exports of other people's, beside a checkout and never in it."""

from pathlib import Path

import pytest

EXPORTS = Path(__file__).parents[2] / "shared" / "exports"
# Their licences let us read them, and not ship them: whoever has a clone alone does without.
needs_exports = pytest.mark.skipif(
    not EXPORTS.is_dir(), reason="../shared/exports holds others' files, which are not ours to ship"
)
