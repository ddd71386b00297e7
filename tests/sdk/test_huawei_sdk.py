"""Huawei Cloud's own SDK against the practice server of the dialect huawei: what it understands, ours says as Huawei does."""

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, ServerResponseException
from huaweicloudsdkidentitycenterscim import v1
from huaweicloudsdkidentitycenterscim.v1.identitycenterscim_credentials import IdentityCenterSCIMCredentials

from scimrecon import sandbox

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ANN = "ac6aa714-daa7-1aaa-aaa2-6715aaaa4dd9"


def person(login, **more):
    return {
        "userName": login,
        "displayName": login.title(),
        "name": {"givenName": login.title(), "familyName": "O'Brien"},
        "emails": [{"value": f"{login}@example.com", "type": "work", "primary": True}],
        "active": True,
        **more,
    }


PEOPLE = [person("ann", id=ANN, title="Analyst"), *(person(f"staff{n}") for n in range(59))]


class Sdk:
    """The SDK's client with what every call of it needs."""

    def __init__(self, server):
        known = server.credentials
        # Empty: this service signs nothing, and the token is an argument of each request.
        builder = v1.IdentityCenterSCIMClient.new_builder().with_credentials(IdentityCenterSCIMCredentials())
        self.client = builder.with_endpoint(server.url.partition("/" + known["tenant_id"])[0]).build()
        self._known = {"tenant_id": known["tenant_id"], "authorization": f"Bearer {known['token']}"}

    def get(self, user_id, **changed):
        return self.client.get_user(v1.GetUserRequest(user_id=user_id, **{**self._known, **changed}))

    def list(self):
        return self.client.list_users(v1.ListUsersRequest(**self._known))

    def put(self, user_id, **changed):
        email = v1.EmailItemDto(value="ann@example.com", type="work", primary=True)
        whole = {
            "id": user_id,
            "user_name": "ann",
            "display_name": "Ann",
            "name": v1.NameDto(given_name="Ann", family_name="O'Brien"),
            "emails": [email],
            "active": True,
            "schemas": [CORE],
        }
        body = v1.UpdateUserReqBody(**{**whole, **changed})
        return self.client.put_user(v1.PutUserRequest(user_id=user_id, body=body, **self._known))


@pytest.fixture(scope="module")
def start():
    running = []

    def start(**switches):
        running.append(sandbox.start("huawei", users=PEOPLE, **switches))
        return Sdk(running[-1])

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def sdk(start):
    return start()


def test_the_sdk_lists_fifty(sdk):
    listed = sdk.list()

    assert (listed.total_results, listed.items_per_page, listed.start_index) == (60, "50", "1")
    assert len(listed.resources) == 50
    assert listed.resources[0].user_name == "ann"


def test_the_sdk_reads_a_user(sdk):
    found = sdk.get(ANN)

    assert (found.id, found.emails[0].primary, found.active) == (ANN, True, True)
    assert found.meta.last_modified.endswith("Z")


@pytest.mark.parametrize("switches", [{}, {"put_status": 201}])
def test_the_sdk_puts_all_that_its_model_has(start, switches):
    sdk = start(**switches)
    enterprise = v1.EnterpriseDto(department="Finance", manager=v1.ManagerDto(value="26118915"))
    address = v1.AddressItemDto(locality="Lyon", country="FR", type="work", primary=True)
    put = sdk.put(
        ANN,
        title="Engineer",
        profile_url="https://example.com/ann",
        addresses=[address],
        urnietfparamsscimschemasextensionenterprise2_0_user=enterprise,
    )

    found = sdk.get(ANN)
    assert put.title == found.title == "Engineer"
    assert found.addresses[0].locality == "Lyon"
    assert found.urnietfparamsscimschemasextensionenterprise2_0_user.manager.value == "26118915"
    assert found.nick_name is None


@pytest.mark.parametrize(
    ("changed", "status"), [({"user_name": "ann o'brien"}, 400), ({"title": ""}, 400), ({"user_name": "staff1"}, 409)]
)
def test_the_sdk_tells_of_a_refusal_by_its_status(sdk, changed, status):
    with pytest.raises(ClientRequestException) as told:
        sdk.put(ANN, **changed)

    assert told.value.status_code == status


@pytest.mark.parametrize(("variant", "code"), [("iic", "IIC.404"), ("apigw", "APIGW.0101")])
def test_the_sdk_reads_the_code_of_an_error_that_has_one(start, variant, code):
    with pytest.raises(ClientRequestException) as told:
        start(errors=variant).get("nobody")

    assert (told.value.status_code, told.value.error_code) == (404, code)
    assert told.value.error_msg == "There is no user nobody"
    assert told.value.request_id


def test_the_sdk_tells_of_a_conflict_and_of_a_failure(start):
    sdk = start(conflict_every=2, fail_every=3)
    sdk.put(ANN)
    with pytest.raises(ClientRequestException) as conflict:
        sdk.put(ANN)
    with pytest.raises(ServerResponseException) as failure:
        sdk.put(ANN)

    assert (conflict.value.status_code, conflict.value.error_code) == (409, "IIC.1006")
    assert failure.value.status_code == 500


def test_the_sdk_is_told_of_a_wrong_token(sdk):
    with pytest.raises(ClientRequestException) as told:
        sdk.get(ANN, authorization="Bearer wrong")

    assert told.value.status_code == 401
