"""Presets: each format is known by its header in all its versions, and mapped with its own words."""

import base64
import uuid

import pandas as pd
import pytest
from others_files import EXPORTS, needs_exports

import scimrecon as sr
from scimrecon.exports import PRESETS

ENTRA = "userPrincipalName,displayName,surname,mail,givenName,{},userType,jobTitle,department,accountEnabled,usageLocation"
GOOGLE = (
    "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Org Unit Path [Required],"
    "Status [READ ONLY],Last Sign In [READ ONLY],Employee ID,Manager Email"
)
HEADERS = {
    "entra": [ENTRA.format("id"), ENTRA.format("objectId"), ENTRA.format("id").upper()],
    "m365": [
        "Display name,DirSyncEnabled,User principal name,Object Id,First name,Block credential,Licenses,CountryOrRegion",
        "Block credential,City,Country/Region,Display name,Licenses,Object Id,Proxy addresses,State,User principal name",
    ],
    "ad_powershell": [
        "DistinguishedName,Enabled,GivenName,Name,ObjectClass,ObjectGUID,SamAccountName,SID,Surname,UserPrincipalName",
        "DistinguishedName,ObjectGUID,SamAccountName,mail,sn,UserPrincipalName,Enabled",
    ],
    "csvde": ["DN,objectClass,cn,sn,userAccountControl,sAMAccountName,userPrincipalName,mail,manager"],
    "google": [GOOGLE, GOOGLE.replace(" [Required]", "").replace(" [READ ONLY]", "")],
    "okta_csv": ["login,firstName,lastName,middleName,email,title,displayName,mobilePhone,managerId,manager"],
    "onelogin": ["id,external_id,username,email,firstname,lastname,status,invitation_sent_at,manager_user_id"],
    "jumpcloud": ["Username,FirstName,LastName,Email,employeeIdentifier,MiddleName,manager"],
    "workday": [
        "Employee_ID,Worker_Status,Legal_First_Name,Legal_Last_Name,Email",
        "Employee ID,Active Status,First Name,Last Name,primaryWorkEmail,Business Title",
    ],
    "bamboohr": [
        "id,employeeNumber,firstName,lastName,jobTitle,workEmail,status,supervisorEId",
        "Employee #,First Name,Last Name,Work Email,Job Title,Hire Date",
    ],
    "hibob": ["Display name,First name,Last name,Email,Employee ID,Job title,Department,Site,Reports to"],
    "generic": ["Name,Mail,Town", "Email,Phone", "First Name,Last Name,Email Address"],
}

GUID = "5a1d2c3b-4e5f-6071-8293-a4b5c6d7e8f9"


