"""Azure's own clients against the stand-in: azure_peer.py URL COMMAND ARGUMENT..."""
import base64
import json
import sys
import urllib.parse
import urllib.request

import azure.keyvault.secrets._shared.challenge_auth_policy as challenges
from azure.core.credentials import AccessToken, AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import HttpResponseError
from azure.data.tables import EntityProperty, TableServiceClient, UpdateMode
from azure.keyvault.secrets import SecretClient
from azure.storage.queue import QueueClient, QueueServiceClient
from azure.storage.queue import generate_account_sas as queue_sas

# The stand-in speaks no TLS.
challenges._enforce_tls = lambda request: None

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
WRONG = base64.b64encode(b"wrong").decode()
url, command, *arguments = sys.argv[1:]


class Tokens:
    """Tokens of the stand-in's Microsoft Entra."""

    def get_token(self, *scopes, **options):
        form = {"client_id": "app-1", "client_secret": "s3cret+/= &", "scope": scopes[0],
                "grant_type": "client_credentials"}
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{url}/entra/tenant-1/oauth2/v2.0/token", data) as response:
            fields = json.load(response)
        return AccessToken(fields["access_token"], 1 << 40)


def queues(key=KEY):
    return QueueServiceClient(f"{url}/queue", credential={"account_name": ACCOUNT, "account_key": key})


def queue(name):
    return queues().get_queue_client(name)


def tables(key=KEY):
    return TableServiceClient(endpoint=f"{url}/table", credential=AzureNamedKeyCredential(ACCOUNT, key))


def vault():
    return SecretClient(f"{url}/vault", Tokens(), verify_challenge_resource=False)


def send(name, *texts):
    """Sends messages, and creates the queue if it is missing; returns their ids."""
    client = queue(name)
    try:
        client.create_queue()
    except HttpResponseError:
        pass
    return [client.send_message(text)["id"] for text in texts]


def receive(name, limit="1"):
    """Receives messages, and deletes them; returns their texts."""
    client, texts = queue(name), []
    for message in client.receive_messages(max_messages=int(limit), visibility_timeout=30):
        texts.append(message.content)
        client.delete_message(message)
    return texts


def all_operations(name):
    """What a queue of the SDK does, from its creation to its end."""
    client = queue(name)
    client.create_queue()
    for text in ("one & <two>", "three"):
        client.send_message(text)
    peeked = [message.content for message in client.peek_messages(max_messages=5)]
    count = client.get_queue_properties().approximate_message_count
    message = client.receive_message(visibility_timeout=30)
    renewed = client.update_message(message, visibility_timeout=60)
    stale = code_of(lambda: client.delete_message(message.id, message.pop_receipt))
    client.update_message(renewed, visibility_timeout=0, content="changed")
    texts = sorted(message.content for message in client.receive_messages(max_messages=5))
    client.clear_messages()
    client.delete_queue()
    missing = code_of(client.get_queue_properties)
    return {"peeked": peeked, "count": count, "stale": stale, "texts": texts, "missing": missing}


def code_of(body):
    try:
        body()
    except HttpResponseError as error:
        return str(getattr(error, "error_code", None) or error.status_code).rpartition(".")[2]
    return None


def wrong_key(name):
    """The codes with which a wrong key is refused by queues and tables."""
    client = queues(WRONG).get_queue_client(name)
    table = tables(WRONG)
    return [code_of(client.create_queue), code_of(lambda: table.create_table("locks"))]


def shared_access(name, token=""):
    """Sends a message with a shared access signature: that of the SDK, or one that is given."""
    import datetime
    token = token or queue_sas(
        ACCOUNT, KEY, resource_types="sco", permission="rwdlacup",
        expiry=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1))
    client = QueueClient(f"{url}/queue", name, credential=AzureSasCredential(token))
    return client.send_message("by signature").content


def signature(services, types, permissions, expires):
    """The signature of a shared access signature, as the SDK makes it."""
    import datetime
    from azure.storage.queue._shared.shared_access_signature import SharedAccessSignature
    sas = SharedAccessSignature(ACCOUNT, KEY, x_ms_version="2021-12-02")
    token = sas.generate_account(
        services, types, permissions, datetime.datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ"), protocol="https")
    return dict(urllib.parse.parse_qsl(token))["sig"]


def entities(table):
    """The entities of a table, without their times."""
    client = tables().get_table_client(table)
    found = []
    for entity in client.list_entities():
        found.append({name: base64.b64encode(value).decode() if isinstance(value, bytes) else str(getattr(value, "value", value))
                      for name, value in entity.items()})
    return found


def all_entities(table):
    """What a table of the SDK does."""
    service = tables()
    client = service.create_table(table)
    again = code_of(lambda: service.create_table(table))
    entity = {"PartitionKey": "p", "RowKey": "r'1", "Text": "a", "Number": EntityProperty(1 << 40, "Edm.Int64")}
    client.create_entity(entity)
    twice = code_of(lambda: client.create_entity(entity))
    read = client.get_entity("p", "r'1")
    from azure.core import MatchConditions
    client.update_entity(dict(entity, Text="b"), mode=UpdateMode.REPLACE, etag=read.metadata["etag"],
                         match_condition=MatchConditions.IfNotModified)
    changed = code_of(lambda: client.update_entity(
        dict(entity, Text="c"), mode=UpdateMode.REPLACE, etag=read.metadata["etag"],
        match_condition=MatchConditions.IfNotModified))
    text = client.get_entity("p", "r'1")["Text"]
    client.delete_entity("p", "r'1")
    return {"again": again, "twice": twice, "changed": changed, "text": text,
            "missing": code_of(lambda: client.get_entity("p", "r'1"))}


def hold(table, row, expired):
    """Adds the entity of a lock as the .NET edition does."""
    import datetime
    entity = {"PartitionKey": "lock", "RowKey": row, "Expired": datetime.datetime.fromisoformat(expired)}
    tables().get_table_client(table).upsert_entity(entity)


def secret(name, value=None):
    """Sets a secret, if there is a value, and returns it."""
    client = vault()
    if value is not None:
        client.set_secret(name, value)
    return client.get_secret(name).value


def disable(name, value):
    vault().set_secret(name, value, enabled=False)


def secrets():
    return [properties.name for properties in vault().list_properties_of_secrets()]


def telemetry(role):
    """What Application Insights has got from a role."""
    with urllib.request.urlopen(f"{url}/insights/items?role={urllib.parse.quote(role)}") as response:
        return json.load(response)


print("RESULT " + json.dumps(globals()[command](*arguments)))
