"""Microsoft: Entra ID, Microsoft 365, Active Directory by PowerShell, csvde and ldifde."""

from __future__ import annotations

from scimrecon.exports.catalogue.model import FAX, MOBILE_PHONE, TABLES, WORK_MAIL, WORK_PHONE, Preset, address, take

_TRUE = {"True": "true", "TRUE": "true", "true": "true", "False": "false", "FALSE": "false", "false": "false"}
_INVERTED = {word: "false" if meant == "true" else "true" for word, meant in _TRUE.items()}
_PRINTED = (
    "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection",
    "System.Object[]",
    "System.String[]",
    "System.Byte[]",
)
"""What PowerShell prints for a list."""

ENTRA = Preset(
    # The documented header and that of real files differ; both are met.
    name="entra",
    title="Microsoft Entra ID, Download users (CSV)",
    signature=frozenset({"userPrincipalName", "displayName", "objectId", "accountEnabled", "usageLocation"}),
    synonyms={"objectId": ("id",), "physicalDeliveryOfficeName": ("officeLocation",), "mobile": ("mobilePhone",)},
    required=("userPrincipalName",),
    unique=("objectId", "userPrincipalName", "mail"),
    keys=("objectId", "userPrincipalName", "mail"),
    round_counts=(500_000,),
    mapping={
        **take({
            "userName": "userPrincipalName", "externalId": "objectId", "displayName": "displayName",
            "name.givenName": "givenName", "name.familyName": "surname", "title": "jobTitle", "userType": "userType",
            "department": "department", "organization": "companyName", WORK_MAIL: "mail", WORK_PHONE: "telephoneNumber",
            MOBILE_PHONE: "mobile",
        }),
        **address(streetAddress="streetAddress", locality="city", region="state", postalCode="postalCode", country="country"),
        "active": {"column": "accountEnabled", "values": _TRUE},
    },
)  # fmt: skip

M365 = Preset(
    name="m365",
    title="Microsoft 365 admin center, Export users (CSV)",
    signature=frozenset({"User principal name", "Object Id", "Block credential", "Licenses"}),
    synonyms={"CountryOrRegion": ("Country/Region", "Country"), "StateOrProvince": ("State",)},
    required=("User principal name",),
    unique=("Object Id", "User principal name"),
    keys=("Object Id", "User principal name"),
    mapping={
        **take({
            "userName": "User principal name", "externalId": "Object Id", "displayName": "Display name",
            "name.givenName": "First name", "name.familyName": "Last name", "title": "Title", "department": "Department",
            "preferredLanguage": "Preferred language", WORK_PHONE: "Phone number", MOBILE_PHONE: "Mobile Phone", FAX: "Fax",
        }),
        WORK_MAIL: {"column": "Proxy addresses", "transform": "primary_smtp"},
        **address(streetAddress="Street address", locality="City", region="StateOrProvince", postalCode="Postal code",
                  country="CountryOrRegion"),
        "active": {"column": "Block credential", "values": _INVERTED},
    },
)  # fmt: skip

AD_POWERSHELL = Preset(
    name="ad_powershell",
    title="Active Directory, Get-ADUser | Export-Csv",
    signature=frozenset({"DistinguishedName", "SamAccountName", "ObjectGUID"}),
    synonyms={
        "EmailAddress": ("mail",), "Surname": ("sn",), "City": ("l",), "State": ("st",), "Country": ("c",),
        "OfficePhone": ("telephoneNumber",), "MobilePhone": ("mobile",), "Fax": ("facsimileTelephoneNumber",),
    },
    unique=("ObjectGUID", "SamAccountName", "UserPrincipalName", "EmployeeID"),
    keys=("ObjectGUID", "EmployeeID", "UserPrincipalName", "SamAccountName", "EmailAddress"),
    nulls=_PRINTED,
    mapping={
        **take({
            "userName": "UserPrincipalName", "displayName": "DisplayName",
            "name.givenName": "GivenName", "name.familyName": "Surname", "title": "Title", "employeeNumber": "EmployeeID",
            "department": "Department", "organization": "Company", "division": "Division", WORK_MAIL: "EmailAddress",
            WORK_PHONE: "OfficePhone", MOBILE_PHONE: "MobilePhone", FAX: "Fax",
        }, nulls=_PRINTED),
        "externalId": {"column": "ObjectGUID", "transform": "immutable_id", "nulls": _PRINTED},
        **address(streetAddress="StreetAddress", locality="City", region="State", postalCode="PostalCode", country="Country"),
        "active": {"column": "Enabled", "values": _TRUE},
        "manager.value": {"reference": "Manager", "on": "DistinguishedName"},
    },
)  # fmt: skip

_LDAP = {
    **take({
        "userName": "userPrincipalName", "displayName": "displayName", "name.givenName": "givenName", "name.familyName": "sn",
        "title": "title", "employeeNumber": "employeeID", "department": "department",
        "organization": "company", "division": "division", WORK_PHONE: "telephoneNumber", MOBILE_PHONE: "mobile",
        FAX: "facsimileTelephoneNumber", "preferredLanguage": "preferredLanguage",
    }, transform="first"),
    # PowerShell, csvde and LDIF write the same bytes as text, hex and base64: as ImmutableId they are one.
    "externalId": {"column": "objectGUID", "transform": "immutable_id"},
    WORK_MAIL: {"column": "mail", "transform": "first"},
    **address(streetAddress="streetAddress", locality="l", region="st", postalCode="postalCode", country="c"),
    "active": {"column": "userAccountControl", "transform": "account_enabled"},
}  # fmt: skip

CSVDE = Preset(
    name="csvde",
    title="Active Directory, csvde (CSV)",
    formats=TABLES,
    signature=frozenset({"DN", "objectClass", "sAMAccountName", "userAccountControl"}),
    unique=("DN", "objectGUID", "sAMAccountName", "userPrincipalName"),
    keys=("objectGUID", "employeeID", "userPrincipalName", "sAMAccountName", "mail"),
    secrets=("unicodePwd", "userPassword"),
    mapping={**_LDAP, "manager.value": {"reference": "manager", "on": "DN"}},
)

LDIFDE = Preset(
    name="ldifde",
    title="Active Directory, ldifde or ldapsearch (LDIF)",
    formats=("LDIF",),
    signature=frozenset({"dn", "objectClass", "userAccountControl"}),
    unique=("dn", "objectGUID", "sAMAccountName", "userPrincipalName"),
    keys=("objectGUID", "employeeID", "userPrincipalName", "sAMAccountName", "mail"),
    round_counts=(1_000, 5_000),
    secrets=("unicodePwd", "userPassword"),
    mapping={**_LDAP, "manager.value": {"reference": "manager", "on": "dn"}},
)

PRESETS = (ENTRA, M365, AD_POWERSHELL, CSVDE, LDIFDE)
