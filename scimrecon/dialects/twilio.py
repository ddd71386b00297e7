"""Twilio Organizations: the organisation's path, and the address of the present documentation."""

from __future__ import annotations

from dataclasses import replace

from scimrecon.dialects.model import Authentication, Check, Credential, Dialect, Paging, Rule

_CONSOLE = "Twilio Console, Admin, "
_CLIENT = (
    Credential(
        name="client_id", where=f"{_CONSOLE}OAuth apps: the client id of an app with the managed-users scopes", secret=False
    ),
    Credential(name="client_secret", where=f"{_CONSOLE}OAuth apps: shown once, when the app was made"),
)
_TOKEN_URL = Credential(
    name="token_url", where="the address tokens are fetched from, if not Twilio's own", secret=False, optional=True
)


def _length(path: str, least: int, most: int) -> Rule:
    return Rule(path=path, check=Check.LENGTH, least=least, most=most, do=f"give from {least} to {most} characters")


TWILIO = Dialect(
    name="twilio",
    title="Twilio Organizations",
    source="Twilio IAM Organizations API, PUT /Organizations/{OrganizationSid}/scim/Users/{UserSid}",
    base_url="https://preview-iam.twilio.com/Organizations/{organization_sid}/scim",
    authentication=Authentication.CLIENT_CREDENTIALS,
    credentials=(
        Credential(
            name="organization_sid", pattern=r"OR[0-9a-f]{32}", secret=False,
            where=f"{_CONSOLE}Organization settings: OR and 32 hexadecimal digits",
        ),
        *_CLIENT,
        _TOKEN_URL,
    ),
    token_url="https://preview-iam.twilio.com/v1/token",  # noqa: S106 - an address, no secret
    media_type="application/json",
    put_success=frozenset({200}),
    paging=Paging.NONE,
    filters=frozenset({"userName", "externalId"}),
    writable=frozenset(
        {
            "externalId", "userName", "displayName", "name.givenName", "name.familyName", "emails", "active",
            "locale", "timezone",
        }
    ),
    twins=("userName", "emails[primary eq true].value"),
    rules=(
        Rule(path="userName", check=Check.REQUIRED, do="give a userName"),
        _length("userName", 2, 255),
        _length("externalId", 2, 255),
        _length("displayName", 0, 255),
        _length("name.givenName", 0, 255),
        _length("name.familyName", 0, 255),
        Rule(path="emails", check=Check.REQUIRED, do="give the email address that is the userName"),
        _length("emails.value", 2, 160),
        _length("emails.type", 0, 64),
        Rule(path="emails", check=Check.PRIMARY, least=2, do="mark one of the email addresses as primary"),
        Rule(
            path="userName", check=Check.SAME, other="emails[primary eq true].value",
            do="change userName and the primary email together",
        ),
    ),
    version_conflicts=frozenset({(409, "25020"), (412, "")}),
    duplicates=frozenset({(409, "25022")}),
)  # fmt: skip
"""The API of the organisation's path, with client credentials."""

TWILIO_CURRENT = replace(
    TWILIO,
    name="twilio_current",
    title="Twilio Organizations (SCIM v2)",
    source="https://www.twilio.com/docs/iam/scim",
    base_url="https://iam.twilio.com/scim/v2",
    authentication=Authentication.REFRESH_TOKEN,
    credentials=(
        *_CLIENT,
        Credential(name="refresh_token", where="the answer to the authorization code of Twilio's OAuth setup"),
        _TOKEN_URL,
    ),
    token_url="https://oauth.twilio.com/v2/token",  # noqa: S106 - an address, no secret
    media_type="application/scim+json",
)
"""The API of the present documentation, with a refresh token; the token implies the organisation."""
