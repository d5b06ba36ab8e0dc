"""
Lambda functions beyond what moto does: code on disk, idle functions, and the KMS grant that a function's role gets for
its environment variables.
"""

import hashlib
import io
import json
import threading
import time
import zipfile

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.core.utils import iso_8601_datetime_with_nanoseconds
from moto.logs.models import LogGroup

import place
import resources

# Seconds for which a function is Pending while Lambda recreates its network interfaces.
RESTORING = 1

KMS_DENIED = (
    "Lambda was unable to decrypt the environment variables because KMS access was denied. "
    "Please check the function's KMS key settings. KMS Exception: AccessDeniedException KMS Message: The ciphertext "
    "refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
)


def function_named(name):
    try:
        return place.lambdas().get_function(name)
    except Exception:
        return None


def role_id_of(found):
    """Unique id of the role that currently has the ARN of the function's role, or None."""
    ids = [role.id for role in place.iam().roles.values() if role.arn == found.role]
    return ids[0] if ids else None


def function(name):
    """The configuration of a function, and a fingerprint that changes with each deployment, or null."""
    found = function_named(name)
    if found is None:
        return None
    configuration = found.get_configuration()
    deployed = {**configuration, "State": "", "role id": role_id_of(found)}
    fingerprint = hashlib.sha256(json.dumps(deployed, default=str).encode()).hexdigest()
    return {"configuration": configuration, "fingerprint": fingerprint}


def unpack(what):
    """Unzips a function's code into a folder."""
    with zipfile.ZipFile(io.BytesIO(function_named(what["name"]).code_bytes)) as archive:
        archive.extractall(what["folder"])
    return {}


def retries(name):
    """How often Lambda sends an event again."""
    found = next(iter(function_named(name).event_invoke_config), None)
    return (found.config if found else {}).get("MaximumRetryAttempts", 2)


def idle(name):
    """Makes the function inactive, as Lambda does when it reclaims the network interfaces of an idle function."""
    function_named(name).state = "Inactive"
    return {}


def fail(name):
    """Makes the function Failed, as Lambda does if it cannot set one up."""
    function_named(name).state = "Failed"
    return {}


def begin_call(name):
    """
    The error with which Lambda refuses a call before any code runs, or null. Calling an inactive function makes it
    Pending.
    """
    found = function_named(name)
    if found.state == "Inactive":
        found.state = "Pending"
        threading.Timer(RESTORING, lambda: setattr(found, "state", "Active")).start()
    if found.state != "Active":
        message = (
            "The operation cannot be performed at this time. The function is currently in the following state: "
            + found.state
        )
        return {"status": 409, "code": "ResourceConflictException", "message": message}
    role_id = role_id_of(found)
    if role_id is None:
        message = "The role defined for the function cannot be assumed by Lambda."
        return {"status": 403, "code": "AccessDeniedException", "message": message}
    if found.environment_vars and role_id != found.granted_role_id:
        return {"status": 502, "code": "KMSAccessDeniedException", "message": KMS_DENIED}
    return None


def log(what):
    """Adds each line of an invocation's log to the function's log group, if it exists."""
    group = place.logs().groups.get(f"/aws/lambda/{what['name']}")
    if group is None:
        return {}
    now = time.time()
    stream = time.strftime("%Y/%m/%d/[$LATEST]backend", time.gmtime(now))
    if stream not in group.streams:
        group.create_log_stream(stream)
    lines = [line for line in what["text"].split("\n") if line]
    group.put_log_events(stream, [{"timestamp": int(now * 1000), "message": f"{line}\n"} for line in lines])
    return {}


def granting(method):
    """Lambda grants its key to the current role when a function is created or its configuration changes."""

    def wrapped(self, *args, **kwargs):
        result = method(self, *args, **kwargs)
        self.granted_role_id = role_id_of(self)
        self.last_modified = iso_8601_datetime_with_nanoseconds()
        return result

    return wrapped


def put_event_config(self, function_name, config):
    """Replaces the configuration. moto keeps the first one."""
    self.get_function(function_name).event_invoke_config = []
    return PUT_EVENT_CONFIG(self, function_name, config)


PUT_EVENT_CONFIG = LambdaBackend.put_function_event_invoke_config


def log_group_arn(self, name):
    """CloudFormation's ARN of a log group is that of its streams."""
    return f"{self.arn}:*" if name == "Arn" else LOG_GROUP_ATTRIBUTE(self, name)


LOG_GROUP_ATTRIBUTE = LogGroup.get_cfn_attribute


def install():
    LogGroup.get_cfn_attribute = log_group_arn
    LambdaBackend.put_function_event_invoke_config = put_event_config
    LambdaFunction.__init__ = granting(LambdaFunction.__init__)
    LambdaFunction.update_configuration = granting(LambdaFunction.update_configuration)
    LambdaFunction._create_zipfile_from_plaintext_code = staticmethod(resources.zip_of_inline_code)