@pytest.fixture
def export_of(tmp_path):
    def read(text, name="people.csv", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return sr.read_export(path, **options)

    return read


def desired_of(export, *paths):
    desired = sr.map_users(export, export.mapping)
    assert desired.problems.empty
    return [[None if pd.isna(cell) else cell for cell in desired.frame[path]] for path in paths]


@pytest.mark.parametrize(("preset", "header"), [(preset, header) for preset, headers in HEADERS.items() for header in headers])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_each_version_of_a_header_is_known(export_of, preset, header, delimiter):
    names = header.split(",")
    export = export_of(delimiter.join(names) + "\n" + delimiter.join("x@y" for _ in names) + "\n")
    assert export.preset == preset
    assert {rule.get("column") or rule.get("reference") for rule in export.mapping.values()} <= set(names)
    assert export.mapping or preset == "generic"


def test_every_preset_for_tables_has_a_header_here():
    assert set(HEADERS) == {name for name, preset in PRESETS.items() if "CSV" in preset.formats}


def test_presets_are_listed_with_what_they_know():
    listed = sr.presets().set_index("preset")
    assert set(listed.index) == set(PRESETS)
    assert listed.loc["okta", "formats"] == "JSON"
    assert "userName" in listed.loc["entra", "paths"].split(", ")


def test_a_blocked_credential_is_an_inactive_user(export_of):
    header = "User principal name,Object Id,Block credential,Licenses,Proxy addresses\n"
    export = export_of(header + "a@x,1,False,None,smtp:b@x+SMTP:a@x\nb@x,2,TRUE,None,\n")
    active, mails = desired_of(export, "active", 'emails[type eq "work"].value')
    assert (active, mails) == (["true", "false"], ["a@x", None])


def test_a_list_that_powershell_printed_by_its_type_is_blank(export_of):
    header = "DistinguishedName,ObjectGUID,SamAccountName,UserPrincipalName,EmailAddress,Enabled,Manager\n"
    rows = (
        f"CN=a,{GUID},a,a@x,Microsoft.ActiveDirectory.Management.ADPropertyValueCollection,True,\n"
        f"CN=b,{GUID.replace('5', '6')},b,b@x,b@x,False,CN=a\n"
    )
    export = export_of(header + rows)
    mails, active = desired_of(export, 'emails[type eq "work"].value', "active")
    assert (mails, active) == ([None, "b@x"], ["true", "false"])
    assert export.mapping["manager.value"] == {"reference": "Manager", "on": "DistinguishedName"}


def test_google_users_are_active_by_status_and_managed_by_mail(export_of):
    rows = "A,B,a@x,****,/,Active,Never logged in,1,b@x\nC,D,b@x,****,/,Suspended,2026/04/10 04:05:20,2,\n"
    export = export_of(GOOGLE + "\n" + rows)
    assert desired_of(export, "active", "userName") == [["true", "false"], ["a@x", "b@x"]]
    assert export.mapping["manager.value"] == {"reference": "Manager Email", "on": "userName"}
    assert "secrets" not in export.findings["finding"].tolist()


def test_active_directory_ldif_is_mapped_with_its_bits_and_names(export_of):
    export = export_of(
        "dn: CN=Ann,DC=x\nobjectClass: user\nuserAccountControl: 514\nuserPrincipalName: ann@x\nmail: ann@x\nmail: a@x\n"
        "manager: CN=Ben,DC=x\n\n"
        "dn: CN=Ben,DC=x\nobjectClass: user\nuserAccountControl: 66048\nuserPrincipalName: ben@x\n",
        "people.ldif",
    )
    assert export.preset == "ldifde"
    active, mails, managers = desired_of(export, "active", 'emails[type eq "work"].value', "manager.value")
    assert (active, mails, managers) == (["false", "true"], ["ann@x", None], ["CN=Ben,DC=x", None])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "version:v1.0\nName [displayName] Required,User name [userPrincipalName] Required\na,b\n",
            "template for bulk operations",
        ),
        (
            "IsReadOnly,IsFixedSize,IsSynchronized,Keys,Values,SyncRoot,Count\na,b,c,d,e,f,g\n",
            "PowerShell exported its own tables",
        ),
    ],
)
def test_a_file_that_is_no_export_is_refused_as_what_it_is(export_of, text, words):
    with pytest.raises(sr.errors.ExportError, match=words):
        export_of(text)


def test_one_person_has_one_external_id_however_active_directory_is_exported(export_of):
    written = uuid.UUID(GUID).bytes_le
    encoded = base64.b64encode(written).decode()
    files = {
        "people.csv": f"DistinguishedName,ObjectGUID,SamAccountName,UserPrincipalName\nCN=a,{GUID},a,a@x\n",
        "csvde.csv": f"DN,objectClass,objectGUID,sAMAccountName,userAccountControl\nCN=a,user,X'{written.hex()}',a,512\n",
        "people.ldif": f"dn: CN=a\nobjectClass: user\nuserAccountControl: 512\nobjectGUID:: {encoded}\n",
    }
    ids = [desired_of(export_of(text, name), "externalId") for name, text in files.items()]
    assert ids == [[[encoded]]] * 3


@needs_exports
@pytest.mark.parametrize(
    ("name", "preset"),
    [
        ("jumpcloud-JCUserUpdateImport.csv", "jumpcloud"),
        ("quoted-entra-bulk-download-2021.csv", "entra"),
        ("quoted-m365-admin-export-2025.csv", "m365"),
        ("openldap-2.5-adlike-msuser-ldapsearch.ldif", "ldifde"),
        ("openldap-2.5-ldapsearch-LLL.ldif", "openldap"),
    ],
)
def test_files_other_products_wrote_are_known_and_mapped(name, preset):
    export = sr.read_export(EXPORTS / name)
    assert export.preset == preset
    assert sr.map_users(export, export.mapping).problems.empty
