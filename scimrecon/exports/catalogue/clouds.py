"""Identity services: Google Workspace, Okta, OneLogin, JumpCloud, AWS IAM Identity Center, and any SCIM service's own list."""

from __future__ import annotations

from scimrecon.exports.catalogue.model import FAX, MOBILE_PHONE, TABLES, WORK_MAIL, WORK_PHONE, Preset, address, take

_OKTA_STATUS = {
    **dict.fromkeys(("ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY", "PROVISIONED"), "true"),
    **dict.fromkeys(("SUSPENDED", "DEPROVISIONED", "STAGED"), "false"),
}
_NEVER = ("Never logged in", "--")

GOOGLE = Preset(
    name="google",
    title="Google Workspace, Download users (CSV)",
    signature=frozenset({"First Name", "Last Name", "Email Address", "Org Unit Path"}),
    required=("Email Address",),
    unique=("Email Address", "Employee ID"),
    keys=("Email Address", "Employee ID"),
    nulls=_NEVER,
    secrets=("Password",),
    mapping={
        **take({
            "userName": "Email Address", "externalId": "Employee ID", "employeeNumber": "Employee ID",
            "name.givenName": "First Name", "name.familyName": "Last Name", "title": "Employee Title",
            "userType": "Employee Type", "department": "Department", "costCenter": "Cost Center", WORK_MAIL: "Email Address",
            WORK_PHONE: "Work Phone", MOBILE_PHONE: "Mobile Phone",
        }),
        **address(formatted="Work Address"),
        "active": {"column": "Status", "values": {"Active": "true", "Suspended": "false", "Archived": "false"}},
        "manager.value": {"reference": "Manager Email", "on": "userName"},
    },
)  # fmt: skip


def _okta(prefix: str) -> dict[str, dict[str, str]]:
    names = {
        "userName": "login", "name.givenName": "firstName", "name.familyName": "lastName", "name.middleName": "middleName",
        "name.honorificPrefix": "honorificPrefix", "name.honorificSuffix": "honorificSuffix", "displayName": "displayName",
        "nickName": "nickName", "profileUrl": "profileUrl", "title": "title", "userType": "userType", "locale": "locale",
        "preferredLanguage": "preferredLanguage", "timezone": "timezone", "employeeNumber": "employeeNumber",
        "costCenter": "costCenter", "organization": "organization", "division": "division", "department": "department",
        WORK_MAIL: "email", WORK_PHONE: "primaryPhone", MOBILE_PHONE: "mobilePhone",
    }  # fmt: skip
    place = {
        "streetAddress": "streetAddress",
        "locality": "city",
        "region": "state",
        "postalCode": "zipCode",
        "country": "countryCode",
    }
    rules = take({path: prefix + column for path, column in names.items()})
    rules |= address(**{member: prefix + column for member, column in place.items()})
    return rules | {"manager.value": {"reference": f"{prefix}managerId", "on": "employeeNumber"}}


OKTA = Preset(
    name="okta",
    title="Okta, users API (JSON)",
    formats=("JSON",),
    signature=frozenset({"id", "status", "profile.login"}),
    unique=("id", "profile.login", "profile.employeeNumber"),
    keys=("id", "profile.employeeNumber", "profile.login", "profile.email"),
    round_counts=(200,),
    mapping={**_okta("profile."), "externalId": {"column": "id"}, "active": {"column": "status", "values": _OKTA_STATUS}},
)

OKTA_CSV = Preset(
    name="okta_csv",
    title="Okta, profile columns (CSV)",
    signature=frozenset({"login", "firstName", "lastName", "email"}),
    required=("login",),
    unique=("login", "employeeNumber"),
    keys=("employeeNumber", "login", "email"),
    mapping={**_okta(""), "externalId": {"column": "id"}, "active": {"column": "status", "values": _OKTA_STATUS}},
)

