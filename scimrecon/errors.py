"""Every exception this library raises.

Catch a branch; a leaf says what happened. Each message names the row, column, user or path and what to do.

    ScimReconError
    ├── PathError            a SCIM attribute path cannot be read, or names more than one place
    ├── ExportError          a file cannot be read as an export
    ├── RecipeError          a cleaning step cannot be made or replayed, or a recipe cannot be read
    ├── MappingError         a mapping names a column or attribute that cannot be mapped
    ├── CompareError         two sides cannot be compared as asked
    ├── SelectionError       changes were selected that cannot be ticked
    ├── PlanError            a plan cannot be made, or must not be applied
    ├── RunError             a run file cannot be created or read
    ├── NotConverged         a run did not end with what was asked; an AssertionError too
    ├── TableError           a frame cannot be written for a spreadsheet
    ├── ReportError          a report or a plot cannot be made of what was given, or not be written
    ├── SandboxError         a practice server cannot be started
    ├── ConnectError         what `connect` was given does not name a SCIM service
    ├── FetchError           users cannot be read as asked
    └── ServerError          the target did not do as asked
        ├── Unreachable      no whole answer came; what was sent may or may not have been done
        ├── Refused          an answer that is not a success: status, scim_type, detail
        └── Malformed        a success whose body cannot be understood
"""

from __future__ import annotations


class ScimReconError(Exception):
    """Base of all errors of this library."""


class PathError(ScimReconError):
    """A SCIM attribute path cannot be read, or names more than one place."""


class ExportError(ScimReconError):
    """A file cannot be read as an export."""


class RecipeError(ScimReconError):
    """A cleaning step cannot be made or replayed, or a recipe cannot be read."""


class MappingError(ScimReconError):
    """A mapping names a column or attribute that cannot be mapped."""


class CompareError(ScimReconError):
    """Two sides cannot be compared as asked."""


class SelectionError(ScimReconError):
    """Changes were selected that cannot be ticked."""


class PlanError(ScimReconError):
    """A plan cannot be made, or must not be applied."""


class RunError(ScimReconError):
    """A run file cannot be created or read."""


class NotConverged(ScimReconError, AssertionError):
    """A run did not end with what was asked."""


class TableError(ScimReconError):
    """A frame cannot be written for a spreadsheet."""


class ReportError(ScimReconError):
    """A report or a plot cannot be made of what was given, or not be written."""


class SandboxError(ScimReconError):
    """A practice server cannot be started."""


class ConnectError(ScimReconError):
    """What `connect` was given does not name a SCIM service."""


class FetchError(ScimReconError):
    """Users cannot be read as asked."""


class ServerError(ScimReconError):
    """The target did not do as asked."""


class Unreachable(ServerError):
    """No whole answer came; what was sent may or may not have been done.

    Parameters
    ----------
    message
        What was asked and what happened.
    sent
        Whether the request may have reached the target: if so, only a GET can tell what became of it.
    late
        Whether we stopped waiting: the target may be at work on it still, and a GET now need not be the last word.
    """

    def __init__(self, message: str, *, sent: bool, late: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.late = late


class Refused(ServerError):
    """An answer that is not a success (RFC 7644 §3.12).

    Parameters
    ----------
    message
        What was asked and what the target said.
    status
        The HTTP status.
    scim_type, detail
        From a SCIM error body; empty where the target sent none.
    vendor_code, more_info, request_id, time
        Empty where the target sent none; the time is its own words for when it refused.
    retry_after_s
        Seconds to wait that the target asks for; None where it does not say, or not so that it can be read.
    """

    def __init__(  # the fields of one error body, each named by its keyword
        self,
        message: str,
        *,
        status: int,
        scim_type: str = "",
        detail: str = "",
        vendor_code: str = "",
        more_info: str = "",
        request_id: str = "",
        time: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.scim_type = scim_type
        self.detail = detail
        self.vendor_code = vendor_code
        self.more_info = more_info
        self.request_id = request_id
        self.time = time
        self.retry_after_s = retry_after_s


class Malformed(ServerError):
    """A success whose body cannot be understood; a write it answers may have been done."""
