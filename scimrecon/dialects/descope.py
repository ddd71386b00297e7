"""Descope."""

from __future__ import annotations

from scimrecon.dialects.model import Authentication, Credential, Dialect

DESCOPE = Dialect(
    name="descope",
    title="Descope",
    source="https://docs.descope.com/api/management/tenants/scim/update-scim-user",
    base_url="https://api.descope.com/scim/v2",
    authentication=Authentication.PROJECT_KEY,
    credentials=(
        Credential(name="project_id", pattern=r"P[0-9A-Za-z]+", secret=False, where="Descope Console, Project: the Project ID"),
        Credential(
            name="access_key",
            # The vendor's page shows both joined by a colon; so pasted, the project's id would be sent twice.
            pattern="[^:]+",
            where="Descope Console, Access Keys: a key tied to the tenant, with the role Tenant Admin; shown once, and without "
            "the project's id before it",
        ),
    ),
    media_type="application/json",
    accept="application/json, application/scim+json;q=0.9",
    put_success=frozenset({200}),
    envelope="user",
    inner_status=True,
    id_member="userId",
    writable=frozenset(
        {"userName", "displayName", "name.givenName", "name.familyName", "name.middleName", "emails", "active", "title"}
    ),
    opt_in=frozenset({"phoneNumbers"}),
    answer_only=frozenset({"detail", "status"}),
    # Behind it is Protocol Buffers, where an absent boolean is false.
    explicit=frozenset({"active"}),
    concurrency=4,
    window=(100, 60.0),
    penalty_s=60.0,
    versions=False,
    version_conflicts=frozenset(),
)
"""Wraps a user in ``user`` or not, and takes 100 requests a minute."""
