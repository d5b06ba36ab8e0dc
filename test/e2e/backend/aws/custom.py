"""
Custom resources, as CloudFormation treats them. The front sends the requests to the functions and takes the answers.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import re
import urllib.request
import uuid

from resources import ResourceFailure

LONGEST_SECONDS = 3600
MOST_BYTES = 4096
LONGEST_ID = 1024
SILENT = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [{}]. If you "
    "are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can "
    "attach the updated version."
)

# Where the front takes requests.
front = {"address": None}


def use_front(address):
    front["address"] = address
    return {}


def is_custom(kind):
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"


def texts(value):
    """CloudFormation makes a text of every scalar."""
    if isinstance(value, dict):
        return {key: texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


class CustomResource:
    """What an answer says."""

    def __init__(self, logical_id, kind, physical_id, data=None, no_echo=False, answered=""):
        # The event that was answered: its stack, resource and request.
        self.answered = answered
        self.logical_resource_id = logical_id
        self.cf_resource_type = kind
        self.physical_resource_id = physical_id
        self.data = data or {}
        self.no_echo = no_echo
        self.masked = False

    def get_cfn_attribute(self, name):
        if name not in self.data:
            raise ResourceFailure(
                "CREATE_FAILED",
                f"CustomResource attribute error: Vendor response doesn't contain {name} attribute in object "
                f"{self.answered}",
            )
        return "*****" if self.masked and self.no_echo else self.data[name]

    def is_created(self):
        return True


class Refused(Exception):
    """A request that failed. `physical_id` is None if it was not sent."""

    def __init__(self, reason, physical_id=None):
        super().__init__(reason)
        self.physical_id = physical_id


def ask(stack, verb, logical_id, kind, properties, physical_id=None, old=None):
    """Sends a request and returns the resource that its answer describes."""
    token = properties.get("ServiceToken")
    if not re.match(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:", str(token)):
        raise Refused("Invalid service token.")
    timeout = properties.get("ServiceTimeout", str(LONGEST_SECONDS))
    if not timeout.isdigit() or not 1 <= int(timeout) <= LONGEST_SECONDS:
        raise Refused(
            f"Invalid ServiceTimeout: {timeout}. The value must be an integer from 1 to {LONGEST_SECONDS} seconds."
        )
    name = token.split(":function:")[1].split(":")[0]
    request_id = str(uuid.uuid4())
    event = {
        "RequestType": verb, "ServiceToken": token, "StackId": stack.stack_id, "RequestId": request_id,
        "LogicalResourceId": logical_id, "ResourceType": kind, "ResourceProperties": properties,
        **({"PhysicalResourceId": physical_id} if physical_id else {}),
        **({"OldResourceProperties": old} if old is not None else {}),
    }
    asked = json.dumps({"functionName": name, "event": event, "timeoutSeconds": int(timeout)}).encode()
    with urllib.request.urlopen(urllib.request.Request(front["address"], asked)) as response:
        answered = json.load(response)
    own_id = physical_id or f"{stack.name}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"
    if "refused" in answered:
        raise Refused(answered["refused"], physical_id)
    if "body" not in answered:
        raise Refused(SILENT.format(request_id), own_id)
    return read(answered["body"], event, own_id)


def read(body, event, own_id):
    if len(body.encode()) > MOST_BYTES:
        raise Refused("Response object is too long.", own_id)
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Refused("Invalid Response object: it is not a JSON object", own_id)
    for field in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(field) != event[field]:
            raise Refused(f"Invalid Response object: {field} does not match the request", own_id)
    physical_id = answer.get("PhysicalResourceId")
    if physical_id is not None and not isinstance(physical_id, str):
        raise Refused("Invalid Response object: Value of property PhysicalResourceId must be of type String", own_id)
    if not isinstance(physical_id, str) or not 0 < len(physical_id.encode()) <= LONGEST_ID:
        raise Refused("Invalid PhysicalResourceId", own_id)
    if answer.get("Status") == "FAILED":
        raise Refused(
            f"Received response status [FAILED] from custom resource. Message returned: {answer.get('Reason') or 'null'} "
            f"(RequestId: {event['RequestId']})",
            physical_id,
        )
    if answer.get("Status") != "SUCCESS":
        raise Refused(f"Invalid Response object: '{answer.get('Status') or 'null'}' is not a valid ResponseStatus", own_id)
    if not isinstance(answer.get("Data") or {}, dict):
        raise Refused("Invalid Response object: Value of property Data must be an object", own_id)
    no_echo = str(answer.get("NoEcho")).lower() == "true"
    return CustomResource(
        event["LogicalResourceId"], event["ResourceType"], physical_id, answer.get("Data"), no_echo,
        f"{event['StackId']}|{event['LogicalResourceId']}|{event['RequestId']}",
    )
