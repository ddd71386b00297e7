"""HR systems: Workday, BambooHR, HiBob. Their customers design the reports, so names vary: hence the synonyms."""

from __future__ import annotations

from scimrecon.exports.catalogue.model import MOBILE_PHONE, WORK_MAIL, WORK_PHONE, Preset, address, take

_MAIL = r"\s*[^@\s]+@[^@\s]+\s*"
_STATUS = {
    **dict.fromkeys(("Active", "Employed", "On Leave", "Garden leave"), "true"),
    **dict.fromkeys(("Inactive", "Terminated"), "false"),
}

WORKDAY = Preset(
    # Workday has no standard file: a report's headings are its XML aliases, with underscores.
    name="workday",
    title="Workday custom report (RaaS) as CSV",
    signature=frozenset({"Employee_ID", "Worker_Status", "Legal_First_Name", "Legal_Last_Name"}),
    synonyms={
        "Worker_Status": ("Active_Status",), "Legal_First_Name": ("First_Name",), "Legal_Last_Name": ("Last_Name",),
        "Job_Title": ("Business_Title",), "Email": ("primaryWorkEmail", "Work_Email"), "Employee_Type": ("Worker_Type",),
        "Supervisory_Organization": ("Team_Name",),
    },
    required=("Employee_ID",),
    patterns={"Email": _MAIL},
    unique=("Employee_ID", "Email"),
    keys=("Employee_ID", "Email"),
    mapping={
        **take({
            "userName": "Email", "externalId": "Employee_ID", "employeeNumber": "Employee_ID",
            "name.givenName": "Legal_First_Name", "name.familyName": "Legal_Last_Name", "displayName": "Preferred_Name",
            "title": "Job_Title", "department": "Supervisory_Organization", "costCenter": "Cost_Center",
            "organization": "Company", "userType": "Employee_Type", "locale": "Locale", WORK_MAIL: "Email",
            WORK_PHONE: "Work_Phone", MOBILE_PHONE: "Mobile_Phone",
        }),
        **address(locality="Location"),
        "active": {"column": "Worker_Status", "values": {"Active": "true", "On Leave": "true", "Terminated": "false"}},
    },
)  # fmt: skip

BAMBOOHR = Preset(
    name="bamboohr",
    title="BambooHR, report (CSV, Excel) or API field names",
    signature=frozenset({"employeeNumber", "workEmail", "firstName", "lastName"}),
    synonyms={
        "employeeNumber": ("Employee #", "Employee Number"), "workEmail": ("Work Email",), "firstName": ("First Name",),
        "lastName": ("Last Name",), "supervisorEId": ("Supervisor EID", "Reporting to #"), "zipcode": ("Zip Code",),
        "status": ("Employment Status",),
    },
    patterns={"workEmail": _MAIL},
    unique=("employeeNumber", "workEmail"),
    keys=("employeeNumber", "workEmail"),
    nulls=("0000-00-00",),
    mapping={
        **take({
            "userName": "workEmail", "externalId": "employeeNumber", "employeeNumber": "employeeNumber",
            "name.givenName": "firstName", "name.familyName": "lastName", "name.middleName": "middleName",
            "displayName": "displayName", "nickName": "preferredName", "title": "jobTitle", "department": "department",
            "division": "division", WORK_MAIL: "workEmail", WORK_PHONE: "workPhone", MOBILE_PHONE: "mobilePhone",
        }),
        **address(locality="city", region="state", postalCode="zipcode", country="country"),
        "active": {"column": "status", "values": _STATUS},
        "manager.value": {"reference": "supervisorEId", "on": "employeeNumber"},
    },
)  # fmt: skip

HIBOB = Preset(
    name="hibob",
    title="HiBob, report in English (CSV, Excel)",
    signature=frozenset({"Display name", "Email", "Employee ID", "Site"}),
    synonyms={
        "Email": ("root.email",), "Employee ID": ("work.employeeIdInCompany",), "Status": ("Lifecycle status", "internal.status"),
        "Reports to (Email)": ("work.reportsTo.email", "Reports to email"),
    },
    patterns={"Email": _MAIL},
    unique=("Email", "Employee ID"),
    keys=("Employee ID", "Email"),
    mapping={
        **take({
            "userName": "Email", "externalId": "Employee ID", "employeeNumber": "Employee ID", "name.givenName": "First name",
            "name.familyName": "Last name", "displayName": "Display name", "title": "Job title", "department": "Department",
            WORK_MAIL: "Email", WORK_PHONE: "Work phone", MOBILE_PHONE: "Mobile phone",
        }),
        **address(locality="Site"),
        "active": {"column": "Status", "values": _STATUS},
        "manager.value": {"reference": "Reports to (Email)", "on": "userName"},
    },
)  # fmt: skip

PRESETS = (WORKDAY, BAMBOOHR, HIBOB)
