"""The switches of the practice server `huawei`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scimrecon.sandbox.switches import at_least


@dataclass(frozen=True, kw_only=True)
class HuaweiSwitches:
    """Where Huawei Cloud's documents leave something open, or say two things."""

    put_status: Literal[200, 201] = 200
    """What a PUT is answered with: the page's table says 200, its example 201."""
    delete_status: Literal[204, 200] = 204
    """What a DELETE is answered with. Not documented by Huawei."""
    unauthorized_status: int = at_least(400, 401)
    """What a wrong token is answered with: 401 is not in the tables. Not documented by Huawei."""
    errors: Literal["both", "schema", "array", "iic", "apigw"] = "both"
    """The body of an error: schema and schemas as in the tables, schema alone, schema as a list with a text as status (as the
    sibling service of AWS sends), or error_code and error_msg as IAM Identity Center and its gateway have elsewhere."""
    lenient_seed: bool = False
    """Whether a PUT needs only what the page's table marks as mandatory, and not all that the SDK does."""
    omitted: Literal["cleared", "kept"] = "cleared"
    """What becomes of an optional attribute that a PUT leaves out. Not documented by Huawei."""
    active_omitted: Literal["keep", "true", "false"] = "keep"
    """What a PUT without active means. Not documented by Huawei."""
    null: Literal["clears", "refused"] = "clears"
    """What null does in a PUT. Not documented by Huawei."""
    enterprise_shown: bool = True
    """Whether answers hold the enterprise extension: the tables have it, the example has not."""
    total_results: Literal["all", "listed"] = "all"
    """Whether totalResults counts all that were found, or the 50 that are listed. Not documented by Huawei."""
    accept_scim_json: bool = True
    """Whether a body may be sent as application/scim+json too. Not documented by Huawei."""
    conflict_every: int = at_least(0, 0)
    """Every so many PUTs is answered 409 with IIC.1006, "Concurrency conflicts. Try again later.", and not done; 0: none."""
    fail_every: int = at_least(0, 0)
    """Every so many PUTs is answered 500 and not done; 0: none."""
    fail_after_every: int = at_least(0, 0)
    """Every so many PUTs is done and answered 500 all the same; 0: none."""