ONELOGIN = Preset(
    name="onelogin",
    title="OneLogin, users API (JSON) or User Details report (CSV)",
    formats=(*TABLES, "JSON"),
    signature=frozenset({"username", "firstname", "lastname", "invitation_sent_at"}),
    unique=("id", "external_id", "username", "email"),
    keys=("id", "external_id", "username", "email"),
    mapping={
        **take({
            "userName": "username", "externalId": "id", "name.givenName": "firstname", "name.familyName": "lastname",
            "title": "title", "department": "department", "organization": "company", "locale": "preferred_locale_code",
            WORK_MAIL: "email", WORK_PHONE: "phone",
        }),
        "active": {"column": "status", "values": {"1": "true", "4": "true", "5": "true", "3": "true", "0": "false", "2": "false",
                                                   "7": "false", "8": "false"}},
        "manager.value": {"reference": "manager_user_id", "on": "externalId"},
    },
)  # fmt: skip

JUMPCLOUD = Preset(
    name="jumpcloud",
    title="JumpCloud, users (CSV)",
    signature=frozenset({"Username", "FirstName", "LastName", "Email", "employeeIdentifier"}),
    unique=("Username", "Email", "employeeIdentifier"),
    keys=("_id", "Username", "Email", "employeeIdentifier"),
    secrets=("Password",),
    mapping={
        **take({
            "userName": "Username", "externalId": "_id", "name.givenName": "FirstName", "name.familyName": "LastName",
            "name.middleName": "middlename", "displayName": "displayname", "nickName": "preferredName", "title": "jobTitle",
            "userType": "employeeType", "employeeNumber": "employeeIdentifier", "department": "department",
            "costCenter": "costCenter", "organization": "company", WORK_MAIL: "Email", WORK_PHONE: "work_number",
            MOBILE_PHONE: "mobile_number", FAX: "work_fax_number",
        }),
        **address(streetAddress="work_streetAddress", locality="work_city", region="work_state", postalCode="work_postalCode",
                  country="work_country"),
        "active": {"column": "suspended", "values": {"true": "false", "True": "false", "false": "true", "False": "true"}},
        "manager.value": {"reference": "manager", "on": "userName"},
    },
)  # fmt: skip

_AWS_MAIL, _AWS_PHONE = 'Emails[Type eq "work"].Value', 'PhoneNumbers[Type eq "work"].Value'
AWS = Preset(
    # The listing has no word on who is active.
    name="aws",
    title="AWS IAM Identity Center, aws identitystore list-users (JSON)",
    formats=("JSON",),
    signature=frozenset({"UserName", "UserId", "IdentityStoreId"}),
    unique=("UserId", "UserName"),
    keys=("UserId", "UserName"),
    round_counts=(100,),
    mapping=take({
        "userName": "UserName", "name.givenName": "Name.GivenName", "name.familyName": "Name.FamilyName",
        "name.formatted": "Name.Formatted", "displayName": "DisplayName", "nickName": "NickName", "title": "Title",
        "userType": "UserType", "locale": "Locale", "timezone": "Timezone", "preferredLanguage": "PreferredLanguage",
        WORK_MAIL: _AWS_MAIL, WORK_PHONE: _AWS_PHONE,
    }),
)  # fmt: skip

_SCIM_PATHS = [
    "userName", "externalId", "name.formatted", "name.givenName", "name.familyName", "name.middleName", "name.honorificPrefix",
    "name.honorificSuffix", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale",
    "timezone", "active", "employeeNumber", "costCenter", "organization", "division", "department",
    WORK_MAIL, 'emails[type eq "home"].value', 'emails[type eq "other"].value', "emails[primary eq true].value",
    WORK_PHONE, MOBILE_PHONE, FAX,
    'phoneNumbers[type eq "home"].value',
    *(f'addresses[type eq "work"].{member}'
      for member in ("formatted", "streetAddress", "locality", "region", "postalCode", "country")),
]  # fmt: skip
SCIM = Preset(
    name="scim",
    title="SCIM, ListResponse or users (JSON)",
    formats=("JSON",),
    signature=frozenset({"userName"}),
    unique=("id", "externalId", "userName"),
    keys=("externalId", "userName", "id"),
    secrets=("password",),
    mapping={**take({path: path for path in _SCIM_PATHS}), "manager.value": {"reference": "manager.value", "on": "id"}},
)

PRESETS = (GOOGLE, OKTA, OKTA_CSV, ONELOGIN, JUMPCLOUD, AWS, SCIM)
