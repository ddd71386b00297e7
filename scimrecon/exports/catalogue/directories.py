"""LDAP directories: OpenLDAP, 389 Directory Server and their kin, as LDIF."""

from __future__ import annotations

from scimrecon.exports.catalogue.model import FAX, MOBILE_PHONE, WORK_MAIL, WORK_PHONE, Preset, address, take

_PERSON = {
    **take({
        "userName": "uid", "displayName": "displayName", "name.givenName": "givenName", "name.familyName": "sn",
        "title": "title", "userType": "employeeType", "employeeNumber": "employeeNumber", "department": "departmentNumber",
        "organization": "o", "preferredLanguage": "preferredLanguage", WORK_MAIL: "mail", WORK_PHONE: "telephoneNumber",
        MOBILE_PHONE: "mobile", FAX: "facsimileTelephoneNumber",
    }, transform="first"),
    **address(streetAddress="street", locality="l", region="st", postalCode="postalCode"),
    "manager.value": {"reference": "manager", "on": "dn"},
}  # fmt: skip
_SECRETS = ("userPassword", "sambaNTPassword", "sambaLMPassword", "authPassword", "krbPrincipalKey")

OPENLDAP = Preset(
    # Whether an account is active is no matter of LDAP's schema, so the mapping leaves it alone.
    name="openldap",
    title="OpenLDAP and other LDAP directories, ldapsearch or slapcat (LDIF)",
    formats=("LDIF",),
    signature=frozenset({"dn", "objectClass"}),
    unique=("dn", "entryUUID", "uid", "employeeNumber"),
    keys=("entryUUID", "employeeNumber", "uid", "mail"),
    round_counts=(500,),
    secrets=_SECRETS,
    mapping={**_PERSON, "externalId": {"column": "entryUUID"}},
)

DS389 = Preset(
    name="389ds",
    title="389 Directory Server, dsctl db2ldif or ldapsearch (LDIF)",
    formats=("LDIF",),
    signature=frozenset({"dn", "objectClass", "nsUniqueId"}),
    unique=("dn", "nsUniqueId", "uid", "employeeNumber"),
    keys=("nsUniqueId", "employeeNumber", "uid", "mail"),
    round_counts=(2_000,),
    secrets=_SECRETS,
    mapping={
        **_PERSON,
        "externalId": {"column": "nsUniqueId"},
        "active": {"column": "nsAccountLock", "values": {"true": "false", "TRUE": "false", "false": "true", "FALSE": "true"}},
    },
)

PRESETS = (DS389, OPENLDAP)
