"""Twilio's own SDK against the practice server of the dialect twilio: what it understands, ours says as Twilio does."""

from urllib.parse import urlsplit, urlunsplit

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.credential.orgs_credential_provider import OrgsCredentialProvider
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.preview_iam.versionless.organization.user import UserList

from scimrecon import sandbox

ANN = "US" + "a" * 32
PEOPLE = [
    {
        "id": ANN,
        "externalId": "E-001",
        "userName": "ann@example.com",
        "displayName": "Ann",
        "name": {"givenName": "Ann", "familyName": "O'Brien"},
        "emails": [{"value": "ann@example.com", "type": "work", "primary": True}],
        "active": True,
    }
]


@pytest.fixture(scope="module")
def server():
    with sandbox.start("twilio", users=PEOPLE) as server:
        yield server


@pytest.fixture
def asked(server, monkeypatch):
    """The hosts that the SDK asks; each request goes to the practice server instead.

    On the class, since the SDK makes a client of its own to fetch the token.
    """
    hosts = []
    send = TwilioHttpClient.request
    local = urlsplit(server.url).netloc

    def redirected(client, method, url, *rest, **options):
        _, host, path, query, _ = urlsplit(url)
        hosts.append(host)
        return send(client, method, urlunsplit(("http", local, path, query, "")), *rest, **options)

    monkeypatch.setattr(TwilioHttpClient, "request", redirected)
    return hosts


@pytest.fixture
def user(server, asked):
    """Ann, as the SDK reaches her."""
    known = server.credentials
    provider = OrgsCredentialProvider(known["client_id"], known["client_secret"])
    organization = Client(credential_provider=provider).preview_iam.organization(known["organization_sid"])
    return organization.users(ANN)


def body_of(fetched, **changed):
    return UserList.ScimUser(
        {
            "externalId": fetched.external_id,
            "userName": fetched.user_name,
            "displayName": fetched.display_name,
            "name": fetched.name,
            "emails": fetched.emails,
            "active": fetched.active,
            "schemas": fetched.schemas,
            **changed,
        }
    )


def test_the_sdk_fetches_a_token_once_and_a_user(user, asked):
    fetched = user.fetch()
    again = user.fetch()

    assert (fetched.id, fetched.user_name, fetched.display_name) == (ANN, "ann@example.com", again.display_name)
    assert fetched.meta["version"].startswith("W/")
    assert asked == ["oauth.twilio.com", "preview-iam.twilio.com", "preview-iam.twilio.com"]


def test_the_sdk_puts_under_the_version_it_fetched(user):
    fetched = user.fetch()
    updated = user.update(body_of(fetched, displayName="Ann B."), if_match=fetched.meta["version"])

    assert updated.display_name == user.fetch().display_name == "Ann B."
    assert updated.meta["version"] != fetched.meta["version"]


def test_the_sdk_tells_of_a_version_conflict_with_twilios_code(user):
    with pytest.raises(TwilioRestException) as told:
        user.update(body_of(user.fetch(), displayName="Ann C."), if_match="W/999")

    assert (told.value.status, told.value.code, told.value.method) == (409, 25020, "PUT")
    assert user.fetch().display_name != "Ann C."


def test_the_sdk_tells_of_a_rule_that_is_broken(user):
    with pytest.raises(TwilioRestException) as told:
        user.update(body_of(user.fetch(), userName="bo@example.com"))

    assert (told.value.status, told.value.code) == (400, 25014)


def test_the_sdk_patches_and_deactivates(user):
    operation = {"op": "replace", "path": "displayName", "value": "Ann D."}
    patch = UserList.ScimPatchRequest({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]})

    assert user.patch(patch).display_name == "Ann D."
    assert user.delete()
    assert user.fetch().active is False


def test_the_sdk_is_told_of_a_wrong_secret(server, asked):
    provider = OrgsCredentialProvider(server.credentials["client_id"], "wrong")
    client = Client(credential_provider=provider)

    with pytest.raises(TwilioRestException) as told:
        client.preview_iam.organization(server.credentials["organization_sid"]).users(ANN).fetch()

    assert told.value.status == 401
    assert set(asked) == {"oauth.twilio.com"}
