"""Huawei Cloud IAM Identity Center."""

from __future__ import annotations

from scimrecon.dialects.model import Check, ClearAs, Credential, Dialect, Paging, Rule

_CONSOLE = "IAM Identity Center console, Settings, Automatic provisioning: "
_REQUIRED = ("userName", "displayName", "name.familyName", "name.givenName", "emails", "emails.value", "emails.type")
_SHORT = (
    "userName", "displayName", "nickName", "profileUrl", "userType", "title", "preferredLanguage", "locale",
    "timezone", "externalId", "name.formatted", "name.familyName", "name.givenName", "name.middleName",
    "name.honorificPrefix", "name.honorificSuffix", "emails.value", "emails.type", "phoneNumbers.value",
    "phoneNumbers.type", "addresses.formatted", "addresses.streetAddress", "addresses.locality", "addresses.region",
    "addresses.postalCode", "addresses.country", "addresses.type", "employeeNumber", "costCenter", "organization",
    "division", "department", "manager.value",
)  # fmt: skip

HUAWEI = Dialect(
    name="huawei",
    title="Huawei Cloud IAM Identity Center",
    source="Huawei Cloud IAM Identity Center API, PUT /{tenant_id}/scim/v2/Users/{user_id}",
    base_url="https://scim.{region}.myhuaweicloud.com/{tenant_id}/scim/v2",
    credentials=(
        Credential(
            name="region", pattern=r"[a-z]+(-[a-z]+)+-[0-9]+", secret=False,
            where=f"{_CONSOLE}the part of the SCIM endpoint after 'scim.'",
        ),
        Credential(
            name="tenant_id", pattern=r"[0-9A-Za-z-]{8,64}", secret=False,
            where=f"{_CONSOLE}the first part of the SCIM endpoint's path; it is not the identity store's id",
        ),
        Credential(name="token", where=f"{_CONSOLE}the access token, shown once, when it was made"),
    ),
    media_type="application/json",
    put_success=frozenset({200, 201}),
    paging=Paging.NONE,
    list_cap=50,
    filters=frozenset({"userName", "id"}),
    # It refuses "", and does not say what null does.
    clear_as=ClearAs.OMIT,
    id_member="id",
    writable=frozenset(
        {
            "externalId", "userName", "name", "displayName", "nickName", "profileUrl", "emails", "addresses",
            "phoneNumbers", "userType", "title", "preferredLanguage", "locale", "timezone", "active",
            "employeeNumber", "costCenter", "organization", "division", "department", "manager",
        }
    ),
    write_only=frozenset({"profileUrl"}),
    unreturned=frozenset({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"}),
    rules=(
        *(Rule(path=path, check=Check.REQUIRED, do="the provider asks for one in every PUT; map it") for path in _REQUIRED),
        *(Rule(path=path, check=Check.LENGTH, least=1, most=1024, do="give from 1 to 1024 characters") for path in _SHORT),
        Rule(
            path="userName", check=Check.PATTERN, pattern=r"[A-Za-z0-9_+=,.@-]+",
            do="use letters, digits and _ + = , . @ - only",
        ),
        *(
            Rule(path=path, check=Check.ELEMENTS, most=1, do="the provider keeps one; choose which")
            for path in ("emails", "addresses", "phoneNumbers")
        ),
        Rule(path="emails", check=Check.PRIMARY, least=1, do="mark the email address as primary"),
    ),
    # Older pages spell it the second way.
    transient_conflicts=frozenset({(409, "IIC.1006"), (409, "IdentityCenter.1006")}),
    versions=False,
    version_conflicts=frozenset(),
)  # fmt: skip
"""Lists 50 users at most, shows no profileUrl, and knows no versions."""
